"""`python -m tools.branches` remakes docs/branches.md; --check says whether it is stale."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tools.branches.table import PAGE, lacking, page, table
from tools.pages import keep, parser

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or check it; return 1 if it was stale under --check, or if a branch lacks a side."""
    options = parser("tools.branches", "Tell what the cases reach in the model.", PAGE)
    chosen = options.parse_args(arguments)
    rows = table()
    faults = lacking(rows)
    for fault in faults:
        print(fault)
    stale = keep(chosen.out, page(rows), check=chosen.check)
    return 1 if faults or stale else 0


if __name__ == "__main__":
    sys.exit(main())
