"""Coverage by rule: the page is fresh, every rule has both sides, and a rule without them is noticed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from slurm_jwt import examine
from slurm_jwt.strict.rules import RULES
from slurm_jwt_vectors import Suite, load
from tools import rule_coverage as coverage
from tools.pages import is_stale

ROOT = Path(__file__).resolve().parents[2]
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
    return Suite(cases=kept, keys=SUITE.keys)


def test_the_page_is_fresh():
    assert not is_stale(ROOT / coverage.PAGE, coverage.page(SUITE)), "run python -m tools.rule_coverage"


def test_every_rule_has_both_sides():
    assert [row.rule for row in ROWS] == list(RULES)
    assert coverage.one_sided(ROWS) == ()


@pytest.mark.parametrize("side", ["valid", "broken"])
@pytest.mark.parametrize("rule", ["enc.absent", "signature.match"])
def test_a_rule_without_a_side_is_noticed(rule, side, monkeypatch, tmp_path, capsys):
    poorer = without(rule, side=side)
    assert rule in coverage.one_sided(coverage.rows(poorer))
    monkeypatch.setattr(coverage, "load", lambda: poorer)
    assert coverage.main(["--out", str(tmp_path / "coverage.md")]) == 1
    assert f"{rule}: no cases on both sides" in capsys.readouterr().out


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
            seen = examine(one.token_bytes, SUITE.keys[one.key].bytes, one.now)
            assert tuple(finding.rule for finding in seen.findings) == broken, one.id


def test_check_says_stale_and_writes_nothing(tmp_path, capsys):
    out = tmp_path / "docs" / "coverage.md"
    assert coverage.main(["--check", "--out", str(out)]) == 1
    assert not out.exists()
    assert coverage.main(["--out", str(out)]) == 0
    assert coverage.main(["--check", "--out", str(out)]) == 0
    out.write_text(out.read_text().replace("| error |", "| choice |", 1))
    assert coverage.main(["--check", "--out", str(out)]) == 1
    assert capsys.readouterr().out == "stale: coverage.md\nwritten: coverage.md\nstale: coverage.md\n"


def test_the_page_names_every_case_that_breaks_a_rule():
    text = coverage.page(SUITE)
    assert [name for name, case in SUITE.cases.items() if case.rules and f"`{name}`" not in text] == []


def test_sections_can_be_added(monkeypatch):
    monkeypatch.setattr(
        coverage, "SECTIONS", (*coverage.SECTIONS, lambda suite: f"## More\n{len(suite.cases)}\n")
    )
    assert coverage.page(SUITE).endswith(f"\n## More\n{len(SUITE.cases)}\n")
