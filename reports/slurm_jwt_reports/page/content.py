"""What the page shows, as plain data: the templates only lay out what these types hold."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.page.agreement import Agreement, agreement
from slurm_jwt_reports.page.moves import Moves, moves
from slurm_jwt_reports.page.pairs import KeyMatrix, key_matrices
from slurm_jwt_reports.page.sections import Section, sections
from slurm_jwt_reports.page.since import Since, since
from slurm_jwt_reports.run.case_words import SHORT, asks_for_token, short_outcome
from slurm_jwt_reports.run.enforced import Requirement, releases, requirements
from slurm_jwt_reports.run.marks import DIFFERS, GRAVITY, MARKS, UNJUDGED, Mark
from slurm_jwt_reports.run.overview import Overview, overview
from slurm_jwt_reports.run.standouts import Standout, alarms, standouts
from slurm_jwt_reports.stream.events import NEWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slurm_jwt_reports.stream.events import CaseText, ImplementationText, Outcome
    from slurm_jwt_reports.stream.index import Results


class Got(NamedTuple):
    """One answer to a case, and everyone who gave it."""

    mark: Mark
    outcome: str
    names: str
    """for readers: names, each with its configurations"""
    said: Outcome | None
    """any one of their outcomes: in what is shown they are alike"""


class Entry(NamedTuple):
    """One case: its row in the matrix and its entry."""

    case: CaseText
    marks: tuple[tuple[Mark, str], ...]
    """of each implementation, with what it did in short"""
    codes: str
    """the marks' codes in the same order, for the filter"""
    odd: str
    """codes of traps, gaps and impostors in the same order, - elsewhere; empty where there is none"""
    news: str
    """what is new since last time in the same order, - elsewhere; empty where nothing is"""
    tally: tuple[tuple[Mark, int], ...]
    """how many implementations have each of the marks that differ, the gravest first"""
    got: tuple[Got, ...]
    run: str
    """the command that runs it alone"""


class Oddity(NamedTuple):
    """A case in which a Slurm release goes against the documents: one row of traps, gaps or impostors."""

    case: CaseText
    cells: tuple[tuple[Mark, str], ...]
    """of each release: the mark, and what it did in short"""
    notes: tuple[str, ...]
    """what the run says of it, and the releases' log lines where they refused"""


class News(NamedTuple):
    """A finding, and all implementations that have it in the same words."""

    kind: str
    text: str
    case: str | None
    implementations: tuple[str, ...]


class Page(NamedTuple):
    """All of the report's page."""

    results: Results
    labels: Mapping[str, str]
    alarms: list[Standout]
    standouts: list[Standout]
    since: Since | None
    agreement: Agreement | None
    moves: Moves | None
    sections: list[Section]
    topics: list[tuple[str, list[Entry]]]
    matrices: list[KeyMatrix]
    releases: list[ImplementationText]
    requirements: list[Requirement]
    oddities: list[tuple[Mark, list[Oddity]]]
    cases_of_rule: Mapping[str, int]
    findings: list[News]
    """new and stale ones and failures of the suite; traps, gaps and impostors have tables of their own"""
    legend: tuple[Mark, ...]
    """the marks that occur"""
    asks: bool
    """whether some cases ask for a token"""


def build(results: Results, baseline: Results | None = None) -> Page:
    """Work out everything that the page shows from one run, and what is new since an older one."""
    run = overview(results)
    news = since(baseline, results) if baseline else None
    entries = [_entry(run, case, news) for case in results.cases.values()]
    matrices = key_matrices(results, run.labels)
    used = {mark.code for marks in (run.marks, run.oddities) for mark in marks.values()}
    used.update(mark.code for matrix in matrices for row in matrix.rows for mark, _ in row.marks)
    return Page(
        results,
        run.labels,
        alarms(run),
        standouts(run),
        news,
        agreement(run),
        moves(run),
        sections(run),
        _by_topic(entries),
        matrices,
        releases(results),
        requirements(results),
        _oddities(run),
        _cases_of_rule(results),
        _news(results),
        tuple(mark for mark in MARKS if mark.code in used),
        any(map(asks_for_token, results.cases.values())),
    )


def _entry(run: Overview, case: CaseText, news: Since | None) -> Entry:
    outcomes = run.results.outcomes
    row = [(name, run.marks[case.id, name], outcomes.get((case.id, name))) for name in run.labels]
    codes = "".join(mark.code for _, mark, _ in row)
    oddities = [run.oddities.get((case.id, name)) for name in run.labels]
    changed = news.letters if news else {}
    return Entry(
        case,
        tuple((mark, _word(case, mark, said)) for _, mark, said in row),
        codes,
        _letters(odd.code if odd else "-" for odd in oddities),
        _letters(changed.get((case.id, name), "-") for name in run.labels),
        _tally(codes, [odd.code for odd in oddities if odd]),
        _grouped(row, run.results.implementations),
        f"slurm-jwt run -k {shlex.quote(case.id)}",
    )


