"""Whom a token should be served as, and whether the uid that was found out is that one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.strict.findings import shown
from slurm_jwt_conformance.site.probe.answer import NOBODY, Expected, Identity
from slurm_jwt_conformance.site.users import mapping, names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt.slurmctld import Settings
    from slurm_jwt_conformance.site.discovery.users import UserDatabase
    from slurm_jwt_conformance.site.probe.counting import Measured


def expected(
    claims: Mapping[str, object] | None, users: UserDatabase, settings: Settings, series: str, uid: int | None
) -> Expected:
    """Tell whom this release should serve the token as. uid: what the caller says, None for the database's.

    The user database counts by name alone: a number that Slurm takes for a uid is nobody's name.
    """
    found = mapping.of(claims or {}, users.users, settings, series)
    if uid is not None:
        return Expected(found.claim, found.name, uid, "--expect-uid", users.users)
    if found.claim == "uid":  # the token brings its own identity, and the cluster believes it
        return Expected(found.claim, found.name, found.uid, "the token's own claim uid", users.users)
    account = users.users.by_name.get(found.name) if found.name and users.known else None
    return Expected(found.claim, found.name, account.uid if account else None, users.source, users.users)


def judged(measured: Measured, wanted: Expected, how: str) -> Identity:
    """Hold the uid that was found out against the expected one. how: what shows it, for the reader."""
    uid = measured.uid
    if uid is None:
        return Identity("not verified", None, None, f"{measured.why}.")
    name = wanted.users.name_of(uid)
    who = f"uid {uid} ({shown(name)[1:-1] if name else 'no user of ' + wanted.source})"
    if uid == NOBODY and wanted.uid != NOBODY:
        reason = (
            f"the daemon's host knows no user {shown(wanted.name)}" if wanted.name else "it found no user"
        )
        return Identity("other", uid, name, f"It is served as uid {NOBODY}, nobody's: {reason}.")
    if wanted.uid is None:
        return Identity("not verified", uid, name, f"It is served as {who}; {_unknown(wanted)}.")
    if uid == NOBODY:
        return Identity(
            "not verified", uid, name, "Its user has uid 99, which Slurm gives to the unknown, too."
        )
    if uid != wanted.uid:
        told = f"{shown(wanted.name)} has uid {wanted.uid} by {wanted.source}"
        return Identity("other", uid, name, f"It is served as {who}, but {told}.")
    return Identity("verified", uid, name, how)


def _unknown(wanted: Expected) -> str:
    """Say why nobody knows whose uid it should be."""
    if wanted.name is None:
        return "the token names no user"
    if names.is_number(wanted.name):
        return f"the token names the number {shown(wanted.name)}, which Slurm takes for a uid, and no user"
    return f"the token names {shown(wanted.name)}, unknown to {wanted.source}; tell its uid with --expect-uid"
