"""What an issuer's answer to a wish is worth: pure verdicts, and every library asked for nonsense."""

from __future__ import annotations

import base64
import hmac
import json

import pytest

from slurm_jwt_conformance.adapters import Outcome, registry
from slurm_jwt_conformance.harness import batch, choice, issuing
from slurm_jwt_vectors import load, load_issuing

SUITE = load()
WISHES = load_issuing()
KEY = SUITE.keys["random32"].bytes
GOOD = {"exp": 1893457800, "iat": 1893456000, "sun": "alice"}


def token(claims, header=b'{"alg":"HS256","typ":"JWT"}'):
    text = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, text))
    mac = base64.urlsafe_b64encode(hmac.digest(KEY, signed, "sha256")).rstrip(b"=")
    return (signed + b"." + mac).decode()


def worth(wish, outcome, made=None, error=None):
    done = issuing.judge(WISHES[wish], KEY, Outcome(wish, outcome, error, token=made))
    return done.outcome, done.status


@pytest.mark.parametrize(
    ("wish", "made", "expected"),
    [
        ("issue.usual", token(GOOD), ("accept", "pass")),
        ("issue.usual", token({**GOOD, "sun": "root"}), ("accept", "fail")),
        ("issue.usual", token(GOOD) + "=", ("accept", "fail")),
        ("issue.usual", token(GOOD)[:-4] + "AAAA", ("accept", "fail")),
        ("issue.usual", token(GOOD, b'{"alg":"HS384"}'), ("accept", "fail")),
        ("issue.usual", "no token", ("accept", "fail")),
        ("issue.exp-string", token({**GOOD, "exp": "1893457800"}), ("accept", "not claimed")),
        ("issue.exp-string", token(GOOD), ("reject", "pass")),
        ("issue.exp-nan", token(b'{"exp":NaN,"iat":1893456000,"sun":"alice"}'), ("accept", "not claimed")),
        ("issue.exp-float", token({**GOOD, "exp": 1893457800.5}), ("accept", "either")),
        ("issue.exp-datetime", token({**GOOD, "exp": 1893461400}), ("accept", "fail")),
    ],
)
def test_a_token_is_worth_what_the_reference_finds_in_it(wish, made, expected):
    assert worth(wish, "token", made) == expected


@pytest.mark.parametrize(
    ("wish", "outcome", "error", "expected"),
    [
        ("issue.usual", "refuse", "E: no", ("reject", "fail")),
        ("issue.exp-string", "refuse", "E: no", ("reject", "pass")),
        ("issue.exp-string", "crash", "TypeError: no", ("crash", "fail")),
        ("issue.exp-string", "crash", "RecursionError: deep", ("crash", "fail")),
        ("issue.exp-float", "refuse", "E: no", ("reject", "either")),
        ("issue.exp-float", "hang", "slow", ("hang", "fail")),
        ("issue.usual", "unsupported", "no way", ("unsupported", "unsupported")),
        ("issue.usual", "not run", "gave up", ("not run", "not run")),
    ],
)
def test_what_is_no_token_is_worth_less(wish, outcome, error, expected):
    assert worth(wish, outcome, error=error) == expected


@pytest.fixture(scope="module")
def answers():
    known = choice.known_deviations(SUITE)
    with batch.lineup(registry.library_ids()) as there:
        return [*issuing.issuing(there.present, list(WISHES.values()), SUITE.keys, known)], known


@pytest.mark.program
def test_every_library_was_put_every_wish(answers):
    asked = {(one.outcome.implementation, one.outcome.case) for one in answers[0]}
    assert asked == {(name, wish) for name in registry.library_ids() for wish in WISHES}


@pytest.mark.program
def test_nothing_is_new_and_nothing_in_the_ledger_is_stale(answers):
    outcomes, known = answers
    assert not [one.outcome for one in outcomes if one.outcome.status == "fail"]
    assert not known.stale(one.seen for one in outcomes if one.seen)


@pytest.mark.program
def test_the_reference_refuses_or_mends_every_nonsense_that_can_be_put_to_it(answers):
    own = {one.outcome.case: one.outcome for one in answers[0] if one.outcome.implementation == "reference"}
    nonsense = [name for name, wish in WISHES.items() if wish.expected == "refuse"]
    assert {own[name].status for name in nonsense} <= {"pass", "unsupported"}
    assert len([name for name in nonsense if own[name].status == "pass"]) > 15


@pytest.mark.program
def test_libraries_mint_nonsense_and_the_rules_are_named(answers):
    minted = [
        one.outcome
        for one in answers[0]
        if one.outcome.case == "issue.exp-nan" and one.outcome.implementation.startswith("pyjwt")
    ]
    assert [(each.status, each.reason) for each in minted] == 2 * [
        ("not claimed", "it issues any claims: claims.json")
    ]
