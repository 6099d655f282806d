"""slurmctld in a run: live, from its record, or absent with a reason."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest

from slurm_jwt import Issuer
from slurm_jwt_conformance.adapters import IssueRequest, VerifyRequest
from slurm_jwt_conformance.adapters.slurm import answers
from slurm_jwt_conformance.adapters.slurm.participant import SlurmctldParticipant
from slurm_jwt_conformance.adapters.slurm.pool import KeyAndClock
from slurm_jwt_conformance.adapters.slurm.recorded import RecordedParticipant
from slurm_jwt_conformance.lab.daemons.observation import Observation as Seen
from slurm_jwt_conformance.lab.errors import DaemonDied, NoAnswer, SlurmError
from slurm_jwt_conformance.lab.install.release import Installation
from slurm_jwt_vectors import Observation, Observed, pem
from support.slurm import require_slurm

NOW = 1893456000
KEY = bytes(range(32))


def verify_request(name, token, *, key=KEY, now=NOW):
    return VerifyRequest(name, token, key, now)


def token(user="alice", *, key=KEY, now=NOW, lifespan=60):
    return Issuer(key).issue(user, lifespan, now=now).encode()


@pytest.fixture(scope="module")
def slurm():
    return require_slurm()


@pytest.fixture(scope="module")
def live(slurm):
    taking_part = SlurmctldParticipant(slurm, any_time={"now"})
    yield taking_part
    taking_part.close()


@pytest.mark.slurm
def test_it_introduces_itself(live, slurm):
    said = live.describe()
    assert live.id == f"slurmctld:{slurm.label}"
    assert said.version == f"{slurm.version} with libjwt {slurm.libjwt}"
    assert said.roles == ("issuer", "verifier")


@pytest.mark.slurm
def test_answers_come_in_order_whatever_daemon_they_need(live):
    other = b"another key" * 3
    requests = [
        verify_request("good", token()),
        verify_request("other key", token("bob", key=other), key=other),
        verify_request("wrong key", token(), key=other),
        verify_request("empty key", token(), key=b""),
        verify_request("later", token(), now=NOW + 61),
        verify_request("at the end", token(), now=NOW + 60),
        verify_request("nul", b"a\0b"),
        verify_request("root", token("0")),
    ]
    said = list(live.verify(iter(requests)))
    assert [(each.id, each.outcome, each.uid) for each in said] == [
        ("good", "accept", 2001),
        ("other key", "accept", 2002),
        ("wrong key", "reject", None),
        ("empty key", "reject", None),
        ("later", "reject", None),
        ("at the end", "accept", 2001),
        ("nul", "unsupported", None),
        ("root", "accept", 0),
    ]
    assert "Could not load key file" in said[3].log
    assert said[4].error.endswith("token expired")
    assert said[0].user == "alice"


@pytest.mark.slurm
def test_a_question_for_any_time_goes_to_a_daemon_with_the_machines_clock(live):
    real = token(now=None)
    (said,) = live.verify([verify_request("now", real, now=NOW)])
    assert said.outcome == "accept"
    (other,) = live.verify([verify_request("frozen in 2030", real, now=NOW)])
    assert other.outcome == "reject"


@pytest.mark.slurm
def test_no_questions_are_answered_at_once(live):
    assert list(live.verify([])) == []


def issue_request(name="it", **changes):
    claims = {"exp": NOW + 60, "iat": NOW, "sun": "alice"} | changes
    return IssueRequest(name, {name: value for name, value in claims.items() if value is not None}, KEY, NOW)


@pytest.mark.slurm
def test_it_issues_what_the_reference_issues(live):
    said = list(live.issue([issue_request(), issue_request(sun="bob", exp=NOW + 1800)]))
    assert [each.outcome for each in said] == ["token", "token"]
    assert said[0].token == token().decode()
    assert said[1].token == token("bob", lifespan=1800).decode()


def test_no_daemon_starts_for_an_rs256_token_that_scontrol_cannot_issue(tmp_path):
    nowhere = SlurmctldParticipant(Installation("24.11", "24.11.5", "", {}, tmp_path, {}, "", "/fake"))
    order = IssueRequest("it", issue_request().claims, None, NOW, pem.PKCS1, "one")
    (answer,) = nowhere.issue([order])
    assert (answer.outcome, answer.error) == ("unsupported", "scontrol token signs with HS256 only")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": None}, "no others"),
        ({"nbf": NOW}, "no others"),
        ({"exp": float(NOW + 60)}, "integer"),
        ({"exp": True}, "integer"),
        ({"sun": 7}, "text sun"),
        ({"iat": NOW - 1}, "moment of its call"),
        ({"exp": NOW}, "lifespan"),
        ({"exp": NOW + 2**31}, "lifespan"),
        ({"sun": "a\0b"}, "command line"),
        ({"sun": "\ud800"}, "command line"),
    ],
)
def test_what_scontrol_cannot_be_asked_for(changes, reason):
    assert reason in answers.beyond_scontrol(issue_request(**changes))


def test_what_scontrol_can_be_asked_for():
    assert answers.beyond_scontrol(issue_request()) is None


class Ailing:
    """A cluster that fails in a given way at given questions."""

    def __init__(self, errors):
        self.errors = errors


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (DaemonDied("it died"), "crash"),
        (NoAnswer("too late"), "hang"),
        (SlurmError("unclear"), "not run"),
    ],
)
def test_trouble_with_one_question_is_told_of_that_one_alone(monkeypatch, slurm_stub, error, outcome):
    started = []

    class Cluster:
        def __init__(self, *_arguments, **_options):
            started.append(self)

        def ask(self, question):
            if question == b"bad":
                raise error
            return answers_with(question)

        def close(self):
            pass

    monkeypatch.setattr("slurm_jwt_conformance.adapters.slurm.pool.Cluster", Cluster)
    taking_part = SlurmctldParticipant(slurm_stub)
    requests = [verify_request(str(at), text) for at, text in enumerate((b"good", b"bad", b"good"))]
    said = list(taking_part.verify(requests))
    taking_part.close()
    assert [each.outcome for each in said] == ["accept", outcome, "accept"]
    assert said[1].error == error.what
    assert len(started) == 2


def answers_with(_question):
    return Seen("accepted", uid=2001, user="alice", log="line", exit=0)


@pytest.fixture
def slurm_stub():
    """An installation that is never run."""
    return Installation("22.05", "22.05.8", "1.10.2", {}, None, {}, "/plugins", "/faketime.so")


def test_a_cluster_that_does_not_start_runs_nothing(monkeypatch, slurm_stub):
    def fail(*_arguments, **_options):
        raise SlurmError("munged ended at its start")

    monkeypatch.setattr("slurm_jwt_conformance.adapters.slurm.pool.Cluster", fail)
    taking_part = SlurmctldParticipant(slurm_stub)
    said = list(taking_part.verify([verify_request("a", b"x"), verify_request("b", b"y")]))
    assert [(each.outcome, each.error) for each in said] == [("not run", "munged ended at its start")] * 2


def test_an_error_of_ours_is_not_swallowed(monkeypatch, slurm_stub):
    def fail(*_arguments, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr("slurm_jwt_conformance.adapters.slurm.pool.Cluster", fail)
    taking_part = SlurmctldParticipant(slurm_stub)
    with pytest.raises(ZeroDivisionError):
        list(taking_part.verify([verify_request("a", b"x")]))


def test_without_faketime_a_set_moment_is_unsupported(slurm_stub):
    taking_part = SlurmctldParticipant(dataclasses.replace(slurm_stub, faketime=None))
    assert taking_part.describe().clock == "system"
    (said,) = taking_part.verify([verify_request("a", b"x")])
    assert said.outcome == "unsupported"
    assert "libfaketime" in said.error


def test_after_close_nothing_is_started(slurm_stub, monkeypatch):
    taking_part = SlurmctldParticipant(slurm_stub)
    assert list(taking_part.verify([])) == []
    taking_part.close()
    taking_part.close()
    monkeypatch.setattr("slurm_jwt_conformance.adapters.slurm.pool.Cluster", None)
    (said,) = taking_part.verify([verify_request("a", b"x")])
    assert said.outcome == "not run"


def observation(raw, verdict="accepted", *, clock="system", key="k", **more):
    defaults = {"uid": None, "user": None, "log": None, "client": None}
    return Observation(hashlib.sha256(raw).hexdigest(), key, "scontrol", clock, verdict, **(defaults | more))


@pytest.fixture
def recorded():
    cases = {
        "a": observation(b"good", uid=2001, user="alice", log="l"),
        "b": observation(b"bad", "refused", log="error: no", client="c"),
        "c": observation(b"edge", "refused", clock="faketime 2030-01-01T00:00:00Z", log="late"),
        "d": observation(b"nul\0", "cannot-be-carried", client="no NUL"),
        "e": observation(b"good", "daemon-does-not-start", key="empty", log="fatal: key"),
        "f": observation(b"lost", key="a key that is no more"),
    }
    observed = Observed("22.05", "22.05.8", "1.10.2", {}, "2026-11-23", cases)
    return RecordedParticipant(observed, {"k": KEY, "empty": b""})


@pytest.mark.parametrize(
    ("question", "outcome", "error"),
    [
        ({"token": b"good"}, "accept", None),
        ({"token": b"good", "now": 1800000000}, "accept", None),
        ({"token": b"good", "now": 1}, "not run", "not in the record of 2026-11-23"),
        ({"token": b"bad"}, "reject", "error: no"),
        ({"token": b"edge"}, "reject", "late"),
        ({"token": b"edge", "now": NOW + 1}, "not run", "not in the record of 2026-11-23"),
        ({"token": b"nul\0"}, "unsupported", "no NUL"),
        ({"token": b"good", "key": b""}, "reject", "fatal: key"),
        ({"token": b"good", "key": b"other"}, "not run", "not in the record of 2026-11-23"),
        ({"token": b"lost"}, "not run", "not in the record of 2026-11-23"),
        ({"token": b"unheard of"}, "not run", "not in the record of 2026-11-23"),
    ],
)
def test_a_record_answers_for_its_own_questions_alone(recorded, question, outcome, error):
    (said,) = recorded.verify([verify_request("it", **question)])
    assert (said.id, said.outcome, said.error) == ("it", outcome, error)


def test_a_record_tells_the_user(recorded):
    (said,) = recorded.verify([verify_request("it", b"good")])
    assert (said.uid, said.user, said.log) == (2001, "alice", "l")


def test_a_record_issues_nothing(recorded):
    (said,) = recorded.issue([issue_request()])
    assert said.outcome == "not run"
    assert recorded.describe().roles == ("verifier",)
    assert recorded.basis == "recorded"
    assert SlurmctldParticipant.basis == "live"
    recorded.close()


def test_a_key_does_not_show_in_what_is_printed():
    daemon = KeyAndClock(b"secret", NOW)
    assert repr(daemon) == str(daemon) == f"KeyAndClock(key of 6 bytes, clock={NOW})"
