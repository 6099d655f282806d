"""Marks: what one outcome is called in every report, by symbol and word, and how a run's marks add up.

A mark answers two questions at once: what did it do, and was that expected. Only AS_DOCUMENTED is a pass.
For real Slurm the question is not its record but the documents: there a difference is a trap or a gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from slurm_jwt_reports.run.case_words import can_carry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_reports.stream.events import CaseText, Cell, FindingKind, ImplementationText, Outcome
    from slurm_jwt_reports.stream.index import Results


class Mark(NamedTuple):
    """One class of outcomes."""

    code: str
    """one letter: CSS class in the page, and what its filter looks for"""
    symbol: str
    label: str
    """the words of the legend"""
    meaning: str


Marks: TypeAlias = "Mapping[tuple[str, str], Mark]"
"""The mark of every (case, implementation)."""

AS_DOCUMENTED = Mark("p", "✓", "as documented", "It did what the documents say.")
EITHER = Mark("e", "○", "either", "The documents leave the choice; neither pass nor fail.")
RECORDED = Mark("o", "◦", "by its record", "As documented when it was recorded; not asked in this run.")
NEW = Mark("f", "✗", "new difference", "Neither documented nor in the ledger of known differences.")
BROKEN = Mark("x", "‼", "crash or hang", "No verdict: it crashed or gave no answer in time.")
KNOWN = Mark("k", "≈", "known difference", "In the ledger, with class, reason and link.")
TRAP = Mark("t", "⊖", "trap", "Slurm refuses what the documents allow.")
GAP = Mark("g", "⊕", "gap", "Slurm accepts what the documents forbid.")
IMPOSTOR = Mark("i", "⇄", "impostor", "Slurm accepts the token as another user than it names.")
NOT_CLAIMED = Mark("n", "-", "not claimed", "The implementation does not claim to check this rule.")
UNSUPPORTED = Mark("u", "∅", "unsupported", "It cannot be asked this.")
NOT_RUN = Mark("r", "·", "not run", "It could not take part, or had to give up.")
MISSING = Mark("m", "?", "not asked", "Nobody asked it this in this run.")

MARKS = (
    NEW,
    BROKEN,
    IMPOSTOR,
    GAP,
    TRAP,
    KNOWN,
    AS_DOCUMENTED,
    RECORDED,
    EITHER,
    NOT_CLAIMED,
    UNSUPPORTED,
    NOT_RUN,
    MISSING,
)
"""All marks, the gravest first: the order of every list."""

BY_LABEL = {mark.label: mark for mark in MARKS}
GRAVITY = {mark.code: place for place, mark in enumerate(MARKS)}
DIFFERS = frozenset("fxigtk")
"""Codes of the marks that differ from the documents."""
UNJUDGED = frozenset("nurm")
"""Codes of the marks that are no verdict at all, and never a pass."""

UNANSWERED = UNJUDGED - {"n"}
"""Codes of the marks without an answer."""

_BY_STATUS = {
    "pass": AS_DOCUMENTED,
    "fail": NEW,
    "known": KNOWN,
    "not claimed": NOT_CLAIMED,
    "either": EITHER,
    "recorded": RECORDED,
    "unsupported": UNSUPPORTED,
    "not run": NOT_RUN,
}
_BY_KIND: dict[FindingKind, Mark] = {"impostor": IMPOSTOR, "gap": GAP, "trap": TRAP}


def mark_of(
    case: CaseText, implementation: ImplementationText, outcome: Outcome | None, oddity: Mark | None = None
) -> Mark:
    """Name the mark of one outcome; oddity is what oddities() says of this very case and implementation."""
    if outcome is None:
        return _unanswered(case, implementation)
    if outcome.status == "fail":
        return BROKEN if outcome.outcome in ("crash", "hang") else NEW
    if oddity:
        return oddity
    if implementation.kind == "slurm" and outcome.status in ("pass", "recorded") and case.verdict == "either":
        return EITHER
    return _BY_STATUS[outcome.status]


def oddities(results: Results) -> Marks:
    """Say where real Slurm goes against the documents: trap, gap or impostor, whatever its record says.

    A finding of the run says so; so does a plain comparison. Who acts as whom only the run can know.
    """
    found = {
        place: odd
        for place, outcome in results.outcomes.items()
        if results.implementations[place[1]].kind == "slurm"
        and (odd := _against(results.cases[place[0]], outcome))
    }
    for finding in results.findings:
        if finding.kind in _BY_KIND and finding.case is not None and finding.implementation is not None:
            found[finding.case, finding.implementation] = _BY_KIND[finding.kind]
    return found


def cell_mark(cell: Cell | None) -> Mark:
    """Name the mark of one cell of the issuer x verifier matrix."""
    if cell is None:
        return MISSING
    if cell.status == "fail" and cell.outcome in ("crash", "hang"):
        return BROKEN
    return _BY_STATUS[cell.status]


def all_marks(results: Results, odd: Marks) -> Marks:
    """Mark every case x implementation, those without an outcome too; odd is what oddities() gave."""
    return {
        (case.id, one.id): mark_of(
            case, one, results.outcomes.get((case.id, one.id)), odd.get((case.id, one.id))
        )
        for case in results.cases.values()
        for one in results.implementations.values()
    }


def _unanswered(case: CaseText, implementation: ImplementationText) -> Mark:
    if implementation.status == "not run":
        return NOT_RUN
    return MISSING if can_carry(case, implementation) else UNSUPPORTED


def _against(case: CaseText, outcome: Outcome) -> Mark | None:
    if case.verdict == "invalid":
        return GAP if outcome.outcome == "accept" else None
    return TRAP if outcome.outcome == "reject" else None
