"""What a run amounts to, worked out once for all writers: marks, names and counts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.run.marks import UNANSWERED, all_marks, oddities

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_reports.run.marks import Marks
    from slurm_jwt_reports.stream.events import DeviationClass
    from slurm_jwt_reports.stream.index import Results

CLASSES: tuple[DeviationClass, ...] = (
    "RFC violation",
    "Slurm profile",
    "safe refusal",
    "cannot express",
    "adapter limit",
)
"""Classes of deviation, faults first."""


class Overview(NamedTuple):
    """One run, with what every report says of it."""

    results: Results
    marks: Marks
    oddities: Marks
    """traps, gaps and impostors, those too whose mark is a new difference"""
    labels: Mapping[str, str]
    """name for readers of each implementation, by its id"""
    classes: Mapping[str, Mapping[DeviationClass, int]]
    """number of known differences of each implementation by class, faults first"""

    def counts(self, implementation: str) -> Counter[str]:
        """Count the marks of one implementation by code."""
        return Counter(self.marks[case, implementation].code for case in self.results.cases)

    @property
    def suite_cases(self) -> int:
        """Return the number of cases of the whole suite."""
        return max(self.results.header.suite_cases, len(self.results.cases))

    def checked(self, implementation: str) -> int:
        """Count the cases that one implementation answered."""
        counts = self.counts(implementation)
        return counts.total() - sum(counts[code] for code in UNANSWERED)

    def odd_cases(self, code: str) -> dict[str, list[str]]:
        """List the cases with this oddity, each with the ids of the releases that show it."""
        found: dict[str, list[str]] = {}
        for (case, name), mark in self.oddities.items():
            if mark.code == code:
                found.setdefault(case, []).append(name)
        return found


def overview(results: Results) -> Overview:
    """Work out what a run amounts to."""
    odd = oddities(results)
    marks = all_marks(results, odd)
    return Overview(results, marks, odd, _labels(results), _classes(results, marks))


def _labels(results: Results) -> dict[str, str]:
    """Name each implementation: name and configuration, or its id where that is not unique."""
    names = {one.id: f"{one.name} {one.configuration}".strip() for one in results.implementations.values()}
    uses = Counter(names.values())
    return {name: label if uses[label] == 1 else name for name, label in names.items()}


def _classes(results: Results, marks: Marks) -> dict[str, dict[DeviationClass, int]]:
    counted: dict[str, Counter[DeviationClass]] = {name: Counter() for name in results.implementations}
    for place, outcome in results.outcomes.items():
        if marks[place].code == "k" and outcome.deviation:
            counted[outcome.implementation][outcome.deviation.class_] += 1
    return {
        name: {kind: classes[kind] for kind in CLASSES if classes[kind]} for name, classes in counted.items()
    }
