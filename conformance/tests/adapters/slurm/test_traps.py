"""Trap, gap, impostor: what a release's verdict means beside the documented one."""

from __future__ import annotations

import pytest

from slurm_jwt_conformance.adapters.slurm.traps import classify

USERS = {"root": 0, "alice": 2001, "bob": 2002}


@pytest.mark.parametrize(
    ("documented", "observed", "uid", "user", "kind"),
    [
        ("valid", "accepted", 2001, "alice", None),
        ("valid", "refused", None, "alice", "trap"),
        ("either", "refused", None, None, "trap"),
        ("valid", "daemon-does-not-start", None, "alice", "trap"),
        ("invalid", "refused", None, None, None),
        ("invalid", "daemon-does-not-start", None, None, None),
        ("invalid", "accepted", 2001, "alice", "gap"),
        ("invalid", "accepted", 0, "alice", "gap"),
        ("invalid", "accepted", None, None, "gap"),
        ("valid", "accepted", 2002, "alice", "impostor"),
        ("valid", "accepted", 0, "0", "impostor"),
        ("valid", "accepted", 99, "nosuchuser", "impostor"),
        ("either", "accepted", 0, "alice", "impostor"),
        ("valid", "accepted", 0, "root", None),
        ("either", "accepted", 2001, None, None),
        ("valid", "accepted", None, "alice", None),
        ("valid", "cannot-be-carried", None, "alice", None),
        ("invalid", "cannot-be-carried", None, None, None),
        ("either", "not run", None, "alice", None),
    ],
)
def test_kinds(documented, observed, uid, user, kind):
    assert classify(documented, observed, uid, user, USERS) == kind
