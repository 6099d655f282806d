"""A model of slurmctld: what each release does with a token, the user it assigns, and what it logs.

Split as the real thing is split, so that it can be read beside it: `base64s`, `jansson`, `jsonc` and
`libjwt` decode, `plugin` decides (auth_jwt.c), `users` finds the uid (uid.c), `releases` pairs Slurm
with libjwt. It shares no code with the strict side of this package: they are two witnesses.
"""

from __future__ import annotations

from typing import NamedTuple

from slurm_jwt.slurmctld import plugin, releases
from slurm_jwt.slurmctld.releases import Release
from slurm_jwt.slurmctld.settings import DEFAULT, Settings, parse_parameters
from slurm_jwt.slurmctld.users import Account, Users, parse_passwd
from slurm_jwt.vocabulary import Accepted, Basis, DoesNotStart, Refused, Unknown, Verdict

__all__ = [
    "Account",
    "Prediction",
    "Release",
    "Settings",
    "Users",
    "parse_parameters",
    "parse_passwd",
    "predict",
    "releases",
]

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
    key: bytes,
    release: str | Release,
    now: float,
    users: Users | None,
    settings: Settings = DEFAULT,
    user_name: str | None = None,
) -> Prediction:
    """Return what slurmctld of this release does with a token.

    key: the bytes of the key file. release: a name such as "22.05" or "22.05/libjwt1.17.2"; ValueError if
    no release has this name. now: Unix time. users: the user database of slurmctld's host, None if it is not
    known. user_name: the name beside the token (X-SLURM-USER-NAME), None if there is none.
    """
    release = releases.parse(release) if isinstance(release, str) else release
    text = token.encode("utf-8", "surrogateescape") if isinstance(token, str) else token
    daemon = plugin.Daemon(release, key, int(now), users, settings)
    verdict, why = _judge(text.partition(b"\0")[0], daemon, user_name)
    return Prediction(verdict, release.basis, why)


def _judge(token: bytes, daemon: plugin.Daemon, user_name: str | None) -> plugin.Ruling:
    """Judge a token up to its first NUL, which is where a C string ends."""
    parameters = daemon.settings.parameters
    if not daemon.key:
        return plugin.keyless_start(daemon.release)
    if parameters and daemon.settings.unknown():
        return plugin.unknown(f"AuthAltParameters not modelled: {', '.join(daemon.settings.unknown())}")
    if len(token) > LONGEST:
        return plugin.unknown(f"tokens over {LONGEST} bytes are not modelled")
    if daemon.release.plugin.takes_jwks and "jwks" in parameters and "jwt_key" not in parameters:
        daemon = daemon._replace(key=None)
    return plugin.verify(token, daemon, user_name)
