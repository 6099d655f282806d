"""Make docs/contract-example.md: `python -m tools.guide_page`, or --check it."""

from __future__ import annotations

import sys

from slurm_jwt_conformance.site.contract.blocks import markdown
from slurm_jwt_conformance.site.contract.documents import document
from slurm_jwt_conformance.site.contract.page import page
from slurm_jwt_conformance.site.contract.site import site
from tools import pages

RELEASE = "24.11"
PAGE = pages.FOLDER / "contract-example.md"


def example() -> str:
    """Return the page for a release's defaults: what it says of a site comes from that site alone."""
    return markdown(page(document(site(None, RELEASE, None, look=False))))


if __name__ == "__main__":
    sys.exit(pages.main("tools.guide_page", __doc__, PAGE, example))
