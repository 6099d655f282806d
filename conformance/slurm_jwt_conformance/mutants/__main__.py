"""Try all mutants and write docs/mutants.md, or list all that kills some of them.

Ends with 1 where a mutant survives, crashes or is too blunt, and for a stale page under --check.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.coverage import is_stale
from slurm_jwt_conformance.mutants import catalogue, page, trial

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = Path("docs", "mutants.md")
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
    stale = not chosen and _is_stale(options.out, page.page(trials), check=options.check)
    return 1 if wrong or (stale and options.check) else 0


def _is_stale(path: Path, text: str, *, check: bool) -> bool:
    stale = is_stale(path, text)
    if stale and not check:
        path.write_text(text, encoding="utf-8")
    if stale:
        _say(f"{'stale' if check else 'written'}: {path.name}")
    return stale


def _say(text: str) -> None:
    print(text)  # noqa: T201 - a command's output


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m slurm_jwt_conformance.mutants", description=__doc__)
    parser.add_argument("name", nargs="*", help="list what kills this mutant; write nothing")
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    parser.add_argument("--out", type=Path, default=PAGE, help="the page (default: docs/mutants.md)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
