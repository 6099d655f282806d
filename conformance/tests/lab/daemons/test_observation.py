"""Reading slurmctld's log: hostile lines included."""

from __future__ import annotations

import pytest

from slurm_jwt_conformance.lab.daemons.observation import (
    cannot_be_carried,
    key_trouble,
    normalised,
    read_accepted,
    read_refused,
)
from slurm_jwt_conformance.lab.errors import SlurmError

STAMP = "[2026-11-23T00:45:14.432] "
ACCEPTED = STAMP + "debug2: Processing RPC: REQUEST_BUILD_INFO from UID=2001\n"
REFUSED = (
    STAMP
    + "error: auth_p_verify: token expired\n"
    + STAMP
    + "error: slurm_unpack_received_msg: [[localhost]:40416] auth_g_verify: REQUEST_BUILD_INFO has"
    " authentication error: Unspecified error\n"
    + STAMP
    + "error: slurm_receive_msg [127.0.0.1:40416]: Unspecified error\n"
)


def test_an_acceptance_names_its_user():
    seen = read_accepted(
        ACCEPTED + STAMP + "debug2: Processing RPC: REQUEST_PING from UID=2001\n", {2001: "alice"}
    )
    assert (seen.verdict, seen.uid, seen.user) == ("accepted", 2001, "alice")
    assert seen.log == "debug2: Processing RPC: REQUEST_BUILD_INFO from UID=2001"


def test_a_uid_without_a_name():
    assert read_accepted(ACCEPTED.replace("2001", "99"), {2001: "alice"}).user is None


@pytest.mark.parametrize(
    "log",
    [
        "",
        ACCEPTED.replace("BUILD_INFO", "PING"),
        ACCEPTED + ACCEPTED.replace("2001", "0"),
        "x" + ACCEPTED,
        ACCEPTED.replace("UID=2001", "UID=2001 or so"),
        ACCEPTED.replace("debug2: ", "error: user debug2: "),
    ],
)
def test_a_doubtful_log_is_an_error_and_no_acceptance(log):
    with pytest.raises(SlurmError, match="does not show clearly"):
        read_accepted(log, {})


def test_a_refusal_has_its_reason_without_time_and_peer():
    seen = read_refused(REFUSED, "slurm_load_ctl_conf error: Zero Bytes\n", 1)
    assert seen.log == "error: auth_p_verify: token expired"
    assert seen.client == "slurm_load_ctl_conf error: Zero Bytes"
    assert (seen.uid, seen.exit) == (None, 1)


def test_a_refusal_stays_one_even_if_the_log_claims_otherwise():
    assert read_refused(ACCEPTED + REFUSED, "", 1).verdict == "refused"


def test_several_reasons_are_all_told():
    twice = STAMP + "error: one\n" + STAMP + "debug:  not this\n" + STAMP + "error: two\n" + REFUSED
    assert read_refused(twice, "", 1).log == "error: one | error: two | error: auth_p_verify: token expired"


def test_a_refusal_without_a_reason():
    assert read_refused("", "", 1).log is None


def test_control_characters_are_escaped():
    assert (
        normalised(STAMP + "error: alg=\x1b[31m\u202e\udc80\ud800")
        == "error: alg=\\x1b[31m\\u202e\\udc80\\ud800"
    )
    assert read_refused(REFUSED, "a\x07b", 1).client == "a\\x07b"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (STAMP + "x", "x"),
        (STAMP + STAMP + "x", STAMP + "x"),
        ("no stamp [a] b", "no stamp [a] b"),
        (STAMP + "slurm_receive_msg [127.0.0.1:40416]: E", "slurm_receive_msg [peer]: E"),
        (STAMP + "f: [[localhost]:40416] E", "f: [peer] E"),
        (STAMP + "f: [[10.1.2.3]:40416] E", "f: [[10.1.2.3]:40416] E"),
    ],
)
def test_only_time_and_peer_are_left_out(line, kept):
    assert normalised(line) == kept


@pytest.mark.parametrize(
    ("token", "carried"),
    [(b"", True), (b"x" * 131061, True), (b"x" * 131062, False), (b"\0", False), (b"\xff\n", True)],
)
def test_what_can_be_carried(token, carried):
    assert (cannot_be_carried(token) is None) == carried


def test_the_reason_why_a_key_is_no_good():
    log = (
        STAMP
        + "debug:  mmap failed\n"
        + STAMP
        + "fatal: auth/jwt: Could not load key file (/tmp/w.x/jwt.key)\n"
    )
    assert key_trouble(log, "/tmp/w.x") == "fatal: auth/jwt: Could not load key file (jwt.key)"
    assert key_trouble(STAMP + "fatal: no such plugin\n", "/tmp/w.x") is None
