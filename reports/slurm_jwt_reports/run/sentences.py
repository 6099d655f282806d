"""The answer in one sentence: what a run says of each implementation, with the counts behind it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.run.case_words import asks_for_token
from slurm_jwt_reports.run.marks import DIFFERS, UNJUDGED
from slurm_jwt_reports.words import plural, upper_first

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_reports.run.overview import Overview
    from slurm_jwt_reports.stream.events import CaseText, DeviationClass, ImplementationText

FAULT: DeviationClass = "RFC violation"
"""The only class of deviation that is called a fault."""

_CLASS_WORDS: dict[DeviationClass, tuple[str, str]] = {
    "RFC violation": ("known fault", "known faults"),
    "Slurm profile": ("profile choice", "profile choices"),
    "safe refusal": ("safe refusal", "safe refusals"),
    "cannot express": ("case it cannot express", "cases it cannot express"),
    "adapter limit": ("limit of the adapter", "limits of the adapter"),
}
_REST = (
    ("e", "left open"),
    ("n", "not claimed"),
    ("u", "unsupported"),
    ("r", "not run"),
    ("m", "not asked"),
)
_SLURM_WORDS = (("t", "trap"), ("g", "gap"), ("i", "impostor"))

_ODD = {"i": "takes", "g": "accepts", "t": "refuses"}
_WRONG = (
    ("accepts", "accepts {} forbidden"),
    ("issues", "issues {} forbidden"),
    ("refuses", "refuses {} allowed"),
    ("withholds", "withholds {} due"),
    ("takes", "takes {} for another user"),
    ("crash", "crashes on {}"),
    ("hang", "hangs on {}"),
)
_WRONGLY = {
    (False, "accept"): "accepts",
    (True, "accept"): "issues",
    (False, "reject"): "refuses",
    (True, "reject"): "withholds",
}
_KEPT = {("valid", "accept"), ("invalid", "reject")}


class Answer(NamedTuple):
    """What a run says of one implementation."""

    label: str
    """two or three words"""
    sentence: str
    details: str
    """the counts behind the sentence; empty where there is nothing to add"""


def answer(run: Overview, implementation: ImplementationText) -> Answer:
    """Sum up one implementation."""
    if implementation.status == "not run":
        return Answer("not run", f"{implementation.reason or 'No reason was given'}".rstrip(".") + ".", "")
    name = implementation.id
    counts, classes = run.counts(name), run.classes[name]
    odd = Counter(mark.code for (_, who), mark in run.oddities.items() if who == name)
    sentence = " ".join(filter(None, [_sentence(run, name, counts), checked(run, name)]))
    return Answer(_label(counts, classes, odd), sentence, _details(counts, classes, odd))


def checked(run: Overview, name: str) -> str:
    """Say how much of the suite an implementation answered; nothing where it is the whole suite."""
    number = run.checked(name)
    return f"Checked {number:,} of {run.suite_cases:,} cases." if number < run.suite_cases else ""


def _sentence(run: Overview, name: str, counts: Mapping[str, int]) -> str:
    """Say in how many of the judged cases it did as documented, and what it did in the others."""
    did = Counter(_did(run, case, name) for case in run.results.cases.values())
    judged = sum(did.values()) - did[""]
    if not judged:
        return "It was asked nothing that the documents decide."
    of = "all" if did["keeps"] == judged else f"{did['keeps']:,} of"
    where = "the one judged case" if did["keeps"] == judged == 1 else f"{of} {plural(judged, 'judged case')}"
    says = f"{'by its record ' if counts['o'] else ''}as documented in {where}"
    wrong = [words.format(f"{did[kind]:,}") for kind, words in _WRONG if did[kind]]
    return upper_first(f"{says}{'; ' if wrong else ''}{', '.join(wrong)}.")


def _did(run: Overview, case: CaseText, name: str) -> str:
    """Sort one answer: keeps, one of the ways to be wrong, or nothing where there is no verdict.

    For real Slurm it is held against the documents, whatever its record says.
    """
    mark, said = run.marks[case.id, name], run.results.outcomes.get((case.id, name))
    odd = run.oddities.get((case.id, name))
    if said is None or (mark.code not in "po" and mark.code not in DIFFERS):
        return ""
    if said.outcome in ("crash", "hang"):
        return said.outcome
    if odd:
        return _ODD[odd.code]
    if (case.verdict, said.outcome) in _KEPT:
        return "keeps"
    if (case.verdict, said.outcome) == ("either", "accept"):
        return ""
    return _WRONGLY.get((asks_for_token(case), said.outcome), "")


def _details(counts: Mapping[str, int], classes: Mapping[DeviationClass, int], odd: Mapping[str, int]) -> str:
    parts = [plural(counts["f"] + counts["x"], "new difference")] if counts["f"] or counts["x"] else []
    parts += [plural(odd[code], word) for code, word in _SLURM_WORDS if odd.get(code)]
    parts += [f"{number:,} {_CLASS_WORDS[kind][number != 1]}" for kind, number in classes.items()]
    unexplained = counts["k"] - sum(classes.values())
    parts += [f"{unexplained:,} known without a class"] if unexplained else []
    parts += [f"{counts[code]:,} {words}" for code, words in _REST if counts[code]]
    return upper_first(", ".join(parts)) + "." if parts else ""


def _label(counts: Mapping[str, int], classes: Mapping[DeviationClass, int], odd: Mapping[str, int]) -> str:
    labels = (
        (counts["f"] or counts["x"], "new differences"),
        (odd, "differs from its documents"),
        (counts["r"] or counts["m"] or not counts, "partly judged"),
        (classes.get(FAULT), "known faults"),
        (counts["o"], "from its record"),
        (counts["k"], "known choices"),
        (any(counts[code] for code in UNJUDGED), "as documented where it claims"),
    )
    return next((label for applies, label in labels if applies), "as documented")
