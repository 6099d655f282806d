"""The vectors kill every mutant, the page shows by what, and the trial weighs answers rightly."""

from __future__ import annotations

import re

import pytest

from slurm_jwt import Issuer, Refused, Verifier
from slurm_jwt.strict.rules import BY_ID
from slurm_jwt_conformance.harness.mutants import catalogue, rs256, steps
from slurm_jwt_conformance.harness.mutants.mutant import mutants_of, verifier
from slurm_jwt_vectors import load
from slurm_jwt_vectors.suite import load_issuing
from tools.mutant_trials import __main__ as command
from tools.mutant_trials import page, trial

SUITE = load()
REQUESTS = load_issuing()
NOW = 1_893_456_000


@pytest.fixture(scope="module")
def trials():
    """The trials of all mutants, by name."""
    return {one.name: one for one in trial.try_all(catalogue.MUTANTS.values())}


def answer(call) -> str | None:
    try:
        return call()
    except Refused:
        return None


def test_the_right_steps_do_what_the_reference_does():
    for case in SUITE.cases.values():
        token, key = case.token_bytes, SUITE.keys[case.key].bytes
        if case.jwks is not None:
            continue
        right = answer(lambda: Verifier(key).verify(token, case.now).sun)  # noqa: B023 - called at once
        by_steps = answer(lambda: steps.verify(steps.VerifierSteps(), token, key, case.now)["sun"])  # noqa: B023
        assert by_steps == right, case.id
    for request in REQUESTS.values():
        by_steps = trial._issued(lambda claims, key: steps.issue(steps.IssuerSteps(), claims, key), request)
        assert by_steps == trial._right(request.id), request.id


def test_the_right_decision_with_a_jwks_is_that_of_the_reference():
    for case in SUITE.cases.values():
        if case.jwks is not None:
            token, key, jwks = case.token_bytes, SUITE.keys[case.key].bytes, SUITE.jwks[case.jwks].bytes
            right = answer(lambda: Verifier(key, jwks=jwks).verify(token, case.now).sun)  # noqa: B023
            here = answer(lambda: rs256.verify(rs256.right, token, key, jwks, case.now)["sun"])  # noqa: B023
            assert here == right, case.id


def test_each_mutant_names_its_mistake_and_the_rule_that_it_breaks():
    assert len(catalogue.MUTANTS) == 75
    for name, mutant in catalogue.MUTANTS.items():
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name)
        assert mutant.wrong.endswith("."), name
        assert "\n" not in mutant.wrong, name
        assert mutant.breaks in BY_ID, name
        assert (mutant.verify is None) != (mutant.issue is None), name
        assert name.startswith("issuer-") == (mutant.issue is not None), name


def test_the_vectors_kill_every_mutant_and_none_crashes(trials):
    assert {name: page.faults(one) for name, one in trials.items() if page.faults(one)} == {}


def test_the_page_shows_every_mutant_once(trials):
    text = page.page([*trials.values()])
    assert sorted(re.findall("^\\| `([^`]+)`", text, re.MULTILINE)) == sorted(catalogue.MUTANTS)


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("alg-none-accepted", "alg.none"),
        ("alg-without-case", "alg.lower-case"),
        ("hs384-accepted", "alg.hs384"),
        ("crit-ignored", "crit.unknown"),
        ("kid-ignored", "rs256.other-key"),
        ("kid-without-case", "rs256.kid-case"),
        ("first-key-for-all", "rs256.first-key-for-all"),
        ("withdrawn-key-used", "rs256.withdrawn-key"),
        ("alg-of-token-trusted", "rs256-attack.rs384-signed"),
        ("rs256-without-case", "rs256-attack.rs256-lower"),
        ("hs256-with-public-key", "rs256-attack.hs256-public-pem"),
        ("jwk-in-header-trusted", "rs256-attack.header-jwk"),
        ("exp-now-accepted", "edge.exp-now"),
        ("signature-prefix-compared", "signature.empty"),
        ("sun-stripped", "sun-odd.trailing-space"),
        ("key-stripped", "key-reading.pem-without-final-newline"),
        ("first-duplicate-wins", "duplicate.sun-root-first"),
        ("issuer-exp-as-float", "issue.usual"),
    ],
)
def test_a_case_kills_the_mutant_that_it_was_made_for(name, case, trials):
    assert case in trials[name].hard


