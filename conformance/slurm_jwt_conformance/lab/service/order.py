"""What a lab is to be: which Slurm, which key, which users, which daemons; checked before anything starts."""

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
"""Daemons that a lab may have beside slurmctld, in the order in which they start."""

_NEEDS = {"slurmdbd": ("slurmdbd", "mariadbd"), "slurmrestd": ("slurmrestd",), "slurmd": ("slurmd",)}
_USER = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._-]{0,31}")
_LARGEST_UID = 2**31 - 1


@dataclass(frozen=True)
class Order:
    """A lab that somebody wants. release, prefix: at most one; neither means what is here.

    name: "" for the release. key: the bytes of the key file. users: beside the test users.
    """

    key: bytes = field(repr=False)
    release: str = ""
    prefix: str = ""
    name: str = ""
    users: Mapping[str, int] = field(default_factory=dict)
    daemons: tuple[str, ...] = ()


def find(order: Order) -> Installation:
    """Return the Slurm that an order names; Problem if it is not here, or lacks a wanted daemon."""
    if order.prefix:
        found = find_prefix(Path(order.prefix))
    elif order.release:
        found = find_release(known_release(order.release))
    else:
        found = _whatever_is_here()
    if isinstance(found, Missing):
        raise Problem(f"{_sentence(found.reason)}.", found.hint)
    for daemon in order.daemons:
        absent = [name for name in _NEEDS[daemon] if name not in found.programs]
        if absent:
            raise Problem(f"Slurm {found.version} has no {' and no '.join(absent)} here.", _how(found))
    return found


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _how(found: Installation) -> str:
    if found.prefix is not None:
        return "Build it with them; MariaDB is Debian's mariadb-server-core."
    return f"Run: slurm-jwt lab install {found.label}. Then name it: --release {found.label}"


def known_release(release: str) -> str:
    """Return a release's label if such a release can be had or is here; Problem names the nearest one."""
    known = {*roots.SUITES, *installed()} if release not in roots.SUITES else {release}
    if release not in known:
        raise Problem(f"There is no Slurm release {release!r} here.", nearest(release, sorted(known)))
    return release


def _whatever_is_here() -> Installation | Missing:
    """Return the machine's own Slurm, otherwise the newest release in a root of the lab."""
    own = find_installation()
    if isinstance(own, Installation):
        return own
    others = list(installed().values())
    newest = max(roots.SUITES)
    none = Missing("no Slurm is installed here", f"Install a release: slurm-jwt lab install {newest}")
    return others[-1] if others else none


def daemons_of(text: str) -> tuple[str, ...]:
    """Read the daemons that `--with` names, separated by commas."""
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    for name in wanted:
        if name not in DAEMONS:
            raise Problem(f"--with knows no {name!r}.", nearest(name, list(DAEMONS)))
    return tuple(name for name in DAEMONS if name in wanted)


def users_of(texts: Iterable[str]) -> dict[str, int]:
    """Read users as `--user NAME[:UID]` gives them; who has no uid gets the next free one of ours."""
    users: dict[str, int] = {}
    for text in texts:
        name, _, number = text.partition(":")
        if not _USER.fullmatch(name):
            raise Problem(f"--user {text!r}: that is no user name.", "Use letters, digits, '.', '_' and '-'.")
        known = {**accounts.ACCOUNTS, **users}
        uid = _uid(text, number) if number else known.get(name, _next_uid(known))
        if known.get(name, uid) != uid:
            raise Problem(f"--user {text}: {name} has uid {known[name]} in every lab.")
        holder = next((other for other, taken in known.items() if taken == uid and other != name), None)
        if holder is not None:
            raise Problem(f"--user {text}: uid {uid} is {holder}'s.", "Choose another uid.")
        users[name] = uid
    return users


def _uid(text: str, number: str) -> int:
    if not (number.isascii() and number.isdigit()) or int(number[:12]) > _LARGEST_UID:
        raise Problem(f"--user {text!r}: that is no uid.", f"A uid is a number from 0 to {_LARGEST_UID}.")
    return int(number)


def _next_uid(known: Mapping[str, int]) -> int:
    taken = set(known.values())
    free = [uid for uid in accounts.OWN_USERS if uid not in taken]
    if not free:
        raise Problem("That is too many users without a uid.", "Give each its uid: --user NAME:UID")
    return free[0]


def check_key(key: bytes, daemons: Iterable[str]) -> None:
    """Refuse a slurmd under a key that everybody knows, before anything is started."""
    if "slurmd" not in daemons:
        return
    try:
        refuse_published(key)
    except SlurmError as error:
        raise Problem(f"{_sentence(error.what)}.", error.hint) from None
