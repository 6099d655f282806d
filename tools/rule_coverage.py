"""Count the cases for each rule, on both sides of it: docs/coverage.md.

A test fails for a rule that lacks a side. A suite that never breaks a rule, or never keeps it while
everything else stays the same, does not notice a verifier that is wrong about this rule.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.strict.rules import LATER_RULES, RULES, Rule
from slurm_jwt_vectors import load
from slurm_jwt_vectors.sides import sides
from tools.pages import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from slurm_jwt_vectors import Suite

PAGE = FOLDER / "coverage.md"
"""The page, seen from the root of a checkout."""

HEAD = """\
# What the cases cover

`python -m tools.regenerate coverage` writes this page.
"""


class Row(NamedTuple):
    """One rule with its cases.

    valid: cases that keep the rule and are the twin of one that breaks it: two tokens that differ in this
    rule alone. broken: cases that break this rule and no other. mixed: cases that break it and others too.
    files: JWKS files that break this rule and no other.
    """

    rule: Rule
    valid: tuple[str, ...]
    broken: tuple[str, ...]
    mixed: tuple[str, ...]
    files: tuple[str, ...]


def rows(suite: Suite) -> tuple[Row, ...]:
    """Return a row for every rule of the catalogue, in its order; an uncovered rule's row is empty."""
    table = sides(suite)
    return tuple(
        Row(
            rule,
            table[rule.id].valid if rule.id in table else (),
            table[rule.id].broken if rule.id in table else (),
            tuple(case.id for case in suite.cases.values() if rule.id in case.rules and len(case.rules) > 1),
            tuple(name for name, jwks in suite.jwks.items() if jwks.rules == (rule.id,)),
        )
        for rule in (*RULES, *LATER_RULES)
    )


def one_sided(table: Iterable[Row]) -> tuple[str, ...]:
    """Return the rules that lack cases on one side, or on both."""
    return tuple(row.rule.id for row in table if not ((row.valid and row.broken) or row.files))


def counts_section(suite: Suite) -> str:
    """Say how many cases there are, and of what kind."""
    verdicts = Counter(case.verdict for case in suite.cases.values())
    at_once = sum(not case.any_time for case in suite.cases.values())
    lacking = one_sided(rows(suite))
    return (
        f"{len(suite.cases)} cases under {len(suite.keys)} keys: {verdicts['valid']} valid, "
        f"{verdicts['invalid']} invalid, {verdicts['either']} either; {at_once} need a clock to be set.\n"
        f"{len(rows(suite))} rules, of them without cases on both sides: {', '.join(lacking) or 'none'}.\n"
    )


def table_section(suite: Suite) -> str:
    """Return the table rule x number of cases."""
    head = (
        "## Rules\n\n"
        "*Valid side*: valid cases that differ from one of the broken side in this rule alone.\n"
        "*Broken side*: cases that break this rule and no other. *With others*: cases that break more.\n\n"
        "| rule | severity | valid side | broken side | with others |\n|---|---|---:|---:|---:|\n"
    )
    return head + "".join(
        f"| [`{row.rule.id}`](#{_anchor(row.rule.id)}) | {row.rule.severity} "
        f"| {len(row.valid)} | {len(row.broken)} | {len(row.mixed)} |\n"
        for row in rows(suite)
    )


def cases_section(suite: Suite) -> str:
    """Return the ids of the cases, rule by rule."""
    return "## Cases by rule\n\n" + "\n".join(_cases_of(row) for row in rows(suite))


def _cases_of(row: Row) -> str:
    lines = [f"### {row.rule.id}", "", row.rule.sentence, ""]
    for title, ids in (
        ("valid side", row.valid),
        ("broken side", row.broken),
        ("with others", row.mixed),
        ("JWKS files that break only this rule", row.files),
    ):
        if ids:
            lines.append(f"- {title}: {', '.join(f'`{case}`' for case in ids)}")
    return "\n".join(lines) + "\n"


def _anchor(title: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return title.replace(".", "")


SECTIONS: tuple[Callable[[Suite], str], ...] = (counts_section, table_section, cases_section)
"""The page's sections, in order, each made from the cases. What is covered of the model of slurmctld, branch
by branch and release by release, is a section more here."""


def page(suite: Suite) -> str:
    """Return the whole page as Markdown."""
    return "\n".join([HEAD, *(section(suite) for section in SECTIONS)])


def files() -> dict[Path, bytes]:
    """Return the page."""
    return {PAGE: page(load()).encode()}
