"""`python -m slurm_jwt_conformance.branches` remakes docs/branches.md; --check says whether it is stale."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.branches.table import PAGE, is_stale, lacking, page, table

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or check it; return 1 if it was stale under --check, or if a branch lacks a side."""
    options = _options(arguments)
    rows = table()
    text, faults = page(rows), lacking(rows)
    for fault in faults:
        print(fault)  # noqa: T201 - a command's output
    stale = is_stale(options.out, text)
    if stale and not options.check:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text, encoding="utf-8")
    if stale:
        print(f"{'stale' if options.check else 'written'}: {options.out.name}")  # noqa: T201 - as above
    return 1 if faults or (stale and options.check) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m slurm_jwt_conformance.branches", description="Tell what the cases reach in the model."
    )
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    parser.add_argument("--out", type=Path, default=PAGE, help="the page (default: docs/branches.md)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
