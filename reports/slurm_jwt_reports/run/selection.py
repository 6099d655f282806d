"""Some outcomes of a run, one by one: those that the user names, or all failures."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.vocabulary import Outcome as Decision
from slurm_jwt_reports.diagnostic import Diagnostic, Document
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.run.case_words import culprit
from slurm_jwt_reports.run.differences import of_cell, of_outcome
from slurm_jwt_reports.run.overview import overview
from slurm_jwt_reports.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slurm_jwt_reports.run.overview import Overview
    from slurm_jwt_reports.stream.events import Finding
    from slurm_jwt_reports.stream.index import Results


class Selection(NamedTuple):
    """Which outcomes to show: patterns are globs; no pattern means all."""

    failures: bool = False
    cases: Sequence[str] = ()
    implementations: Sequence[str] = ()
    """ids, globs, or the name before the colon: pyjwt means pyjwt:careful and pyjwt:defaults"""


def document(results: Results, selection: Selection) -> Document:
    """Return a diagnostic for each selected outcome. With `failures`, a failure is a fail."""
    diagnostics = tuple(_diagnostics(overview(results), selection))
    what = "failure" if selection.failures else "outcome"
    headline = f"{plural(len(diagnostics), what)}." if diagnostics else f"There is no such {what}."
    failed = selection.failures and bool(diagnostics)
    outcome = _decision(results, failed=failed) if selection.failures or results.problems else None
    return Document(
        tool="report show",
        title="Slurm JWT conformance",
        headline=headline,
        outcome=outcome,
        diagnostics=diagnostics,
    )


def _decision(results: Results, *, failed: bool) -> Decision:
    """Return the decision of a run in which these failures are shown; a part of a run never passes."""
    if failed:
        return Decision("fail", results.problems)
    return Decision("undetermined", results.problems) if results.problems else Decision("pass")


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Return whether a name matches one of the patterns; no pattern means all."""
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


def about(name: str, patterns: Sequence[str]) -> bool:
    """Return whether the patterns select an implementation: by id, glob, or the name before the colon."""
    return matches(name, patterns) or name.partition(":")[0] in patterns


def _diagnostics(run: Overview, selection: Selection) -> Iterator[Diagnostic]:
    for outcome in run.results.outcomes.values():
        selected = matches(outcome.case, selection.cases)
        selected = selected and about(outcome.implementation, selection.implementations)
        if selected and (not selection.failures or outcome.status == "fail"):
            yield of_outcome(run, outcome)
    if selection.failures:
        yield from _other_failures(run, selection)


def _other_failures(run: Overview, selection: Selection) -> Iterator[Diagnostic]:
    """Yield the failures that are not outcomes: pairs, stale entries of the ledger, the suite's own."""
    for cell in run.results.cells.values():
        if cell.status == "fail" and not selection.cases and about(culprit(cell), selection.implementations):
            yield of_cell(run, cell)
    for finding in run.results.findings:
        if finding.kind in ("stale", "harness", "absent") and _selected(finding, selection):
            yield Diagnostic(id=f"run.{finding.kind}", level="error", message=one_line(finding.text, 600))


def _selected(finding: Finding, selection: Selection) -> bool:
    case, name = finding.case, finding.implementation
    if (selection.cases and case is None) or (selection.implementations and name is None):
        return False
    return matches(case or "", selection.cases) and about(name or "", selection.implementations)
