"""What the page shows, as plain data: the templates only lay out what these types hold."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.enforced import Requirement, of_slurm, releases, requirements
from slurm_jwt_reports.marks import DIFFERS, GRAVITY, MARKS, UNJUDGED, WORDS, Mark, Marks, all_marks, tally
from slurm_jwt_reports.pairs import KeyMatrix, key_matrices
from slurm_jwt_reports.sentences import Answer, Standout, answer, known_classes, label_of, standouts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_reports.events import CaseText, Finding, ImplementationText, Outcome
    from slurm_jwt_reports.index import Results


_NARROWEST = 0.9


class Segment(NamedTuple):
    """One piece of an implementation's bar, in percent of its width."""

    code: str
    start: float
    width: float


class Got(NamedTuple):
    """One answer to a case, and everyone who gave it."""

    mark: Mark
    outcome: str
    names: tuple[str, ...]
    said: Outcome | None
    """any one of their outcomes: in what is shown they are alike"""


class Entry(NamedTuple):
    """One case: its row in the matrix and its entry."""

    case: CaseText
    marks: tuple[tuple[Mark, str], ...]
    """of each implementation, with what it did in short"""
    codes: str
    """the marks' codes in the same order, for the filter"""
    got: tuple[Got, ...]
    differs: bool
    new: bool
    run: str
    """the command that runs it alone"""


class Difference(NamedTuple):
    """A case in which an implementation differs, as its own section lists it."""

    case: str
    mark: Mark
    outcome: Outcome


class Section(NamedTuple):
    """One implementation: its line in the summary and its section."""

    implementation: ImplementationText
    label: str
    answer: Answer
    bar: tuple[Segment, ...]
    differences: tuple[tuple[str, tuple[Difference, ...]], ...]
    """what differs, under the heading it belongs to, faults apart from choices"""
    same_source_as: str | None
    """id of an earlier implementation whose adapter has the same text"""


class Oddity(NamedTuple):
    """A case in which a Slurm release goes against the documents: one row of traps, gaps or impostors."""

    case: CaseText
    got: tuple[tuple[str, Outcome | None], ...]
    """label of each release with what it did"""
    texts: tuple[str, ...]
    """the findings' own sentences"""


class Page(NamedTuple):
    """All of the report's page."""

    results: Results
    versions: Mapping[str, str]
    """of everything that took part"""
    labels: Mapping[str, str]
    standouts: list[Standout]
    sections: list[Section]
    topics: list[tuple[str, list[Entry]]]
    matrices: list[KeyMatrix]
    releases: list[ImplementationText]
    requirements: list[Requirement]
    oddities: list[tuple[Mark, list[Oddity]]]
    cases_of_rule: Mapping[str, int]
    findings: list[Finding]
    """new and stale ones and failures of the suite; traps, gaps and impostors have tables of their own"""
    legend: tuple[Mark, ...]
    """the marks that occur"""


def build(results: Results) -> Page:
    """Work out everything that the page shows from one run."""
    marks = all_marks(results)
    labels = label_of(results)
    entries = [_entry(results, case, marks, labels) for case in results.cases.values()]
    used = {mark.code for mark in marks.values()}
    matrices = key_matrices(results, labels)
    used.update(mark.code for matrix in matrices for row in matrix.rows for mark, _ in row.marks)
    return Page(
        results,
        _versions(results),
        labels,
        standouts(results, marks),
        _sections(results, marks, labels),
        _by_topic(entries),
        matrices,
        releases(results),
        requirements(results),
        _oddities(results, marks, labels),
        _cases_of_rule(results),
        [one for one in results.findings if one.kind in ("new", "stale", "harness")],
        tuple(mark for mark in MARKS if mark.code in used),
    )


def _entry(results: Results, case: CaseText, marks: Marks, labels: Mapping[str, str]) -> Entry:
    row = [(name, marks[case.id, name], results.outcomes.get((case.id, name))) for name in labels]
    codes = "".join(mark.code for _, mark, _ in row)
    return Entry(
        case,
        tuple((mark, _word(mark, said)) for _, mark, said in row),
        codes,
        _grouped(row, labels),
        not DIFFERS.isdisjoint(codes),
        not {"f", "x"}.isdisjoint(codes),
        f"slurm-jwt run -k {shlex.quote(case.id)}",
    )


