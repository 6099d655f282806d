"""Try mutants, and list the cases that kill each: `python -m tools.mutant_trials [NAME ...]`.

Without a name, only mutants that survive or crash are listed. The exit code is 1 if there are any.
"""

from __future__ import annotations

import sys

from slurm_jwt_conformance.harness.mutants import catalogue
from tools.mutant_trials import page, trial


def main(names: list[str] | None = None) -> int:
    """Print kills and faults, and return the exit code."""
    mutants = [catalogue.named(name) for name in (sys.argv[1:] if names is None else names)]
    trials = trial.try_all(mutants or catalogue.MUTANTS.values())
    for one in trials if mutants else ():
        print(f"{one.name}: {', '.join(one.kills)}")
    faults = [f"{one.name}: {fault}" for one in trials for fault in page.faults(one)]
    for fault in faults:
        print(fault)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
