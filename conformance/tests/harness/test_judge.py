"""The judge: what an answer is worth."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurm_jwt.strict.rules import RULES
from slurm_jwt_conformance.adapters import Description, Outcome
from slurm_jwt_conformance.harness.judge import judge, unaskable
from slurm_jwt_conformance.harness.ledger import CaseEntry, Ledger, Placed

ANSWERS = ["accept", "reject", "crash", "hang", "unsupported", "not run"]


class Case(NamedTuple):
    verdict: str
    rules: tuple[str, ...] = ()
    user: str | None = None
    any_time: bool = True
    id: str = "topic.case"
    jwks: str | None = None


def said(*not_checked, clock="argument", roles=("issuer", "verifier")):
    return Description("lib", "2.1", "Python", roles, clock, not_checked)


def known(outcome, versions=">=2"):
    entry = CaseEntry(
        cases=("topic.case",),
        implementations=("lib:careful",),
        versions=versions,
        outcome=outcome,
        class_="RFC violation",
        reason="It does so.",
        link="https://example.org",
    )
    return Ledger([Placed("lib.toml, [[case]] 1", entry)])


def status(case, outcome, description=None, ledger=None, user=None):
    answer = Outcome("topic.case", outcome, user=user)
    return judge(case, "lib:careful", description or said(), answer, ledger or Ledger()).status


VALID, EITHER = Case("valid", user="alice"), Case("either", ("iat.integer",))
INVALID = Case("invalid", ("exp.required", "typ.jwt"))


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (VALID, ["pass", "fail", "fail", "fail", "unsupported", "not run"]),
        (INVALID, ["fail", "pass", "fail", "fail", "unsupported", "not run"]),
        (EITHER, ["either", "either", "fail", "fail", "unsupported", "not run"]),
    ],
)
def test_each_answer_to_each_verdict(case, expected):
    assert [status(case, outcome) for outcome in ANSWERS] == expected


def test_an_acceptance_is_not_claimed_only_where_every_broken_error_is_declared():
    assert status(INVALID, "accept", said("exp.required")) == "not claimed"
    assert status(INVALID, "accept", said("typ.jwt")) == "fail", "a choice is no excuse"
    both = Case("invalid", ("exp.required", "sun.required"))
    assert status(both, "accept", said("exp.required")) == "fail"
    assert status(both, "accept", said("exp.required", "sun.required")) == "not claimed"


def test_what_is_not_claimed_may_still_pass_and_never_excuses_a_crash():
    assert status(INVALID, "reject", said("exp.required")) == "pass"
    assert status(INVALID, "crash", said("exp.required")) == "fail"


def test_whoever_accepts_must_accept_for_the_right_user():
    assert status(VALID, "accept", user="alice") == "pass"
    assert status(VALID, "accept", user="bob") == "fail"
    assert status(VALID, "accept", user=None) == "pass", "who does not say is not asked"
    assert status(Case("either", ("claims.duplicate",), "bob"), "accept", user="alice") == "fail"
    assert status(Case("either", ("claims.duplicate",), "bob"), "reject", user=None) == "either"


def test_the_ledger_explains_failures_of_its_outcome_and_versions_alone():
    assert status(INVALID, "accept", ledger=known("accept")) == "known"
    assert status(INVALID, "crash", ledger=known("accept")) == "fail"
    assert status(INVALID, "accept", ledger=known("accept", "<2")) == "fail"
    assert status(INVALID, "reject", ledger=known("accept")) == "pass"
    assert status(EITHER, "crash", ledger=known("crash")) == "known"


def test_a_known_failure_carries_its_deviation():
    answer = Outcome("topic.case", "accept")
    judgement = judge(INVALID, "lib:careful", said(), answer, known("accept"))
    assert judgement.deviation.reason == "It does so."
    assert judgement.reason == "accepted, though invalid"


def test_an_unset_clock_makes_an_edge_unsupported_whatever_is_answered():
    edge = Case("invalid", ("exp.unexpired",), any_time=False)
    system = said(clock="system")
    assert unaskable(edge, system) == "its clock cannot be set, and the case is true at one moment only"
    assert unaskable(INVALID, system) is None
    assert {status(edge, outcome, system) for outcome in ANSWERS} == {"unsupported"}
    assert status(edge, "reject", said(clock="patched")) == "pass"


def test_an_issuer_is_no_verifier():
    assert status(VALID, "reject", said(roles=("issuer",))) == "unsupported"


cases = st.builds(
    Case,
    st.sampled_from(["valid", "invalid", "either"]),
    st.lists(st.sampled_from([rule.id for rule in RULES]), unique=True, max_size=3).map(tuple),
    st.sampled_from([None, "alice"]),
    st.booleans(),
)
descriptions = st.builds(
    lambda missing, clock: said(*missing, clock=clock),
    st.lists(st.sampled_from([rule.id for rule in RULES]), unique=True),
    st.sampled_from(["argument", "patched", "system"]),
)


@given(cases, descriptions, st.sampled_from(ANSWERS))
def test_only_the_documented_answer_is_ever_a_pass(case, description, outcome):
    verdict = status(case, outcome, description)
    right = {"valid": "accept", "invalid": "reject", "either": None}[case.verdict]
    if outcome != right:
        assert verdict != "pass"
    if outcome in {"crash", "hang"} and verdict != "unsupported":
        assert verdict == "fail"
    if outcome in {"unsupported", "not run"}:
        assert verdict in {"unsupported", "not run"}
