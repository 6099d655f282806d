"""Two rooms that do not know each other agree: what the cases declare, and what `examine` finds.

The verdicts of the cases come from the documents; where this test fails, the
documents decide which room is wrong.
"""

import calendar

import pytest

from slurm_jwt import Refused, Verifier, examine, read_jwks
from slurm_jwt.strict.rules import BY_ID, LATER_RULES, RULES
from slurm_jwt_vectors import Case, load
from slurm_jwt_vectors.models import Edition
from slurm_jwt_vectors.sides import sides

SUITE = load()
EDITIONS: tuple[Edition, ...] = ("2020", "later")
CASES = list(SUITE.cases.values())
ORDER = {rule: number for number, rule in enumerate(BY_ID)}
OTHER_TIMES = [calendar.timegm(day) for day in ((2026, 1, 1, 0, 0, 0), (2099, 12, 31, 0, 0, 0))]


def found(case: Case, now: int, edition: Edition) -> tuple[str, tuple[str, ...]]:
    jwks = SUITE.jwks_of(case) if edition == "later" else None
    seen = examine(case.token_bytes, SUITE.keys[case.key].bytes, now, jwks=jwks, edition=edition)
    return seen.verdict, tuple(finding.rule for finding in seen.findings)


def expected(case: Case, edition: Edition) -> tuple[str, tuple[str, ...]]:
    """What the case declares; but `examine` reads no token and no JWKS over the size, so it judges none."""
    verdict, rules = case.documented(edition)
    return "undetermined" if rules in {("form.size",), ("jwks.size",)} else verdict, rules


TOPICS = {case.topic: [other for other in CASES if other.topic == case.topic] for case in CASES}
by_topic = pytest.mark.parametrize("topic", sorted(TOPICS))


def differing(cases: list[Case], now: int | None = None) -> dict[str, object]:
    """The cases on which the rooms differ, with what `examine` found."""
    results = {
        (case.id, edition): (found(case, case.now if now is None else now, edition), expected(case, edition))
        for case in cases
        for edition in EDITIONS[: 1 + (case.jwks is not None)]
    }
    return {name: seen for (name, _), (seen, declared) in results.items() if seen != declared}


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
        key, jwks = SUITE.keys[case.key].bytes, SUITE.jwks_of(case)
        return Verifier(key, jwks=jwks).verify(case.token_bytes, case.now).sun
    except Refused as refused:
        return refused.rule


@pytest.mark.parametrize("topic", sorted({*TOPICS} - {"jwks-file"}))
def test_verifier_is_as_strict_as_the_case(topic: str):
    """The Verifier takes valid tokens alone, for their user, and refuses others by their first rule."""
    due = {case.id: case.user if case.verdict == "valid" else case.rules[0] for case in TOPICS[topic]}
    assert {case.id: verified(case) for case in TOPICS[topic]} == due


def test_verifier_with_any_jwks_accepts_every_valid_token_and_no_invalid_one():
    """A Verifier refuses a file without a usable key at its construction, whatever the tokens are."""
    unusable = {"jwks-file.hs256-beside-html", "jwks-file.hs256-beside-no-kid"}
    seen = {case.id: (case, verified(case)) for case in TOPICS["jwks-file"] if case.id not in unusable}
    assert [
        name for name, (case, user) in seen.items() if case.verdict == "valid" and user != case.user
    ] == []
    assert [
        name for name, (case, user) in seen.items() if case.verdict == "invalid" and user == "alice"
    ] == []


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
    of_files = {rule for each in SUITE.jwks.values() for rule in each.rules if len(each.rules) == 1}
    assert [
        rule.id for rule in LATER_RULES if rule.id not in of_files and not all(table.get(rule.id, (False,)))
    ] == []
    lacking = [rule.id for rule in RULES if rule.id not in table or not all(table[rule.id])]
    assert lacking == []


@pytest.mark.parametrize("name", SUITE.jwks)
def test_a_jwks_breaks_the_rules_that_it_declares(name: str):
    published = SUITE.jwks[name]
    assert tuple(finding.rule for finding in read_jwks(published.bytes).findings) == published.rules


def test_every_jwks_is_used_by_a_case():
    assert {case.jwks for case in CASES} - {None} == set(SUITE.jwks)


def test_rs256_is_invalid_for_the_page_of_2020():
    of_jwks = [case for case in CASES if case.jwks is not None]
    assert len(of_jwks) >= 100
    allowed = {case.id for case in of_jwks if case.documented("2020")[0] != "invalid"}
    assert allowed == {
        "jwks-file.hs256-beside-html",
        "jwks-file.hs256-beside-no-kid",
        "rs256.hs256",
        "rs256.hs256-with-kid",
    }
