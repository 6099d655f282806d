"""What a lab consists of: the Slurm release, the key, the users and the daemons. Checked before the start."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.lab.daemons.key_guard import refuse_published
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.install.prefix import find_prefix
from slurm_jwt_conformance.lab.install.release import (
    Installation,
    Missing,
    find_installation,
    find_release,
    installed,
)
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_reports.problems import Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DAEMONS = ("slurmdbd", "slurmrestd", "slurmd")
"""Daemons that a lab may have in addition to slurmctld, in the order in which they start."""

_NEEDS = {"slurmdbd": ("slurmdbd", "mariadbd"), "slurmrestd": ("slurmrestd",), "slurmd": ("slurmd",)}
_USER = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._-]{0,31}")
_LARGEST_UID = 2**31 - 1


@dataclass(frozen=True)
class Plan:
    """What a lab consists of.

    release, prefix: at most one of them; without both, a Slurm that is installed. name: "" for the release.
    key, jwks: the bytes of the key file and of the JWKS, None for no JWKS. users: users in addition to the
    test users. parameters: more of AuthAltParameters.
    """

    key: bytes = field(repr=False)
    release: str = ""
    prefix: str = ""
    name: str = ""
    users: Mapping[str, int] = field(default_factory=dict)
    daemons: tuple[str, ...] = ()
    jwks: bytes | None = None
    parameters: tuple[str, ...] = ()


def installation_of(plan: Plan) -> Installation:
    """Return the Slurm of a plan. Problem if it is not installed, or lacks a daemon of the plan."""
    if plan.prefix:
        found = find_prefix(Path(plan.prefix))
    elif plan.release:
        found = find_release(known_release(plan.release))
    else:
        found = _any_installation()
    if isinstance(found, Missing):
        raise Problem(f"{_sentence(found.reason)}.", found.hint)
    for daemon in plan.daemons:
        absent = [name for name in _NEEDS[daemon] if name not in found.programs]
        if absent:
            raise Problem(f"Slurm {found.version} has no {' and no '.join(absent)} here.", _hint(found))
    return found


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _hint(found: Installation) -> str:
    if found.prefix is not None:
        return "Build it with them; MariaDB is Debian's mariadb-server-core."
    return f"Run: slurm-jwt lab install {found.label}. Then name it: --release {found.label}"


def known_release(release: str) -> str:
    """Return a release's label. Problem, with the nearest label, if it is not installed and cannot be."""
    known = {*roots.SUITES, *installed()} if release not in roots.SUITES else {release}
    if release not in known:
        raise Problem(
            f"Slurm release {release!r} is unknown and not installed.", nearest(release, sorted(known))
        )
    return release


def _any_installation() -> Installation | Missing:
    """Return the machine's own Slurm, otherwise the newest release in a root of the lab."""
    own = find_installation()
    if isinstance(own, Installation):
        return own
    none = Missing("no Slurm is installed here", f"Run: slurm-jwt lab install {max(roots.SUITES)}")
    return next(reversed(installed().values()), none)


def daemons_of(text: str) -> tuple[str, ...]:
    """Return the daemons of `--with`, in the order of their start."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in DAEMONS:
            raise Problem(f"--with cannot start {name!r}.", nearest(name, list(DAEMONS)))
    return tuple(name for name in DAEMONS if name in names)


def parameters_of(text: str) -> tuple[str, ...]:
    """Return the parts of `--parameters`. The lab itself sets jwt_key= and jwks=."""
    if not text.isprintable() or not text.isascii() or any(char in text for char in "#\\\"'"):
        raise Problem("--parameters has a character that slurm.conf does not take as it is.")
    found = tuple(each for each in text.split(",") if each)
    own = next((each for each in found if each.startswith(("jwt_key", "jwks"))), None)
    if own is not None:
        raise Problem(f"--parameters cannot set {own.partition('=')[0]}.", "Use --key-file or --jwks.")
    return found


def users_of(texts: Iterable[str]) -> dict[str, int]:
    """Return the users of `--user NAME[:UID]`. A user without a uid gets the next free one of OWN_USERS."""
    users: dict[str, int] = {}
    for text in texts:
        name, _, number = text.partition(":")
        if not _USER.fullmatch(name):
            raise Problem(
                f"--user {text!r}: that is not a user name.", "Use letters, digits, '.', '_' and '-'."
            )
        known = {**accounts.ACCOUNTS, **users}
        uid = _uid(text, number) if number else known.get(name, _next_uid(known))
        if known.get(name, uid) != uid:
            raise Problem(f"--user {text}: {name} has uid {known[name]} in every lab.")
        holder = next((other for other, taken in known.items() if taken == uid and other != name), None)
        if holder is not None:
            raise Problem(f"--user {text}: {holder} has uid {uid}.", "Choose another uid.")
        users[name] = uid
    return users


def _uid(text: str, number: str) -> int:
    if not (number.isascii() and number.isdigit()) or int(number[:12]) > _LARGEST_UID:
        raise Problem(f"--user {text!r}: that is not a uid.", f"A uid is a number from 0 to {_LARGEST_UID}.")
    return int(number)


def _next_uid(known: Mapping[str, int]) -> int:
    taken = set(known.values())
    free = [uid for uid in accounts.OWN_USERS if uid not in taken]
    if not free:
        raise Problem("That is too many users without a uid.", "Give each its uid: --user NAME:UID")
    return free[0]


def check_key(key: bytes, daemons: Iterable[str]) -> None:
    """Raise Problem for a slurmd with a published key, before anything starts."""
    if "slurmd" not in daemons:
        return
    try:
        refuse_published(key)
    except SlurmError as error:
        raise Problem(f"{_sentence(error.what)}.", error.hint) from None
