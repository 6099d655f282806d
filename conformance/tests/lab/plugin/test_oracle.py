"""Slurm's own plugin in a child process: its verdicts, its log lines, its clock, and its crashes."""

import base64
import hmac
import json
import os
import signal

import pytest

from slurm_jwt.slurmctld import Settings, parse_parameters, parse_passwd, predict
from slurm_jwt_conformance.lab.errors import PluginEnded
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.plugin.oracle import BATCH, Judgement, PluginOracle
from slurm_jwt_conformance.lab.sandbox import accounts
from support.slurm import require_release

pytestmark = pytest.mark.slurm

NOW = 1893456000
KEY = bytes(range(32))


def part(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def token(claims=None, header=None):
    signed = part(header or {"alg": "HS256"}) + b"." + part(claims or {"exp": NOW, "sun": "alice"})
    return signed + b"." + part(hmac.digest(KEY, signed, "sha256"))


@pytest.fixture(scope="module", params=tuple(roots.SUITES))
def oracle(request):
    with PluginOracle(require_release(request.param), KEY, now=NOW) as running:
        yield running


def one(oracle, text, user_name=None):
    return oracle.judge([(text, user_name)])[0]


def test_a_good_token_becomes_its_user(oracle):
    assert one(oracle, token()) == Judgement(True, uid=2001)


def test_an_unknown_user_becomes_99(oracle):
    assert one(oracle, token({"exp": NOW, "sun": "nosuchuser"})).uid == 99


def test_the_clock_stands_still(oracle):
    assert one(oracle, token({"exp": NOW, "sun": "alice"})).accepted
    assert one(oracle, token({"exp": NOW - 1, "sun": "alice"})).log.endswith(": token expired")


def test_a_refusal_tells_the_line_of_the_log(oracle):
    reasons = {
        "20.11": "error: slurm_auth_verify: jwt_decode failure",
        "22.05": "error: auth_p_verify: jwt_decode failure: Invalid argument",
        "24.11": "error: auth_p_verify: jwt_decode failure: Invalid argument",
        "26.05": "error: cred_verify: jwt_decode failure: Invalid argument",
    }
    found = one(oracle, token() + b"x")
    assert (found.accepted, found.log) == (False, reasons[oracle.installation.label])


def test_control_characters_of_a_token_are_escaped(oracle):
    found = one(oracle, token(header={"alg": "x\x1b[2J\x07"}))
    assert found.accepted is False
    assert found.log.isprintable()


def test_answers_come_in_the_order_of_the_questions(oracle):
    questions = [(token({"exp": NOW, "sun": str(index % 3)}), None) for index in range(3 * BATCH)]
    expected = [accounts_uid(str(index % 3), oracle.installation.label) for index in range(3 * BATCH)]
    assert [each.uid for each in oracle.judge(questions)] == expected


def accounts_uid(number, label):
    known = int(number) in accounts.ACCOUNTS.values() or label == "20.11"
    return int(number) if known else 99


def test_a_user_name_beside_the_token(oracle):
    found = one(oracle, token({"exp": NOW, "sun": "slurm"}), b"alice")
    assert found == Judgement(True, uid=2001)
    assert one(oracle, token(), b"alice") == Judgement(True, uid=2001)
    assert "alternate user alice from non-SlurmUser bob" in one(oracle, token(), b"bob").log


def test_bytes_that_no_environment_can_carry_are_judged(oracle):
    assert one(oracle, token() + b"\0junk").accepted
    assert one(oracle, b"a" * 200_000).accepted is False
    assert one(oracle, b"").accepted is False


def test_a_dead_child_is_told_and_another_one_goes_on(oracle, monkeypatch):
    poison = token() + b"poison"
    ask = oracle._ask

    def dying(batch):
        if any(text == poison for text, _ in batch):
            os.kill(oracle._child.pid, signal.SIGKILL)
        return ask(batch)

    monkeypatch.setattr(oracle, "_ask", dying)
    found = oracle.judge([(token(), None), (poison, None), (token(), None)])
    assert [each.accepted for each in found] == [True, None, True]
    assert "ended with" in found[1].log


def test_nothing_is_left_behind():
    installation = require_release("22.05")
    with PluginOracle(installation, KEY) as running:
        child, place = running._child, running._place
        assert (place / "slurm.conf").exists()
    assert child.poll() is not None
    assert not place.exists()


def test_a_key_that_slurm_refuses_is_an_error():
    with pytest.raises(PluginEnded) as caught:
        PluginOracle(require_release("22.05"), b"")
    assert caught.value.line == "fatal: auth/jwt: Could not load key file (jwt_hs256.key)"


@pytest.mark.parametrize("label", tuple(roots.SUITES))
def test_the_model_knows_userclaimfield_as_the_plugin_does(label):
    users = parse_passwd(accounts.passwd())
    settings = Settings(parse_parameters("jwt_key=k,userclaimfield=preferred_username"), accounts.SLURM_USER)
    claims = [
        {"exp": NOW, "preferred_username": "alice"},
        {"exp": NOW, "preferred_username": "alice", "username": "bob"},
        {"exp": NOW, "preferred_username": 5},
        {"exp": NOW, "preferred_username": "alice", "sun": None},
        {"exp": NOW},
    ]
    parameters = ("userclaimfield=preferred_username",)
    with PluginOracle(require_release(label), KEY, now=NOW, parameters=parameters) as running:
        answers = running.judge([(token(each), None) for each in claims])
    for each, answer in zip(claims, answers, strict=True):
        told = predict(token(each), KEY, label, NOW, users, settings)
        assert (told.accepted, told.uid, told.log) == (answer.accepted, answer.uid, answer.log), each
