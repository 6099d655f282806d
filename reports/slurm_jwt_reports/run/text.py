"""One run for a terminal: its answers in a sentence each, or the outcomes that were asked for, one by one.

Every line passes redaction.one_line: nothing that a library or a token says can act on the terminal.
"""

from __future__ import annotations

import shlex
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.run.overview import Overview, overview
from slurm_jwt_reports.run.sentences import answer
from slurm_jwt_reports.run.standouts import alarms, standouts
from slurm_jwt_reports.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slurm_jwt_reports.run.marks import Mark
    from slurm_jwt_reports.stream.events import CaseText, Cell, Finding, Outcome
    from slurm_jwt_reports.stream.index import Results


class Wanted(NamedTuple):
    """Which outcomes to show: patterns are globs; no pattern means all."""

    failures: bool = False
    cases: Sequence[str] = ()
    implementations: Sequence[str] = ()
    """ids, globs, or the name before the colon: pyjwt means pyjwt:careful and pyjwt:defaults"""


class Found(NamedTuple):
    """One outcome that was asked for."""

    case: CaseText
    implementation: str
    mark: Mark
    outcome: Outcome


def summary(results: Results) -> str:
    """Return the run in short: what it was, the answer for each implementation, what matters most."""
    return "\n".join(_summary(overview(results))) + "\n"


def select(results: Results, wanted: Wanted) -> list[Found]:
    """Return the outcomes that are wanted, in the order of cases."""
    run = overview(results)
    return [
        Found(results.cases[case], name, run.marks[case, name], outcome)
        for (case, name), outcome in results.outcomes.items()
        if (not wanted.failures or outcome.status == "fail")
        and matches(case, wanted.cases)
        and about(name, wanted.implementations)
    ]


def other_failures(results: Results, wanted: Wanted) -> list[str]:
    """Return one line for each failure that is not an outcome: matrix pairs, stale entries, the suite's own.

    Where cases or implementations are chosen, only what is about these.
    """
    lines = [
        f"{cell.verifier}: {cell.outcome} on a token of {cell.issuer} under {cell.key}: {_own_words(cell)}"
        for cell in results.cells.values()
        if cell.status == "fail" and not wanted.cases and about(cell.verifier, wanted.implementations)
    ]
    lines += [
        f"{finding.kind}: {finding.text}"
        for finding in results.findings
        if finding.kind in ("stale", "harness") and _finding_wanted(finding, wanted)
    ]
    return [one_line(line, 600) for line in lines]


def outcomes(found: Sequence[Found]) -> str:
    """Return the outcomes one by one, with what a reader needs to judge or repeat them."""
    return "".join("\n".join(_outcome(one)) + "\n\n" for one in found)


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Return whether a name is one of those meant; no pattern means all."""
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def about(name: str, patterns: Sequence[str]) -> bool:
    """Return whether an implementation is one of those meant: by id, glob, or the name before the colon."""
    return matches(name, patterns) or name.partition(":")[0] in patterns


def _own_words(cell: Cell) -> str:
    return cell.error or cell.log or cell.reason or "no reason given"


def _finding_wanted(finding: Finding, wanted: Wanted) -> bool:
    if (wanted.cases and finding.case is None) or (wanted.implementations and finding.implementation is None):
        return False
    name = finding.implementation or ""
    return matches(finding.case or "", wanted.cases) and about(name, wanted.implementations)


def _summary(run: Overview) -> Iterator[str]:
    results = run.results
    cases, asked = plural(len(results.cases), "case"), plural(len(results.implementations), "implementation")
    yield f"{cases} put to {asked}, started {one_line(results.header.started, 40)}"
    yield f"command: {one_line(results.header.command)}"
    yield from (f"not the whole run: {problem}" for problem in results.problems)
    yield ""
    labels = {name: one_line(label, 40) for name, label in run.labels.items()}
    width = max(map(len, labels.values()), default=0)
    for one in results.implementations.values():
        said = answer(run, one)
        version = f"{one_line(one.version, 40)}: " if one.version else ""
        yield f"{labels[one.id]:<{width}}  {version}{said.label}. {one_line(said.sentence, 400)}"
        if said.details:
            yield f"{'':<{width}}  {said.details}"
    yield ""
    yield from (f"{one.title}: {one_line(one.text, 400)}" for one in (*alarms(run), *standouts(run)))


def _outcome(one: Found) -> Iterator[str]:
    case, said = one.case, one.outcome
    yield f"{one_line(one.implementation)}  {one_line(case.id)}  {said.outcome} ({one.mark.label})"
    facts = {
        "purpose": case.purpose,
        "documented": f"{case.verdict}{': ' + ', '.join(case.rules) if case.rules else ''}",
        "said": said.error,
        "log": said.log if said.log != said.error else None,
        "as": f"uid {said.uid}" if said.uid is not None else None,
        "why": said.reason or (said.deviation and f"{said.deviation.class_}: {said.deviation.reason}"),
        "alone": f"slurm-jwt run -k {shlex.quote(case.id)} -i {shlex.quote(one.implementation)}",
    }
    yield from (f"  {name + ':':<12}{one_line(text, 400)}" for name, text in facts.items() if text)
