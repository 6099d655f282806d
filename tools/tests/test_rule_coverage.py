"""Coverage by rule: every rule has both sides, and a rule without them is noticed."""

from __future__ import annotations

import msgspec
import pytest

from slurm_jwt import examine
from slurm_jwt.strict.rules import LATER_RULES, RULES
from slurm_jwt_vectors import Suite, load
from tools import rule_coverage as coverage

SUITE = load()
ROWS = coverage.rows(SUITE)


def without(rule: str, *, side: str) -> Suite:
    """The suite without the cases that break a rule, or with those cases' twins forgotten."""
    if side == "broken":
        kept = {name: case for name, case in SUITE.cases.items() if rule not in case.rules}
    else:
        kept = {
            name: msgspec.structs.replace(case, twin=None) if case.rules == (rule,) else case
            for name, case in SUITE.cases.items()
        }
    return Suite(cases=kept, keys=SUITE.keys, jwks=SUITE.jwks)


def test_every_rule_has_both_sides():
    assert [row.rule for row in ROWS] == [*RULES, *LATER_RULES]
    assert coverage.one_sided(ROWS) == ()


@pytest.mark.parametrize("side", ["valid", "broken"])
@pytest.mark.parametrize("rule", ["enc.absent", "signature.match"])
def test_a_rule_without_a_side_is_noticed(rule, side):
    poorer = without(rule, side=side)
    assert rule in coverage.one_sided(coverage.rows(poorer))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule.id)
def test_two_sides_differ_in_their_rule_alone(row):
    """Held against `examine`: the twin breaks nothing, the case this rule only; key and moment agree."""
    for name in row.broken:
        case = SUITE.cases[name]
        twin = SUITE.cases[case.twin]
        assert twin.id in row.valid
        assert twin.now == case.now
        assert twin.key == case.key or row.rule.layer == "key"
        for one, broken in ((case, (row.rule.id,)), (twin, ())):
            seen = examine(one.token_bytes, SUITE.keys[one.key].bytes, one.now, jwks=SUITE.jwks_of(one))
            assert tuple(finding.rule for finding in seen.findings) == broken, one.id


def test_the_page_names_every_case_that_breaks_a_rule():
    text = coverage.page(SUITE)
    assert [name for name, case in SUITE.cases.items() if case.rules and f"`{name}`" not in text] == []


def test_sections_can_be_added(monkeypatch):
    monkeypatch.setattr(
        coverage, "SECTIONS", (*coverage.SECTIONS, lambda suite: f"## More\n{len(suite.cases)}\n")
    )
    assert coverage.page(SUITE).endswith(f"\n## More\n{len(SUITE.cases)}\n")
