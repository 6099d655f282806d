"""Make docs/upgrades.md: `python -m slurm_jwt_conformance.changes --page FILE`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from slurm_jwt_conformance.changes.markdown import page


def main() -> int:
    """Write the page, or print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", metavar="FILE", type=Path, help="write it here (default: stdout)")
    args = parser.parse_args()
    if args.page:
        args.page.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
