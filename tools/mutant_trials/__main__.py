"""Try all mutants and write docs/mutants.md, or list all that kills some of them.

Ends with 1 if a mutant survives or crashes, and for a stale page with --check.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from slurm_jwt_conformance.harness.mutants import catalogue
from tools.mutant_trials import page, trial
from tools.pages import FOLDER, keep, parser

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = FOLDER / "mutants.md"
"""The page, seen from the root of a checkout."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say, and return the exit code."""
    options = parser("tools.mutant_trials", __doc__, PAGE)
    options.add_argument("name", nargs="*", help="list what kills this mutant; write nothing")
    args = options.parse_args(arguments)
    named = [catalogue.named(name) for name in args.name]
    trials = trial.try_all(named or catalogue.MUTANTS.values())
    for one in trials if named else ():
        print(f"{one.name}: {', '.join(one.kills)}")
    faults = [f"{one.name}: {fault}" for one in trials for fault in page.faults(one)]
    for fault in faults:
        print(fault)
    stale = not named and keep(args.out, page.page(trials), check=args.check)
    return 1 if faults or stale else 0


if __name__ == "__main__":
    sys.exit(main())