def _tally(codes: str, odd: list[str]) -> tuple[tuple[Mark, int], ...]:
    """Count the marks that differ; an oddity that is a new difference too counts as both."""
    numbers = (
        (mark, codes.count(mark.code) or odd.count(mark.code)) for mark in MARKS if mark.code in DIFFERS
    )
    return tuple((mark, number) for mark, number in numbers if number)


def _letters(each: Iterable[str]) -> str:
    """Join one letter for each implementation; nothing where none is any."""
    joined = "".join(each)
    return joined if joined.strip("-") else ""


def _word(case: CaseText, mark: Mark, said: Outcome | None) -> str:
    """Say in short what was done; nothing where the symbol alone says that nothing was."""
    if said is None or mark.code in UNJUDGED:
        return ""
    return short_outcome(case, said.outcome)


def _grouped(
    row: list[tuple[str, Mark, Outcome | None]], implementations: Mapping[str, ImplementationText]
) -> tuple[Got, ...]:
    """Put together whoever gave the same answer in the same words, the gravest first."""
    groups: dict[tuple[object, ...], list[tuple[str, Mark, Outcome | None]]] = {}
    for name, mark, said in row:
        groups.setdefault((mark.code, said and (said.outcome, *_said(said))), []).append((name, mark, said))
    found = [
        Got(mark, said.outcome if said else "", _names(group, implementations), said)
        for group in groups.values()
        for _, mark, said in group[:1]
    ]
    return tuple(sorted(found, key=lambda got: GRAVITY[got.mark.code]))


def _names(
    group: list[tuple[str, Mark, Outcome | None]], implementations: Mapping[str, ImplementationText]
) -> str:
    """Name several implementations, each library once: PyJWT (careful, defaults), reference."""
    named: dict[str, list[str]] = {}
    for name, _, said in group:
        one = implementations[name]
        recorded = ["recorded"] if said and said.basis == "recorded" else []
        named.setdefault(one.name, []).extend([*filter(None, [one.configuration]), *recorded])
    return ", ".join(f"{name} ({', '.join(more)})" if more else name for name, more in named.items())


def _said(said: Outcome) -> tuple[object, ...]:
    reason = None if said.status == "recorded" else said.reason  # that it is recorded, its name says
    return (said.error, reason, said.uid, said.log, said.deviation)


def _by_topic(entries: list[Entry]) -> list[tuple[str, list[Entry]]]:
    topics: dict[str, list[Entry]] = {}
    for entry in entries:
        topics.setdefault(entry.case.topic, []).append(entry)
    return list(topics.items())


def _oddities(run: Overview) -> list[tuple[Mark, list[Oddity]]]:
    """List traps, gaps and impostors, each with what every release does."""
    asked = [one.id for one in releases(run.results)]
    return [
        (mark, [_oddity(run, mark, run.results.cases[case], asked) for case in run.odd_cases(mark.code)])
        for mark in MARKS
        if mark.code in "igt"
    ]


def _oddity(run: Overview, mark: Mark, case: CaseText, asked: list[str]) -> Oddity:
    outcomes = [run.results.outcomes.get((case.id, name)) for name in asked]
    cells = tuple(
        (run.oddities.get((case.id, name), run.marks[case.id, name]), _release_word(said))
        for name, said in zip(asked, outcomes, strict=True)
    )
    texts = {one.text for one in run.results.findings if one.case == case.id and one.kind == mark.label}
    logs = dict.fromkeys(said.log for said in outcomes if said and said.outcome == "reject" and said.log)
    return Oddity(case, cells, (*(texts if len(texts) == 1 else ()), *logs))


def _release_word(said: Outcome | None) -> str:
    if said is None:
        return ""
    return f"uid {said.uid}" if said.uid is not None else SHORT[said.outcome]


def _news(results: Results) -> list[News]:
    """List new findings, each once for all implementations that have it in the same words."""
    found: dict[tuple[str, str, str | None], list[str]] = {}
    for one in results.findings:
        if one.kind in NEWS:
            names = found.setdefault((one.kind, one.text, one.case), [])
            names += [one.implementation] if one.implementation else []
    return [News(*what, tuple(names)) for what, names in found.items()]


def _cases_of_rule(results: Results) -> dict[str, int]:
    counts = dict.fromkeys(results.rules, 0)
    for case in results.cases.values():
        for rule in case.rules:
            counts[rule] = counts.get(rule, 0) + 1
    return counts
