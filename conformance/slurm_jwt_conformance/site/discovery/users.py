"""The names and uids of users: this host's user database, or a file.

The database is asked name by name, as slurmctld asks it. Sites keep their users in LDAP or SSSD, which often
answer for one name and do not list all names, so that `getent passwd` would miss most users.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from slurm_jwt.slurmctld import Account, Users, parse_passwd
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

NONE = "none"
"""The value of --passwd for no user database."""

MOST_BYTES = 64 * 1024 * 1024
MOST_KEPT = 100_000
"""The most answers that are kept, so that memory is bounded."""

_HINT = "Make one on slurmctld's host: getent passwd >users.txt"


class UserDatabase(NamedTuple):
    """A user database and where it is from; known is False where none counts, so that no uid is known."""

    users: Users
    source: str
    known: bool = True


def load(passwd: str | None) -> UserDatabase:
    """Return the users of --passwd: a file, "none", or those of this host for None.

    Problem says why the file cannot be used.
    """
    if passwd is None:
        return UserDatabase(HostUsers(), "this host's user database")
    if passwd == NONE:
        return no_database("none (--passwd none)")
    return UserDatabase(_from_file(passwd), one_line(passwd))


def no_database(reason: str) -> UserDatabase:
    """Return the database of a command that looks no user up, and why it does not."""
    return UserDatabase(Users(()), reason, known=False)


class HostUsers(Users):
    """The users of this host; each is looked up with getpwnam() or getpwuid() when it is first needed."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(())
        self.by_name = _Lookups(_by_name)
        self.by_uid = _Lookups(_by_uid)


class _Lookups(dict[Any, Account]):
    """A dict that looks up each missing key once, also a key that no account has."""

    def __init__(self, look_up: Callable[[Any], Account | None]) -> None:
        super().__init__()
        self._look_up = lru_cache(MOST_KEPT)(look_up)

    def get(self, key: Any, default: Any = None) -> Any:  # noqa: ANN401 - as in dict
        account = self._look_up(key)
        return default if account is None else account

    def __contains__(self, key: object) -> bool:
        return self._look_up(key) is not None

    def __getitem__(self, key: Any) -> Account:  # noqa: ANN401 - as in dict
        account = self._look_up(key)
        if account is None:
            raise KeyError(key)
        return account


def _by_name(name: str) -> Account | None:
    from pwd import getpwnam

    try:
        entry = getpwnam(name)
    except (KeyError, ValueError, OSError):  # no such user, a name that no C string holds, NSS in trouble
        return None
    return Account(name, entry.pw_uid, entry.pw_gid)


def _by_uid(uid: int) -> Account | None:
    from pwd import getpwuid

    try:
        entry = getpwuid(uid)
    except (KeyError, OverflowError, OSError):
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _from_file(path: str) -> Users:
    place = one_line(path)
    try:
        if not os.path.isfile(path):  # noqa: PTH113 - pathlib takes longer to load than a check
            raise Problem(f"{place} does not exist or is not a regular file.", _HINT)
        with open(path, "rb") as stream:  # noqa: PTH123 - as above
            text = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is not a file name"
        raise Problem(f"Cannot read the users from {place}: {reason}.") from error
    if len(text) > MOST_BYTES:
        raise Problem(f"{place} is longer than any user database: over {MOST_BYTES:,} bytes.")
    try:
        return parse_passwd(text.decode("utf-8", "surrogateescape"))
    except ValueError as error:
        raise Problem(f"{place}: {error}.", _HINT) from error
