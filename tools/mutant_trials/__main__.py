"""Try all mutants and write docs/mutants.md, or list all that kills some of them.

Ends with 1 where a mutant survives, crashes or is too blunt, and for a stale page under --check.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from slurm_jwt_conformance.harness.mutants import catalogue
from tools.mutant_trials import page, trial
from tools.pages import FOLDER, keep, parser

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

PAGE = FOLDER / "mutants.md"
"""The page, seen from the root of a checkout."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say, and return the exit code."""
    options = _options(arguments)
    chosen = [catalogue.named(name) for name in options.name]
    trials = trial.try_all(chosen or catalogue.MUTANTS.values())
    for one in trials if chosen else ():
        _say(f"{one.name}: {', '.join(one.kills)}")
    wrong = [f"{one.name}: {fault}" for one in trials for fault in page.faults(one)]
    for fault in wrong:
        _say(fault)
    stale = not chosen and keep(options.out, page.page(trials), check=options.check)
    return 1 if wrong or stale else 0


def _say(text: str) -> None:
    print(text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    options = parser("tools.mutant_trials", __doc__, PAGE)
    options.add_argument("name", nargs="*", help="list what kills this mutant; write nothing")
    return options.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
