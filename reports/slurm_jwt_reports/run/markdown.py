"""Markdown for a CI step summary: one table of implementations, what is new first, under its size limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_reports import output
from slurm_jwt_reports.markup import code, escape
from slurm_jwt_reports.run.ages import UNKNOWN, age_of
from slurm_jwt_reports.run.marks import GAP, IMPOSTOR, TRAP
from slurm_jwt_reports.run.overview import Overview, overview
from slurm_jwt_reports.run.sentences import answer
from slurm_jwt_reports.run.standouts import standouts
from slurm_jwt_reports.words import plural, upper_first

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_reports.stream.events import Finding
    from slurm_jwt_reports.stream.index import Results

LIMIT = 900_000
"""Bytes. A step summary over 1,024 KiB is not shown at all."""

MOST = 50
"""Entries shown of any one list."""

_TITLES = {
    "harness": "Failures of the suite itself",
    "new": "New differences",
    "stale": "Stale entries of the ledger",
}


def markdown(results: Results) -> str:
    """Give the summary; where it would be too long, it ends early and says so."""
    lines: list[str] = []
    size = 0
    for line in _lines(results):
        size += len(line.encode()) + 1
        if size > LIMIT - 200:
            lines += ["", "The rest is left out here: see index.html."]
            break
        lines.append(line)
    return "\n".join(lines) + "\n"


def _lines(results: Results) -> Iterator[str]:
    run = overview(results)
    cases = plural(len(results.cases), "case")
    implementations = plural(len(results.implementations), "implementation")
    yield f"<!-- generator: {output.mark('run markdown')} -->"
    yield ""
    yield "## Slurm JWT conformance"
    yield ""
    yield f"{cases} put to {implementations}, started {escape(results.header.started, 40)}."
    for problem in results.problems:
        yield ""
        yield f"**Not the whole run.** {problem}"
    yield from _findings(results)
    yield from _standouts(run)
    yield from _table(run)
    yield from _slurm(run)
    yield ""
    yield f"Suite {escape(results.header.suite, 40)}, vectors {code(results.header.vectors_sha256[:16])},"
    yield f"{escape(results.header.python, 60)}. Command: {code(results.header.command, 300)}"


def _findings(results: Results) -> Iterator[str]:
    for kind, title in _TITLES.items():
        found = [one for one in results.findings if one.kind == kind]
        if found:
            yield from ("", f"### {title}", "")
        yield from (_finding(results, one) for one in found[:MOST])
        if len(found) > MOST:
            yield f"- **and {len(found) - MOST:,} more**, see index.html"


def _finding(results: Results, one: Finding) -> str:
    names = [code(one.implementation)] if one.implementation else []
    names += [code(one.case)] if one.case else []
    words = f"**{', '.join(names)}:** " if names else "**Note:** "
    detail = ""
    outcome = results.outcomes.get((one.case or "", one.implementation or ""))
    if outcome and one.case:
        said = f" ({escape(outcome.error or outcome.log or '', 200)})" if outcome.error or outcome.log else ""
        detail = f" Documented {results.cases[one.case].verdict}, got {outcome.outcome}{said}."
    return f"- {words}{escape(one.text, 400)}{detail}"


def _standouts(run: Overview) -> Iterator[str]:
    found = standouts(run)
    if found:
        yield from ("", "### What matters most", "")
    for one in found:
        examples = "; ".join(f"{code(case.id)}: {escape(case.purpose, 160)}" for case in one.examples)
        yield f"- **{one.title}.** {escape(one.text, 400)}{f' Such as {examples}' if examples else ''}"


def _table(run: Overview) -> Iterator[str]:
    yield ""
    yield "| Implementation | Version | Answer |"
    yield "| --- | --- | --- |"
    for one in run.results.implementations.values():
        said = answer(run, one)
        details = f" {escape(said.details, 400)}" if said.details else ""
        text = f"**{upper_first(said.label)}.** {escape(said.sentence, 400)}{details}"
        age = age_of(one, run.results.header.started)
        old = f", {age.short}" if age and age.short != UNKNOWN else ""
        yield f"| {escape(run.labels[one.id], 80)} | {escape(one.version, 60)}{old} | {text} |"


def _slurm(run: Overview) -> Iterator[str]:
    """List the cases in which a release goes against the documents."""
    texts: dict[tuple[str, str | None], str] = {
        (one.kind, one.case): one.text for one in run.results.findings
    }
    for mark in (IMPOSTOR, GAP, TRAP):
        found = run.odd_cases(mark.code)
        if found:
            yield from ("", f"### {upper_first(mark.label)}s: {mark.meaning}", "")
        for case, names in list(found.items())[:MOST]:
            text = texts.get((mark.label, case), run.results.cases[case].purpose)
            yield f"- **{code(case)}**, {', '.join(code(name) for name in names)}: {escape(text, 300)}"
        if len(found) > MOST:
            yield f"- **and {len(found) - MOST:,} more**, see index.html"
