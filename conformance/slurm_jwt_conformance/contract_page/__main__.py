"""Make docs/contract-example.md: `python -m slurm_jwt_conformance.contract_page --page FILE`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from slurm_jwt_conformance.contract_page.blocks import markdown
from slurm_jwt_conformance.contract_page.documents import document
from slurm_jwt_conformance.contract_page.page import page
from slurm_jwt_conformance.contract_page.site import site

RELEASE = "24.11"


def example() -> str:
    """Return the page for a release's defaults: what it says of a site comes from that site alone."""
    return markdown(page(document(site(None, RELEASE, None, look=False))))


def main() -> int:
    """Write the page, or print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", metavar="FILE", type=Path, help="write it here (default: stdout)")
    args = parser.parse_args()
    if args.page:
        args.page.write_text(example(), encoding="utf-8")
    else:
        sys.stdout.write(example())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
