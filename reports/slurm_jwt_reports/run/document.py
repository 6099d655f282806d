"""A run as a document: what is new first, one row for each implementation, and what Slurm does otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_reports.diagnostic import Bullets, Document, Fact, Section, Table
from slurm_jwt_reports.formats import markdown as markdown_format
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.run.ages import UNKNOWN, age_of
from slurm_jwt_reports.run.marks import GAP, IMPOSTOR, TRAP
from slurm_jwt_reports.run.overview import Overview, overview
from slurm_jwt_reports.run.sentences import answer
from slurm_jwt_reports.run.standouts import Standout, alarms, standouts
from slurm_jwt_reports.words import plural, quoted, upper_first

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slurm_jwt_reports.stream.events import Finding, ImplementationText
    from slurm_jwt_reports.stream.index import Results

MOST = 50
"""Entries of one list."""

_TITLES = {
    "harness": "Failures of the suite itself",
    "absent": "Not checked",
    "new": "New differences",
    "stale": "Stale entries of the ledger",
}


def markdown(results: Results) -> str:
    """Return the step summary of a run."""
    return markdown_format.render(document(results), "run markdown")


def document(results: Results, *, short: bool = False) -> Document:
    """Return the document of a run. short: without the lists of findings and of traps, gaps and impostors."""
    run = overview(results)
    cases = plural(len(results.cases), "case")
    implementations = plural(len(results.implementations), "implementation")
    header = results.header
    facts = (
        ("suite", f"{header.suite}, vectors {header.vectors_sha256[:16]}, {header.python}"),
        ("command", header.command),
    )
    matters = _section("What matters most", list(map(_standout, _first(run, short=short))))
    lists = ((), ()) if short else (_findings(results), _slurm(run))
    return Document(
        tool="report show",
        title="Slurm JWT conformance",
        headline=f"{cases} on {implementations}, started {one_line(header.started, 40)}.",
        outcome=Outcome("undetermined", results.problems) if results.problems else None,
        facts=tuple(Fact(name=name, value=one_line(value, 400)) for name, value in facts),
        blocks=(*lists[0], *matters, _table(run), *lists[1]),
    )


def _first(run: Overview, *, short: bool) -> list[Standout]:
    return [*alarms(run), *standouts(run)] if short else standouts(run)


def _section(title: str, items: Sequence[str]) -> tuple[Section, ...]:
    """Return a section with at most MOST items, or nothing where there is no item."""
    more = [f"and {len(items) - MOST:,} more, see index.html"] if len(items) > MOST else []
    shown = Bullets(items=(*items[:MOST], *more))
    return (Section(title=title, blocks=(shown,)),) if items else ()


def _findings(results: Results) -> Iterator[Section]:
    for kind, title in _TITLES.items():
        yield from _section(title, [_finding(results, one) for one in results.findings if one.kind == kind])


def _finding(results: Results, one: Finding) -> str:
    names = [quoted(name) for name in (one.implementation, one.case) if name]
    text = f"{', '.join(names)}: {one_line(one.text, 400)}" if names else one_line(one.text, 400)
    outcome = results.outcomes.get((one.case or "", one.implementation or ""))
    if outcome is None:
        return text
    words = one_line(outcome.error or outcome.log or "", 200)
    documented = results.cases[outcome.case].verdict
    return f"{text} Documented {documented}, got {outcome.outcome}{f' ({words})' if words else ''}."


def _standout(one: Standout) -> str:
    examples = "; ".join(f"{quoted(case.id)}: {one_line(case.purpose, 160)}" for case in one.examples)
    return f"{one.title}. {one_line(one.text, 400)}{f' Such as {examples}' if examples else ''}"


def _table(run: Overview) -> Table:
    rows = tuple(_row(run, one) for one in run.results.implementations.values())
    return Table(columns=("Implementation", "Version", "Answer"), rows=rows)


def _row(run: Overview, one: ImplementationText) -> tuple[str, str, str]:
    found = answer(run, one)
    text = f"{upper_first(found.label)}. {one_line(found.sentence, 400)} {one_line(found.details, 400)}"
    age = age_of(one, run.results.header.started)
    old = f", {age.short}" if age and age.short != UNKNOWN else ""
    return one_line(run.labels[one.id], 80), f"{one_line(one.version, 60)}{old}", text.rstrip()


def _slurm(run: Overview) -> Iterator[Section]:
    """Yield the cases in which a release goes against the documents."""
    texts: dict[tuple[str, str | None], str] = {
        (one.kind, one.case): one.text for one in run.results.findings
    }
    for mark in (IMPOSTOR, GAP, TRAP):
        items = []
        for case, names in run.odd_cases(mark.code).items():
            text = texts.get((mark.label, case), run.results.cases[case].purpose)
            releases = ", ".join(quoted(name) for name in names)
            items.append(f"{quoted(case)}, {releases}: {one_line(text, 300)}")
        yield from _section(f"{upper_first(mark.label)}s: {mark.meaning}", items)
