"""What the page says of each implementation: its answer, its age, how it differs, and what a recipe mends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.run.ages import Age, age_of
from slurm_jwt_reports.run.marks import DIFFERS, GRAVITY, Mark
from slurm_jwt_reports.run.sentences import Answer, answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_reports.run.overview import Overview
    from slurm_jwt_reports.stream.events import ImplementationText, Outcome

_NARROWEST = 0.9
_SHORT_OF = frozenset("fxkn")
"""Codes of the marks of a library that fall short of the documents, what it does not claim among them."""


class Segment(NamedTuple):
    """One piece of an implementation's bar, in percent of its width."""

    code: str
    start: float
    width: float


class Difference(NamedTuple):
    """Cases in which an implementation differs in one way, for one reason, as its own section has them."""

    mark: Mark
    outcome: Outcome
    """the first of them"""
    cases: tuple[str, ...]


class Mended(NamedTuple):
    """A rule, and the cases of it that a recipe does as documented and the plain defaults do not."""

    rule: str | None
    """the first that the token breaks; None for tokens that break none"""
    cases: tuple[str, ...]

    @property
    def number(self) -> int:
        """How many these are."""
        return len(self.cases)


class Section(NamedTuple):
    """One implementation: its line in the summary and its section."""

    implementation: ImplementationText
    label: str
    answer: Answer
    bar: tuple[Segment, ...]
    differences: tuple[tuple[str, int, tuple[Difference, ...]], ...]
    """heading, number of cases, what differs: faults apart from choices"""
    same_source_as: str | None
    """id of an earlier implementation whose adapter has the same text"""
    age: Age | None
    mended: tuple[Mended, ...]
    """what it does otherwise than documented, and the earlier one of the same adapter does as documented"""


def sections(run: Overview) -> list[Section]:
    """Put together what is to be said of each implementation."""
    differences = _differences(run)
    made = []
    sources: dict[str, str] = {}
    for one in run.results.implementations.values():
        first = sources.setdefault(one.source, one.id) if one.source else one.id
        section = Section(
            one,
            run.labels[one.id],
            answer(run, one),
            _bar(run.counts(one.id), len(run.results.cases)),
            differences.get(one.id, ()),
            first if first != one.id else None,
            age_of(one, run.results.header.started),
            _mended(run, first, one.id) if first != one.id else (),
        )
        made.append(section)
    return made


def _bar(counts: Mapping[str, int], total: int) -> tuple[Segment, ...]:
    """Draw the counts in order of merit: as documented at the left, what was not judged left open.

    One case of hundreds is still drawn wide enough to be seen.
    """
    segments = []
    start = 0.0
    for code in "poektgifx":
        share = 100 * counts.get(code, 0) / total if total else 0.0
        if share:
            width = max(share, _NARROWEST)
            segments.append(Segment(code, round(min(start, 100 - width), 2), round(width, 2)))
        start += share
    return tuple(segments)


def _differences(run: Overview) -> dict[str, tuple[tuple[str, int, tuple[Difference, ...]], ...]]:
    """List the differences of every implementation by heading, the gravest first."""
    found: dict[str, dict[tuple[int, str], dict[tuple[object, ...], list[Outcome]]]] = {}
    for place, outcome in run.results.outcomes.items():
        mark = run.marks[place]
        if mark.code in DIFFERS:
            headings = found.setdefault(outcome.implementation, {})
            reasons = headings.setdefault(_heading(mark, outcome), {})
            why = outcome.deviation or (outcome.error, outcome.log, outcome.uid, outcome.reason)
            verdict = run.results.cases[outcome.case].verdict
            reasons.setdefault((verdict, outcome.outcome, why), []).append(outcome)
    return {
        name: tuple(
            (title, sum(map(len, reasons.values())), _reasons(run, reasons))
            for (_, title), reasons in sorted(headings.items())
        )
        for name, headings in found.items()
    }


def _reasons(run: Overview, reasons: Mapping[tuple[object, ...], list[Outcome]]) -> tuple[Difference, ...]:
    return tuple(
        Difference(run.marks[same[0].case, same[0].implementation], same[0], tuple(one.case for one in same))
        for same in reasons.values()
    )


def _mended(run: Overview, recipe: str, name: str) -> tuple[Mended, ...]:
    """Sort by rule the cases in which the recipe keeps to the documents, and this one does not."""
    rules: dict[str, list[str]] = {}
    for case in run.results.cases.values():
        mark = run.marks[case.id, name].code
        if mark in _SHORT_OF and run.marks[case.id, recipe].code == "p":
            rules.setdefault(case.rules[0] if case.rules else "", []).append(case.id)
    order = {rule: place for place, rule in enumerate((*run.results.rules, ""))}
    found = sorted(rules.items(), key=lambda item: order.get(item[0], len(order)))
    return tuple(Mended(rule or None, tuple(cases)) for rule, cases in found)


_RANKS = {
    "RFC violation": 10,
    "Slurm profile": 11,
    "safe refusal": 12,
    "cannot express": 13,
    "adapter limit": 14,
}


def _heading(mark: Mark, outcome: Outcome) -> tuple[int, str]:
    if mark.code != "k":
        return GRAVITY[mark.code], mark.label
    if outcome.deviation is None:
        return 15, mark.label
    kind = outcome.deviation.class_
    return _RANKS[kind], f"known fault: {kind}" if kind == "RFC violation" else f"no fault: {kind}"
