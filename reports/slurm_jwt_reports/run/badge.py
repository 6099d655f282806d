"""A badge, as the JSON that shields.io reads from an address: what a run says of all its implementations.

Grey is what is not known: something was skipped, not asked, not claimed, or only read from a record. Only a
failure is worse than that, since it is a fact whatever else was not asked.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.run.case_words import failed_pairs
from slurm_jwt_reports.run.marks import UNJUDGED
from slurm_jwt_reports.run.overview import overview
from slurm_jwt_reports.run.sentences import FAULT
from slurm_jwt_reports.words import plural

if TYPE_CHECKING:
    from slurm_jwt_reports.run.overview import Overview
    from slurm_jwt_reports.stream.index import Results

LABEL = "Slurm JWT"


class Badge(NamedTuple):
    """What a badge says, and its colour in the words of shields.io."""

    message: str
    color: str


def badge(results: Results) -> str:
    """Return the JSON of the badge."""
    said = judge(results)
    made = {"schemaVersion": 1, "label": LABEL, "message": said.message, "color": said.color}
    return json.dumps(made) + "\n"


def judge(results: Results) -> Badge:
    """Say what the badge says: the first of these that applies."""
    run = overview(results)
    counts = Counter(mark.code for mark in run.marks.values())
    failed = counts["f"] + counts["x"] + failed_pairs(results)
    if failed:
        return Badge(plural(failed, "new difference"), "red")
    if any(finding.kind == "harness" for finding in results.findings):
        return Badge("the suite failed", "lightgrey")
    if not results.complete or results.problems:
        return Badge("run cut short", "lightgrey")
    if unknown := _unknown(run):
        return Badge(unknown, "lightgrey")
    return _judged(run)


def _unknown(run: Overview) -> str | None:
    """Return how much is not known, if anything is: what is only recorded was not asked."""
    judged = sum(
        mark.code not in UNJUDGED and run.results.outcomes[place].basis == "live"
        for place, mark in run.marks.items()
    )
    if judged < len(run.marks) or not run.marks:
        return f"{judged:,} of {len(run.marks):,} judged"
    silent = sum(cell.status in ("unsupported", "not run") for cell in run.results.cells.values())
    return f"{plural(silent, 'pair')} not judged" if silent else None


def _judged(run: Overview) -> Badge:
    faults = sum(classes.get(FAULT, 0) for classes in run.classes.values())
    if faults:
        return Badge(plural(faults, "known fault"), "orange")
    if run.oddities:
        return Badge(f"as recorded, {plural(len(run.oddities), 'difference')} from the documents", "orange")
    choices = sum(sum(classes.values()) for classes in run.classes.values())
    choice = f", {plural(choices, 'known choice')}" if choices else ""
    return Badge(f"as documented{choice}", "green" if choices else "brightgreen")
