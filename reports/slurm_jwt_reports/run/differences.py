"""The outcomes and pairs of a run as diagnostics: what a reader needs to judge each one, or to repeat it.

The id of a diagnostic is the first documented rule that the token breaks.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from slurm_jwt_reports.diagnostic import Diagnostic, Place, Waived
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.run.case_words import ISSUERS_FAULT
from slurm_jwt_reports.run.marks import BROKEN, DIFFERS, GRAVITY, NEW, Mark, cell_mark
from slurm_jwt_reports.run.sentences import FAULT

if TYPE_CHECKING:
    from slurm_jwt_reports.diagnostic import Level
    from slurm_jwt_reports.run.overview import Overview
    from slurm_jwt_reports.stream.events import CaseText, Cell, Deviation, Outcome

ACCEPTED = "token.accepted"
"""The rule of cases whose token breaks no documented rule."""


def differences(run: Overview) -> list[Diagnostic]:
    """Return a diagnostic for each outcome and pair that differs from the documents, the gravest first."""
    marked = [(run.marks[place], of_outcome(run, one)) for place, one in run.results.outcomes.items()
              if run.marks[place].code in DIFFERS]  # fmt: skip
    marked += [(cell_mark(cell), of_cell(run, cell)) for cell in run.results.cells.values()
               if cell_mark(cell).code in DIFFERS]  # fmt: skip
    return [one for _, one in sorted(marked, key=lambda pair: GRAVITY[pair[0].code])]


def of_outcome(run: Overview, outcome: Outcome) -> Diagnostic:
    """Return the diagnostic of one outcome."""
    case = run.results.cases[outcome.case]
    mark = run.marks[case.id, outcome.implementation]
    did = f"{run.labels[outcome.implementation]}: {outcome.outcome} for {case.id}"
    alone = f"slurm-jwt run -k {shlex.quote(case.id)} -i {shlex.quote(outcome.implementation)}"
    return Diagnostic(
        id=next((name for name in case.rules if name in run.results.rules), ACCEPTED),
        level=_level(mark, outcome.deviation),
        message=one_line(f"{did}, documented {case.verdict} ({mark.label}). {case.purpose}", 1000),
        place=Place(part=f"{outcome.implementation}/{case.id}"),
        source=case.sources,
        details=(*_details(outcome), *_facts(case), ("run alone", one_line(alone, 1000))),
        log=_log(outcome),
        waived=_known(outcome.deviation),
    )


def of_cell(run: Overview, cell: Cell) -> Diagnostic:
    """Return the diagnostic of one issuer's token at one verifier."""
    mark = cell_mark(cell)
    issuer, verifier = run.labels[cell.issuer], run.labels[cell.verifier]
    if cell.outcome in ISSUERS_FAULT:
        did = f"{issuer}: {cell.outcome} under key {cell.key}, so that {verifier} is not asked"
    else:
        did = f"{verifier}: {cell.outcome} on a token of {issuer} under key {cell.key}"
    return Diagnostic(
        id=ACCEPTED,
        level=_level(mark, cell.deviation),
        message=one_line(f"{did} ({mark.label}).", 1000),
        place=Place(part=f"{cell.verifier}/{cell.issuer}/{cell.key}"),
        details=_details(cell),
        log=_log(cell),
        waived=_known(cell.deviation),
    )


def _level(mark: Mark, deviation: Deviation | None) -> Level:
    if mark in (NEW, BROKEN):
        return "error"
    harmless = mark.code not in DIFFERS or (deviation and deviation.class_ != FAULT)
    return "note" if harmless else "warning"


def _facts(case: CaseText) -> tuple[tuple[str, str], ...]:
    texts = (("why", case.why), ("header", case.header_text), ("claims", case.claims_text))
    return tuple((name, one_line(text, 1000)) for name, text in texts if text)


def _details(one: Outcome | Cell) -> tuple[tuple[str, str], ...]:
    texts = (
        ("error", one.error),
        ("uid", None if one.uid is None else str(one.uid)),
        ("reason", one.reason if one.reason != one.error else None),
    )
    return tuple((name, one_line(text, 1000)) for name, text in texts if text)


def _log(one: Outcome | Cell) -> str:
    return one_line(one.log, 1000) if one.log and one.log != one.error else ""


def _known(deviation: Deviation | None) -> Waived | None:
    """Return the ledger's explanation of a known difference."""
    if deviation is None:
        return None
    return Waived(reason=one_line(f"{deviation.class_}: {deviation.reason}", 600))
