"""What another release does with the site's JWKS: whether it starts, and which keys verify RS256 tokens."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Iterator

from slurm_jwt.slurmctld import Release
from slurm_jwt_conformance.site import public_keys
from slurm_jwt_conformance.site.discovery.showing import plain
from slurm_jwt_conformance.site.discovery.survey import Cluster
from slurm_jwt_reports.schema import Strict


class JwksUse(Strict, frozen=True):
    """What a release does with the file.

    starts: null if patch releases differ. log: the fatal line. kids: of the keys that verify RS256 tokens.
    """

    starts: bool | None
    log: str
    kids: tuple[str, ...]


class JwksChange(Strict, frozen=True):
    """A JWKS under both releases. lost, gained: kids whose RS256 tokens only one of the two accepts."""

    file: str
    old: JwksUse
    new: JwksUse
    lost: tuple[str, ...]
    gained: tuple[str, ...]

    @property
    def breaks(self) -> bool:
        """Whether OLD starts and NEW may not, or NEW refuses tokens of a key that OLD accepts."""
        return (self.old.starts is True and self.new.starts is not True) or bool(self.lost)


def compare(site: Cluster, old: Release, new: Release) -> JwksChange | None:
    """Return what changes for slurmctld's JWKS, or for that of --jwks; None if there is none to read."""
    path = site.options.jwks or next((each.path for each in site.jwks if each.daemon == "slurmctld"), "")
    data = public_keys.of_daemon(site)
    if data is None:
        return None
    before, after = _use(data, old), _use(data, new)
    return JwksChange(
        file=plain(path),
        old=before,
        new=after,
        lost=tuple(kid for kid in before.kids if after.starts is not False and kid not in after.kids),
        gained=tuple(kid for kid in after.kids if before.starts is not False and kid not in before.kids),
    )


def _use(data: bytes, release: Release) -> JwksUse:
    keys = public_keys.examine(data, release)
    return JwksUse(starts=keys.starts, log=keys.log, kids=tuple(plain(kid, 80) for kid in keys.kids))


def sentences(change: JwksChange, old: str, new: str) -> Iterator[tuple[str, str, bool]]:
    """Yield what changes, the advice, and whether something stops working."""
    if change.old.starts is True and change.new.starts is not True:
        verb = "does not start" if change.new.starts is False else "may not start"
        log = f": {change.new.log}" if change.new.log else ""
        what = f"slurmctld {new} {verb} with the JWKS {change.file}{log}. {old} starts with it."
        yield (
            what,
            f"Run `slurm-jwt doctor --release {new.partition(' ')[0]} --jwks FILE`: it names the key.",
            True,
        )
    elif change.old.starts is not True and change.new.starts is True:
        yield f"slurmctld {new} starts with the JWKS {change.file}. {old} does not.", "", False
    if change.lost:
        what = f"RS256 tokens with kid {_list(change.lost)}: accepted by {old}, refused by {new}."
        yield what, 'Give each RSA key of the JWKS a kid and "alg": "RS256". Slurm 20.11 ignores jwks=.', True
    if change.gained:
        what = f"RS256 tokens with kid {_list(change.gained)}: refused by {old}, accepted by {new}."
        yield what, "Check that the cluster trusts the issuer of these keys.", False


def _list(kids: tuple[str, ...]) -> str:
    more = f" and {len(kids) - 3} more" if len(kids) > 3 else ""
    return ", ".join(f'"{kid}"' for kid in kids[:3]) + more
