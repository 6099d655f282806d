"""The cases on the two sides of each rule: those that break the rule, and their valid twins."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from slurm_jwt_vectors.models import Suite


class Sides(NamedTuple):
    """The two sides of one rule, as ids of cases.

    broken: cases that break this rule and no other. valid: their twins, valid
    cases that differ from a broken one in this rule alone.
    """

    valid: tuple[str, ...]
    broken: tuple[str, ...]


def sides(suite: Suite) -> dict[str, Sides]:
    """Return the cases on the two sides of each rule that a case breaks, by rule."""
    rules = sorted({rule for case in suite.cases.values() for rule in case.rules})
    return {rule: _sides(suite, rule) for rule in rules}


def _sides(suite: Suite, rule: str) -> Sides:
    broken = [case for case in suite.cases.values() if case.rules == (rule,)]
    twins = sorted({case.twin for case in broken if case.twin is not None})
    return Sides(valid=tuple(twins), broken=tuple(case.id for case in broken))
