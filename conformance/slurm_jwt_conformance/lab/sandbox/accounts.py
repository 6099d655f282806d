"""The accounts inside a sandbox: the same user database on every machine.

It is mounted over /etc/passwd and /etc/group inside the sandbox only, so that a recorded verdict does not
depend on the accounts of the recording machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SLURM_USER = "slurm"
COURIER = "courier"
"""The account that sends tokens. No token names it: its uid in a log shows that the token was not used."""

TEST_USERS: Mapping[str, int] = {"alice": 2001, "bob": 2002}

_every = {
    "root": 0,
    "daemon": 1,
    "munge": 103,
    SLURM_USER: 64030,
    "nobody": 65534,
    **TEST_USERS,
    COURIER: 2003,
}
ACCOUNTS: Mapping[str, int] = _every
"""All users inside a sandbox: name to uid. The gid is the same number."""

OWN_USERS = range(2100, 2200)
"""The uids for users of `lab up --user` without a uid."""


def admit(users: Mapping[str, int]) -> None:
    """Add accounts to every sandbox that this process starts from now on.

    For the process of a lab. Records are made with the test users only.
    """
    _every.update(users)


_GROUP_NAMES = {65534: "nogroup"}


def passwd(accounts: Mapping[str, int] = ACCOUNTS) -> str:
    """Return the text of /etc/passwd for these accounts."""
    return "".join(f"{name}:x:{uid}:{uid}:{name}:/:/bin/sh\n" for name, uid in accounts.items())


def group(accounts: Mapping[str, int] = ACCOUNTS) -> str:
    """Return the text of /etc/group: one group for each account."""
    return "".join(f"{_GROUP_NAMES.get(uid, name)}:x:{uid}:\n" for name, uid in accounts.items())


NSSWITCH = "passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\nprotocols: files\n"
HOSTS = "127.0.0.1 localhost\n"