@pytest.mark.parametrize(
    ("name", "outcome", "user", "kind"),
    [
        ("sun.bob", "accept", "bob", None),
        ("sun.bob", "accept", "alice", "hard"),
        ("sun.bob", "refuse", None, "hard"),
        ("exp.past", "refuse", None, None),
        ("exp.past", "accept", "alice", "hard"),
        ("typ.at-jwt", "refuse", None, None),
        ("typ.at-jwt", "accept", "alice", "soft"),
        ("typ.at-jwt", "accept", "root", "hard"),
        ("typ.at-jwt", "crash", "KeyError: 'x'", "crash"),
        ("sun-odd.lone-surrogate", "accept", "alice", "soft"),
    ],
)
def test_an_answer_to_a_case_is_weighed(name, outcome, user, kind):
    assert trial._kind(name, trial.Answer(outcome, user)) == kind


def issued(name: str, **changes) -> trial.Answer:
    """What the reference issues if some claims of a request are changed."""
    request = REQUESTS[name]
    claims = {**request.asked, **changes}
    lifespan = claims["exp"] - claims["iat"]
    token = Issuer(SUITE.keys[request.key].bytes).issue(claims["sun"], lifespan, claims["iat"])
    return trial.Answer("token", token)


def test_an_answer_to_an_issuing_request_is_weighed():
    refused = trial.Answer("refuse", None)
    assert trial._kind("issue.usual", issued("issue.usual")) is None
    assert trial._kind("issue.usual", issued("issue.usual", sun="bob")) == "hard"
    assert trial._kind("issue.usual", issued("issue.usual", exp=NOW + 60)) == "hard"
    assert trial._kind("issue.usual", refused) == "hard"
    assert trial._kind("issue.usual", trial.Answer("token", "x")) == "hard"
    assert trial._kind("issue.usual", trial.Answer("crash", "KeyError: 'x'")) == "crash"
    assert trial._kind("issue.sun-empty", refused) is None
    assert trial._kind("issue.sun-empty", issued("issue.sun-empty", sun="nobody")) == "soft"


@verifier("claims", "iat.required")
def crashing(claims):
    """Divide by zero."""
    return claims | {"iat": 1 / 0}


def test_a_crash_is_not_a_kill():
    one = trial.try_one(crashing)
    assert "other.iss" in one.crashed
    assert one.kills == ()
    assert [fault.partition(" on ")[0] for fault in page.faults(one)] == ["no case kills it", "it crashes"]


def test_a_mutant_shows_its_code_its_mistake_and_its_rule():
    assert mutants_of(globals()) == (crashing,)
    assert crashing.name == "crashing"
    assert crashing.source.startswith("# Divide by zero.\n# Rule iat.required: The claim iat")
    assert crashing.source.endswith('{"iat": 1 / 0}\n')


def test_the_command_lists_what_kills_a_mutant(capsys):
    assert command.main(["bearer-prefix-stripped"]) == 0
    assert "bearer-prefix-stripped: serialization.bearer-prefix" in capsys.readouterr().out


def test_the_command_fails_for_a_survivor(monkeypatch, capsys):
    survivor = trial.Trial("survivor", (), (), ())
    good = trial.Trial("good", ("alg.none",), (), ())
    monkeypatch.setattr(trial, "try_all", lambda _mutants: [good])
    assert command.main([]) == 0
    monkeypatch.setattr(trial, "try_all", lambda _mutants: [good, survivor])
    assert command.main([]) == 1
    assert capsys.readouterr().out == "survivor: no case kills it\n"
