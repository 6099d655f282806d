"""Marks: what one outcome is called in every report, by symbol and word, and how a run's marks add up.

A mark answers two questions at once: what did it do, and was that expected. Only AS_DOCUMENTED is a pass.
For real Slurm the question is not its record but the documents: there a difference is a trap or a gap.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slurm_jwt_reports.events import CaseText, Cell, FindingKind, ImplementationText, Outcome
    from slurm_jwt_reports.index import Results


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
NOT_RUN = Mark("r", "·", "not run", "It was not asked.")
MISSING = Mark("m", "?", "not judged", "The run ended before it was asked.")

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

GRAVITY = {mark.code: place for place, mark in enumerate(MARKS)}
DIFFERS = frozenset("fxigtk")
"""Codes of the marks that differ from the documents."""
UNJUDGED = frozenset("nurm")
"""Codes of the marks that are no verdict at all, and never a pass."""

WORDS = {
    "accept": "acc",
    "reject": "rej",
    "crash": "crash",
    "hang": "hang",
    "unsupported": "n/s",
    "not run": "n/r",
    "not issued": "none",
}
"""Outcomes, short enough for a matrix; the legend spells them out."""

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
    case: CaseText,
    implementation: ImplementationText,
    outcome: Outcome | None,
    findings: Iterable[FindingKind] = (),
) -> Mark:
    """Name the mark of one outcome; findings are the kinds found for this very case and implementation."""
    if outcome is None:
        return NOT_RUN if implementation.status == "not run" else MISSING
    if outcome.status == "fail":
        return BROKEN if outcome.outcome in ("crash", "hang") else NEW
    found = set(findings)
    for kind, mark in _BY_KIND.items():
        if kind in found:
            return mark
    if implementation.kind == "slurm" and outcome.status in ("pass", "known", "recorded"):
        return _slurm_mark(case, outcome)
    return _BY_STATUS[outcome.status]


def cell_mark(cell: Cell | None) -> Mark:
    """Name the mark of one cell of the issuer x verifier matrix."""
    if cell is None:
        return MISSING
    if cell.status == "fail" and cell.outcome in ("crash", "hang"):
        return BROKEN
    return _BY_STATUS[cell.status]


def all_marks(results: Results) -> Marks:
    """Mark every case x implementation, those without an outcome too."""
    found: dict[tuple[str | None, str | None], list[FindingKind]] = {}
    for finding in results.findings:
        found.setdefault((finding.case, finding.implementation), []).append(finding.kind)
    return {
        (case.id, one.id): mark_of(
            case, one, results.outcomes.get((case.id, one.id)), found.get((case.id, one.id), ())
        )
        for case in results.cases.values()
        for one in results.implementations.values()
    }


def tally(results: Results, marks: Marks, implementation: str) -> Counter[str]:
    """Count the marks of one implementation by code."""
    return Counter(marks[case, implementation].code for case in results.cases)


def _slurm_mark(case: CaseText, outcome: Outcome) -> Mark:
    """Hold Slurm against the documents, whatever its record says."""
    match case.verdict, outcome.outcome:
        case "invalid", "accept":
            return GAP
        case (("valid" | "either"), "reject"):
            return TRAP
        case "either", _:
            return EITHER
    return _BY_STATUS[outcome.status]
