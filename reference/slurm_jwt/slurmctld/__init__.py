"""A model of slurmctld: what each release would do with a token, as whom, and what it would log.

Split as the real thing is split, so that it can be read beside it: `base64s`, `jansson`, `jsonc` and
`libjwt` decode, `plugin` decides (auth_jwt.c), `users` finds the uid (uid.c), `releases` pairs Slurm
with libjwt. It shares no code with the strict side of this package: they are two witnesses.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from slurm_jwt.slurmctld import plugin, releases
from slurm_jwt.slurmctld.releases import Release
from slurm_jwt.slurmctld.settings import DEFAULT, Settings, parse_parameters
from slurm_jwt.slurmctld.users import Account, Users, parse_passwd, uid_in_charge

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
    """What a slurmctld would do with a token.

    accepted: None if the model cannot tell. user: the name that the user database gives to `uid`, None
    if it has none. uid: as whom an accepted token is served. log: why it is refused, in the normal form
    of the records. basis: "observed" if real daemons of this pair of releases were recorded. why: one
    sentence for the reader.
    """

    accepted: bool | None
    user: str | None
    uid: int | None
    log: str | None
    basis: Literal["observed", "modelled"]
    why: str


def predict(  # noqa: PLR0913, PLR0917 - all that a verdict depends on
    token: str | bytes,
    key: bytes,
    release: str | Release,
    now: float,
    users: Users,
    settings: Settings = DEFAULT,
    user_name: str | None = None,
) -> Prediction:
    """Tell what slurmctld of this release does with a token.

    key: the bytes of the key file. release: a name such as "22.05" or "26.05/libjwt1.17.2"; ValueError
    if there is none such. now: Unix time. users: the user database of slurmctld's host. user_name: the
    name beside the token (X-SLURM-USER-NAME), None if there is none.
    """
    release = releases.parse(release) if isinstance(release, str) else release
    basis: Literal["observed", "modelled"] = "observed" if release.recorded else "modelled"
    text = token.encode("utf-8", "surrogateescape") if isinstance(token, str) else token
    daemon = plugin.Daemon(release, key, int(now), users, settings)
    verdict = _judge(text.partition(b"\0")[0], daemon, user_name)
    if isinstance(verdict, plugin.Verified):
        uid = uid_in_charge(verdict.user, users, release.plugin.users)
        return Prediction(True, users.name_of(uid), uid, None, basis, verdict.why)
    if isinstance(verdict, plugin.Rejected):
        return Prediction(False, None, None, verdict.log, basis, verdict.why)
    return Prediction(None, None, None, None, basis, verdict.why)


def _judge(token: bytes, daemon: plugin.Daemon, user_name: str | None) -> plugin.Verdict:
    """Judge a token up to its first NUL, which is where a C string ends."""
    parameters = daemon.settings.parameters
    if not daemon.key:
        return plugin.keyless_start(daemon.release)
    if parameters and daemon.settings.unknown():
        return plugin.Unknown(f"AuthAltParameters not modelled: {', '.join(daemon.settings.unknown())}")
    if len(token) > LONGEST:
        return plugin.Unknown(f"tokens over {LONGEST} bytes are not modelled")
    if daemon.release.plugin.takes_jwks and "jwks" in parameters and "jwt_key" not in parameters:
        daemon = daemon._replace(key=None)
    return plugin.verify(token, daemon, user_name)
