"""From a token's user name to a uid, as slurmctld finds it: uid_from_string() of src/common/uid.c.

The user database comes in as data; nothing here asks the machine.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

NOBODY = 99
"""SLURM_AUTH_NOBODY: the uid that slurmctld assigns to a sender that it cannot look up."""

NO_GID = 0xFFFFFFFF

_NUMBER = re.compile(r"[ \t\n\v\f\r]*[+-]?[0-9]+")


class UserRule(NamedTuple):
    """What differs between releases of Slurm.

    highest: the largest number taken for a uid. must_exist: a number must be in the database.
    nobody_resolves: the name nobody is looked up like any other. gid_too: the primary group must
    be known as well.
    """

    highest: int
    must_exist: bool
    nobody_resolves: bool
    gid_too: bool


class Account(NamedTuple):
    """One line of the user database."""

    name: str
    uid: int
    gid: int


class Users:
    """A user database: accounts by name and by uid; of equal ones the first counts, as in NSS files."""

    __slots__ = ("by_name", "by_uid")

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.by_name: dict[str, Account] = {}
        self.by_uid: dict[int, Account] = {}
        for account in accounts:
            self.by_name.setdefault(account.name, account)
            self.by_uid.setdefault(account.uid, account)

    def name_of(self, uid: int) -> str | None:
        """Return the name of a uid, None if the database has none."""
        account = self.by_uid.get(uid)
        return account.name if account else None


def parse_passwd(text: str) -> Users:
    """Read /etc/passwd, or the output of `getent passwd`; ValueError names the first line that is none.

    Lines that start with + or - belong to the old NIS notation; looked up by name they are never found.
    """
    accounts = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line[0] in "#+-":
            continue
        fields = line.split(":")
        if len(fields) < 4 or not fields[0] or not (fields[2].isdecimal() and fields[3].isdecimal()):
            raise ValueError(f"line {number} is no line of a passwd file")
        accounts.append(Account(fields[0], int(fields[2]), int(fields[3])))
    return Users(accounts)


def uid_from_string(name: str, users: Users, rule: UserRule) -> int | None:
    """Return the uid that this name, or number, stands for; None if the lookup fails.

    A name of the database comes first. Otherwise strtol reads a number: leading blanks, a sign and
    leading zeros are fine, anything after it is not.
    """
    if name == "nobody" and not rule.nobody_resolves:
        return None
    account = users.by_name.get(name)
    if account is not None:
        return account.uid
    if not _NUMBER.fullmatch(name) or len(name.strip().lstrip("+-0")) > 19:
        return None
    number = int(name)
    if not 0 <= number <= rule.highest or (rule.must_exist and number not in users.by_uid):
        return None
    return number


def uid_in_charge(name: str, users: Users, rule: UserRule) -> int:
    """Return the uid under which slurmctld serves a verified token: NOBODY if the lookup fails."""
    uid = uid_from_string(name, users, rule)
    if uid is None:
        return NOBODY
    if rule.gid_too and (uid not in users.by_uid or users.by_uid[uid].gid == NO_GID):
        return NOBODY
    return uid
