"""All mutants, by group and by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.harness.mutants import claims, form, header, issuing, json_texts, signature, times
from slurm_jwt_reports.problems import Problem, nearest

if TYPE_CHECKING:
    from slurm_jwt_conformance.harness.mutants.mutant import Mutant

GROUPS: dict[str, tuple[Mutant, ...]] = {
    "Form of the token": form.MUTANTS,
    "JSON": json_texts.MUTANTS,
    "Header": header.MUTANTS,
    "Signature and key": signature.MUTANTS,
    "Claims": claims.MUTANTS,
    "Times": times.MUTANTS,
    "Issuers": issuing.MUTANTS,
}

MUTANTS: dict[str, Mutant] = {mutant.name: mutant for group in GROUPS.values() for mutant in group}


class UnknownMutantError(Problem):
    """No mutant has this name; the hint names the nearest one."""


def named(name: str) -> Mutant:
    """Give the mutant of a name, without the prefix; an UnknownMutantError where there is none."""
    if name not in MUTANTS:
        raise UnknownMutantError(f"unknown mutant {name!r}", nearest(name, list(MUTANTS)))
    return MUTANTS[name]
