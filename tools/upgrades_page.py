"""Make docs/upgrades.md: `python -m tools.upgrades_page`; --check tells whether it is stale."""

from __future__ import annotations

import sys

from slurm_jwt_conformance.site.changes.markdown import page
from tools import pages

PAGE = pages.FOLDER / "upgrades.md"

if __name__ == "__main__":
    sys.exit(pages.main("tools.upgrades_page", __doc__, PAGE, page))
