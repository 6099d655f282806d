"""Two rooms that do not know each other agree: what the cases declare, and what `examine` finds.

The verdicts of the cases come from the documents; where this test fails, the
documents decide which room is wrong.
"""

import calendar

import pytest

from slurm_jwt import Refused, Verifier, examine
from slurm_jwt.strict.rules import BY_ID, RULES
from slurm_jwt_vectors import Case, load
from slurm_jwt_vectors.sides import sides

SUITE = load()
CASES = list(SUITE.cases.values())
ORDER = {rule.id: number for number, rule in enumerate(RULES)}
OTHER_TIMES = [calendar.timegm(day) for day in ((2026, 1, 1, 0, 0, 0), (2099, 12, 31, 0, 0, 0))]


def found(case: Case, now: int) -> tuple[str, tuple[str, ...]]:
    seen = examine(case.token_bytes, SUITE.keys[case.key].bytes, now)
    return seen.verdict, tuple(finding.rule for finding in seen.findings)


def expected(case: Case) -> tuple[str, tuple[str, ...]]:
    """What the case declares; but `examine` does not read a token over the size, so it judges none."""
    verdict = "undetermined" if case.rules == ("form.size",) else case.verdict
    return verdict, case.rules


TOPICS = {case.topic: [other for other in CASES if other.topic == case.topic] for case in CASES}
by_topic = pytest.mark.parametrize("topic", sorted(TOPICS))


def differing(cases: list[Case], now: int | None = None) -> dict[str, object]:
    """The cases on which the rooms differ, with what `examine` found."""
    results = {case.id: (found(case, case.now if now is None else now), expected(case)) for case in cases}
    return {name: seen for name, (seen, declared) in results.items() if seen != declared}


@by_topic
def test_examine_finds_what_the_case_declares(topic: str):
    assert differing(TOPICS[topic]) == {}


@pytest.mark.parametrize("now", OTHER_TIMES)
def test_cases_of_any_time_hold_from_2026_to_2099(now: int):
    assert differing([case for case in CASES if case.any_time], now) == {}


def test_cases_on_the_edge_need_their_moment():
    """A case that is judged alike at both ends of the century needs no set clock."""
    edge = [case for case in CASES if not case.any_time]
    moved = set().union(*(differing(edge, now) for now in OTHER_TIMES))
    assert edge
    assert {case.id for case in edge} - moved == set()


def verified(case: Case) -> str | None:
    """The user of an accepted token, or the rule by which it is refused."""
    try:
        return Verifier(SUITE.keys[case.key].bytes).verify(case.token_bytes, case.now).sun
    except Refused as refused:
        return refused.rule


@by_topic
def test_verifier_is_as_strict_as_the_case(topic: str):
    """The Verifier takes valid tokens alone, for their user, and refuses others by their first rule."""
    due = {case.id: case.user if case.verdict == "valid" else case.rules[0] for case in TOPICS[topic]}
    assert {case.id: verified(case) for case in TOPICS[topic]} == due


def test_declared_rules_are_rules():
    assert {rule for case in CASES for rule in case.rules} <= set(BY_ID)


def test_declared_rules_are_in_the_order_of_examination():
    unordered = [case.id for case in CASES if list(case.rules) != sorted(case.rules, key=ORDER.__getitem__)]
    assert unordered == []


def by_severity(case: Case) -> str:
    severities = {BY_ID[rule].severity for rule in case.rules}
    return "invalid" if "error" in severities else "either" if severities else "valid"


def test_severity_decides_the_verdict():
    """A case that breaks an error is invalid; one that breaks choices alone is either."""
    assert [case.id for case in CASES if case.verdict != by_severity(case)] == []


def test_every_rule_has_both_sides():
    table = sides(SUITE)
    lacking = [rule.id for rule in RULES if rule.id not in table or not all(table[rule.id])]
    assert lacking == []
