"""All mutants by name, and how to start one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.adapters import registry
from slurm_jwt_conformance.harness.mutants import issuers, rs256, verifiers
from slurm_jwt_reports.problems import Problem, nearest

if TYPE_CHECKING:
    from slurm_jwt_conformance.adapters.child import Child
    from slurm_jwt_conformance.harness.mutants.mutant import Mutant

PREFIX = "mutant:"
MUTANTS: dict[str, Mutant] = {
    mutant.name: mutant for mutant in (*verifiers.MUTANTS, *rs256.MUTANTS, *issuers.MUTANTS)
}


class UnknownMutantError(Problem):
    """No mutant has this name; the hint names the nearest one."""


def ids() -> tuple[str, ...]:
    """Return the ids of all mutants, which are not among the ids of the registry."""
    return tuple(PREFIX + name for name in MUTANTS)


def named(name: str) -> Mutant:
    """Return the mutant with this name, with or without the prefix; raise UnknownMutantError."""
    name = name.removeprefix(PREFIX)
    if name not in MUTANTS:
        raise UnknownMutantError(f"unknown mutant {name!r}", nearest(name, list(MUTANTS)))
    return MUTANTS[name]


def start(implementation: str, programs: registry.Programs) -> Child:
    """Return the mutant as a participant in a process of its own, like a library."""
    adapter = Path(__file__).with_name("adapter.py")
    command = registry.served(sys.executable, adapter, named(implementation).name)
    return programs.child(implementation, command)
