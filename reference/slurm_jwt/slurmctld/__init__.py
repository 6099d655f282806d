"""A model of slurmctld: what each release does with a token, the user it assigns, and what it logs.

Split as the real thing is split, so that it can be read beside it: `base64s`, `jansson`, `jsonc` and
`libjwt` decode, `rs256` checks RSA signatures, `jwks` loads the keys of jwks=, `plugin` decides
(auth_jwt.c), `users` finds the uid (uid.c), `releases` pairs Slurm with libjwt. It shares no code with
the strict side of this package: they are two witnesses.
"""

from __future__ import annotations

from typing import NamedTuple

from slurm_jwt.slurmctld import plugin, releases
from slurm_jwt.slurmctld.jwks import Keys, load, unreadable
from slurm_jwt.slurmctld.releases import Release
from slurm_jwt.slurmctld.settings import DEFAULT, Settings, parse_parameters
from slurm_jwt.slurmctld.users import Account, Users, parse_passwd
from slurm_jwt.vocabulary import Accepted, Basis, DoesNotStart, Refused, Unknown, Verdict

__all__ = [
    "Account",
    "Keys",
    "Prediction",
    "Release",
    "Settings",
    "Users",
    "load",
    "parse_parameters",
    "parse_passwd",
    "predict",
    "releases",
    "unreadable",
]

Source = bytes | Keys | DoesNotStart | None
"""A JWKS: the bytes of its file, what `load` has returned, or None if it is not known."""

LONGEST = 1_000_000
"""Longest token in bytes that the model speaks of; beyond it the daemon's limits are not modelled."""


class Prediction(NamedTuple):
    """What a slurmctld would do with a token, how that is known, and why: one sentence for the reader."""

    verdict: Verdict
    basis: Basis
    why: str

    @property
    def accepted(self) -> bool | None:
        """Return whether the token is accepted: None if unknown, False if the daemon does not start."""
        return None if isinstance(self.verdict, Unknown) else isinstance(self.verdict, Accepted)

    @property
    def uid(self) -> int | None:
        """The uid that slurmctld assigns to an accepted token; None without a user database."""
        return self.verdict.uid if isinstance(self.verdict, Accepted) else None

    @property
    def user(self) -> str | None:
        """The name that the user database has for `uid`; None if it has none."""
        return self.verdict.user if isinstance(self.verdict, Accepted) else None

    @property
    def log(self) -> str | None:
        """The line that a daemon logs that refuses the token or does not start."""
        return self.verdict.log if isinstance(self.verdict, Refused | DoesNotStart) else None


def predict(  # noqa: PLR0913, PLR0917 - all that a verdict depends on
    token: str | bytes,
    key: bytes | None,
    release: str | Release,
    now: float,
    users: Users | None,
    settings: Settings = DEFAULT,
    user_name: str | None = None,
    jwks: Source = None,
) -> Prediction:
    """Return what slurmctld of this release does with a token.

    key: the bytes of the key file, None if it is not known. jwks: the bytes of the file that jwks= in
    `settings` names, what `load` has returned for this release and these bytes, or None if it is not known;
    without jwks= it does not count. release: a name such as "22.05" or "22.05/libjwt1.17.2"; ValueError if
    no release has this name. now: Unix time. users: the user database of slurmctld's host, None if it is not
    known. user_name: the name beside the token (X-SLURM-USER-NAME), None if there is none.
    """
    release = releases.parse(release) if isinstance(release, str) else release
    text = token.encode("utf-8", "surrogateescape") if isinstance(token, str) else token
    daemon = _start(release, key, jwks, int(now), users, settings)
    if isinstance(daemon, plugin.Ruling):
        return Prediction(daemon.verdict, release.basis, daemon.why)
    text = text.partition(b"\0")[0]
    if len(text) > LONGEST:
        return Prediction(Unknown(why := f"tokens over {LONGEST} bytes are not modelled"), release.basis, why)
    verdict, why = plugin.verify(text, daemon, user_name)
    return Prediction(verdict, release.basis, why)


def _start(  # noqa: PLR0913, PLR0917 - all that a start depends on
    release: Release,
    key: bytes | None,
    jwks: Source,
    now: int,
    users: Users | None,
    settings: Settings,
) -> plugin.Daemon | plugin.Ruling:
    """Start slurmctld: it loads the JWKS first, then the HS256 key if jwt_key= is set or there is no JWKS."""
    parameters = settings.parameters
    keys: Keys | None = Keys(loaded=False)
    if "jwks" in parameters and release.plugin.takes_jwks:
        loaded = _jwks(release, jwks, parameters["jwks"])
        if isinstance(loaded, DoesNotStart):
            return plugin.Ruling(loaded, "slurmctld does not start with this JWKS")
        keys = loaded
    if "jwt_key" not in parameters and (keys is None or keys.loaded):
        key = plugin.NO_KEY
    elif key == b"":
        return plugin.keyless_start(release)
    if parameters and settings.unknown():
        return plugin.unknown(f"AuthAltParameters not modelled: {', '.join(settings.unknown())}")
    return plugin.Daemon(release, key, keys, now, users, settings)


def _jwks(release: Release, jwks: Source, path: str) -> Keys | DoesNotStart | None:
    """Load the JWKS. Slurm fetches nothing, and reads no file without a whole path."""
    if not path.startswith("/"):
        return unreadable(release, path, exists=False)
    return load(release, jwks, path.rpartition("/")[2]) if isinstance(jwks, bytes) else jwks
