"""The public keys of a JWKS file: what a Slurm release does with each, and what RFC 7517 says of the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt import read_jwks
from slurm_jwt.slurmctld import Keys, load, releases
from slurm_jwt.vocabulary import DoesNotStart
from slurm_jwt_conformance.site.discovery.key import public

if TYPE_CHECKING:
    from slurm_jwt import Jwks as StrictJwks
    from slurm_jwt.config.keys import Daemon
    from slurm_jwt.slurmctld import Release
    from slurm_jwt_conformance.site.discovery.survey import Cluster

MOST_BYTES = 4 << 20
_TYPES = ("RSA", "EC", "OKP", "oct")
_MISSING = "failed to load "

Use = Literal["used", "skipped", "ends", "may end"]


class KeyUse(NamedTuple):
    """What a release does with one element of `keys`.

    number: from 1. kind: its kty, "" if it is not a registered one. members: the names of its members.
    use: "used" verifies RS256 tokens, "skipped" verifies none, "ends" ends the daemon, "may end" ends some
    patch releases. log: the fatal line, "" if there is none.
    """

    number: int
    kid: str | None
    kind: str
    members: frozenset[str]
    use: Use
    log: str = ""

    @property
    def missing(self) -> str:
        """The member whose absence ends the daemon, "" if the cause is another one."""
        return self.log.partition(_MISSING)[2].partition(" ")[0]

    @property
    def lacks_alg(self) -> bool:
        """Whether this is an RSA key that is skipped because it has no alg."""
        return self.use == "skipped" and self.kind == "RSA" and "alg" not in self.members


class PublicKeys(NamedTuple):
    """A JWKS file under a release. data: its bytes. strict: what the documents say of it.

    starts: None if patch releases of the named series differ. log: the fatal line. loaded: what the newest
    of these patch releases loads, None if it does not start. uses: each element of `keys`. kids: of the keys
    that verify RS256 tokens in every patch release, in the order of the file. perhaps: the same of any.
    """

    data: bytes
    strict: StrictJwks
    starts: bool | None
    log: str
    loaded: Keys | None
    uses: tuple[KeyUse, ...]
    kids: tuple[str, ...]
    perhaps: tuple[str, ...]


def of_daemon(site: Cluster, daemon: Daemon = "slurmctld") -> bytes | None:
    """Return the bytes of --jwks, or of a daemon's JWKS; None if there is none, or it cannot be read here."""
    own = (each.path for each in site.jwks if each.daemon == daemon and each.path.startswith("/"))
    path = site.options.jwks or next(own, None)
    return public(site.host, path) if path else None


def examine(data: bytes, release: Release) -> PublicKeys:
    """Return what a release does with a JWKS. A series without a patch number means all its patches."""
    patches = [release]
    if release.slurm == release.series:
        patches.insert(0, release._replace(slurm=f"{release.series}.0"))
    loads = [load(each, data) for each in patches]
    ends = [each for each in loads if isinstance(each, DoesNotStart)]
    last = loads[-1]
    return PublicKeys(
        data,
        read_jwks(data),
        starts=not ends if len(ends) in {0, len(loads)} else None,
        log=next((each.log or "" for each in ends), ""),
        loaded=None if isinstance(last, DoesNotStart) else last,
        uses=tuple(_use(number, key, patches) for number, key in enumerate(_keys(data), 1)),
        kids=tuple(kid for kid in _kids(last) if all(kid in _kids(each) for each in loads)),
        perhaps=_kids(last),
    )


def _kids(loaded: Keys | DoesNotStart) -> tuple[str, ...]:
    keys = loaded.keys if isinstance(loaded, Keys) else ()
    return tuple(dict.fromkeys(key.kid.decode("utf-8", "replace") for key in keys))


def _keys(data: bytes) -> list[object]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return []
    keys = document.get("keys") if isinstance(document, dict) else None
    return keys if isinstance(keys, list) else []


def _use(number: int, key: object, patches: list[Release]) -> KeyUse:
    """Ask the model for a file with this key only."""
    data = json.dumps({"keys": [key]}).encode()
    loads = [load(each, data) for each in patches]
    ends = [each for each in loads if isinstance(each, DoesNotStart)]
    members = key if isinstance(key, dict) else {}
    kid, kind = members.get("kid"), members.get("kty")
    use: Use = "used" if all(isinstance(each, Keys) and each.keys for each in loads) else "skipped"
    if ends:
        use = "ends" if len(ends) == len(loads) else "may end"
    return KeyUse(
        number,
        kid if isinstance(kid, str) else None,
        next((each for each in _TYPES if each == kind), ""),
        frozenset(members),
        use,
        next((each.log or "" for each in ends), ""),
    )


def release_of(site: Cluster) -> Release:
    """Return the release of a survey as exactly as it is known: --release may name the installed series."""
    version, installed = site.version, site.machine.slurm.number
    own = version.installed and version.slurm == version.series
    slurm = installed if own else version.slurm
    if site.named_release is None and site.release is not None:
        return site.release
    try:
        return releases.parse(f"{slurm}/libjwt{version.libjwt}" if version.libjwt else slurm)
    except ValueError:
        return releases.parse(slurm)