def _word(mark: Mark, said: Outcome | None) -> str:
    """Say in short what was done; nothing where the symbol alone says that nothing was."""
    if said is None or mark.code in UNJUDGED:
        return ""
    return WORDS[said.outcome]


def _grouped(row: list[tuple[str, Mark, Outcome | None]], labels: Mapping[str, str]) -> tuple[Got, ...]:
    """Put together whoever gave the same answer in the same words, the gravest first."""
    groups: dict[tuple[object, ...], Got] = {}
    for name, mark, said in row:
        key = (mark.code, said and (said.outcome, *_said(said)))
        before = groups.get(key)
        names = (*(before.names if before else ()), labels[name])
        groups[key] = Got(mark, said.outcome if said else "", names, said)
    return tuple(sorted(groups.values(), key=lambda got: GRAVITY[got.mark.code]))


def _said(said: Outcome) -> tuple[object, ...]:
    return (said.error, said.reason, said.user, said.uid, said.log, said.basis, said.deviation)


def _versions(results: Results) -> dict[str, str]:
    ran = [one for one in results.implementations.values() if one.status == "ran" and one.version]
    return {**{one.library or one.name: one.version for one in ran}, **results.header.versions}


def _by_topic(entries: list[Entry]) -> list[tuple[str, list[Entry]]]:
    topics: dict[str, list[Entry]] = {}
    for entry in entries:
        topics.setdefault(entry.case.topic, []).append(entry)
    return list(topics.items())


def _sections(results: Results, marks: Marks, labels: Mapping[str, str]) -> list[Section]:
    classes = known_classes(results, marks)
    differences = _differences(results, marks)
    sections = []
    sources: dict[str, str] = {}
    for one in results.implementations.values():
        counts = tally(results, marks, one.id)
        first = sources.setdefault(one.source, one.id) if one.source else one.id
        sections.append(
            Section(
                one,
                labels[one.id],
                answer(one, counts, classes[one.id]),
                _bar(counts, len(results.cases)),
                differences.get(one.id, ()),
                first if first != one.id else None,
            )
        )
    return sections


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


def _differences(results: Results, marks: Marks) -> dict[str, tuple[tuple[str, tuple[Difference, ...]], ...]]:
    """List the differences of every implementation by heading, the gravest first."""
    found: dict[str, dict[tuple[int, str], list[Difference]]] = {}
    for place, outcome in results.outcomes.items():
        mark = marks[place]
        if mark.code in DIFFERS:
            heading = _heading(mark, outcome)
            headings = found.setdefault(outcome.implementation, {})
            headings.setdefault(heading, []).append(Difference(outcome.case, mark, outcome))
    return {
        name: tuple((title, tuple(headings[rank, title])) for rank, title in sorted(headings))
        for name, headings in found.items()
    }


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


def _oddities(results: Results, marks: Marks, labels: Mapping[str, str]) -> list[tuple[Mark, list[Oddity]]]:
    """List traps, gaps and impostors, each with the releases that show it."""
    tables = []
    for mark in (one for one in MARKS if one.code in "igt"):
        rows = [
            Oddity(
                results.cases[case],
                tuple((labels[name], results.outcomes.get((case, name))) for name in names),
                _texts(results, mark, case),
            )
            for case, names in of_slurm(marks, mark.code).items()
        ]
        tables.append((mark, rows))
    return tables


def _texts(results: Results, mark: Mark, case: str) -> tuple[str, ...]:
    found = (one.text for one in results.findings if one.case == case and one.kind == mark.label)
    return tuple(dict.fromkeys(found))


def _cases_of_rule(results: Results) -> dict[str, int]:
    counts = dict.fromkeys(results.rules, 0)
    for case in results.cases.values():
        for rule in case.rules:
            counts[rule] = counts.get(rule, 0) + 1
    return counts
