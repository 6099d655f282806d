"""Documented and enforced: each requirement of the Slurm page against each release, with the cases for it.

Only cases that break this one rule and no other speak for it: of a token with two faults no one can tell
which of them a release refused it for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slurm_jwt_reports.stream.events import CaseText, ImplementationText, RuleText
    from slurm_jwt_reports.stream.index import Results

PAGE = "Slurm page"
"""How a rule's source begins when the Slurm page demands it."""

_STATES = {
    (True, False): "enforced",
    (False, True): "not enforced",
    (True, True): "in part",
    (False, False): "not observed",
}
_CODES = {
    ("error", "enforced"): "p",
    ("error", "not enforced"): "g",
    ("error", "in part"): "g",
    ("choice", "enforced"): "t",
    ("choice", "not enforced"): "e",
    ("choice", "in part"): "t",
}


class Enforcement(NamedTuple):
    """What one release does about one rule."""

    state: str
    code: str
    """the code of the mark that it is: a rule left to choice is a trap where enforced, no gap where not"""
    refused: tuple[str, ...]
    """ids of the cases that it refused, the plainest first"""
    accepted: tuple[str, ...]


class Requirement(NamedTuple):
    """One row: a rule of the page and what each release does about it."""

    rule: RuleText
    releases: tuple[Enforcement, ...]


def releases(results: Results) -> list[ImplementationText]:
    """List the Slurm releases that were asked, live or from their record."""
    return [one for one in results.implementations.values() if one.kind == "slurm" and one.status == "ran"]


def requirements(results: Results) -> list[Requirement]:
    """Hold every rule that the Slurm page demands against every release that was asked."""
    asked = releases(results)
    alone: dict[str, list[CaseText]] = {}
    for case in results.cases.values():
        if len(case.rules) == 1:
            alone.setdefault(case.rules[0], []).append(case)
    return [
        Requirement(
            rule, tuple(_enforcement(results, release, rule, alone.get(rule.id, ())) for release in asked)
        )
        for rule in results.rules.values()
        if asked and any(source.startswith(PAGE) for source in rule.sources)
    ]


def _enforcement(
    results: Results, release: ImplementationText, rule: RuleText, cases: Iterable[CaseText]
) -> Enforcement:
    answers: dict[str, list[str]] = {"accept": [], "reject": []}
    for case in cases:
        outcome = results.outcomes.get((case.id, release.id))
        if outcome and outcome.outcome in answers:
            answers[outcome.outcome].append(case.id)
    state = _STATES[bool(answers["reject"]), bool(answers["accept"])]
    code = _CODES.get((rule.severity, state), "r")
    refused, accepted = (tuple(sorted(answers[did], key=len)) for did in ("reject", "accept"))
    return Enforcement(state, code, refused, accepted)
