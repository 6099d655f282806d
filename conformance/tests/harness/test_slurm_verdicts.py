"""Trap, gap, impostor: how a release's verdict differs from the documented one."""

from __future__ import annotations

import pytest

from slurm_jwt.vocabulary import Accepted, DoesNotStart, Refused, Unknown
from slurm_jwt_conformance.harness.slurm_verdicts import classify

USERS = {"root": 0, "alice": 2001, "bob": 2002}


@pytest.mark.parametrize(
    ("documented", "observed", "user", "kind"),
    [
        ("valid", Accepted(2001), "alice", None),
        ("valid", Refused(None), "alice", "trap"),
        ("either", Refused(None), None, "trap"),
        ("valid", DoesNotStart(None), "alice", "trap"),
        ("invalid", Refused(None), None, None),
        ("invalid", DoesNotStart(None), None, None),
        ("invalid", Accepted(2001), "alice", "gap"),
        ("invalid", Accepted(0), "alice", "gap"),
        ("invalid", Accepted(None), None, "gap"),
        ("valid", Accepted(2002), "alice", "impostor"),
        ("valid", Accepted(0), "0", "impostor"),
        ("valid", Accepted(99), "nosuchuser", "impostor"),
        ("either", Accepted(0), "alice", "impostor"),
        ("valid", Accepted(0), "root", None),
        ("either", Accepted(2001), None, None),
        ("valid", Accepted(None), "alice", None),
        ("valid", Unknown("cannot-be-carried"), "alice", None),
        ("invalid", Unknown("cannot-be-carried"), None, None),
        ("either", Unknown("not run"), "alice", None),
    ],
)
def test_kinds(documented, observed, user, kind):
    assert classify(documented, observed, user, USERS) == kind
