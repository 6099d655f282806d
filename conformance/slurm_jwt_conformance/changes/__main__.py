"""Make docs/upgrades.md: `python -m slurm_jwt_conformance.changes`; --check tells whether it is stale."""

from __future__ import annotations

import sys

from slurm_jwt_conformance import pages
from slurm_jwt_conformance.changes.markdown import page

PAGE = pages.FOLDER / "upgrades.md"

if __name__ == "__main__":
    sys.exit(pages.main("slurm_jwt_conformance.changes", __doc__, PAGE, page))
