"""Make docs/contract-example.md: `python -m slurm_jwt_conformance.contract_page`, or --check it."""

from __future__ import annotations

import sys

from slurm_jwt_conformance import pages
from slurm_jwt_conformance.contract_page.blocks import markdown
from slurm_jwt_conformance.contract_page.documents import document
from slurm_jwt_conformance.contract_page.page import page
from slurm_jwt_conformance.contract_page.site import site

RELEASE = "24.11"
PAGE = pages.FOLDER / "contract-example.md"


def example() -> str:
    """Return the page for a release's defaults: what it says of a site comes from that site alone."""
    return markdown(page(document(site(None, RELEASE, None, look=False))))


if __name__ == "__main__":
    sys.exit(pages.main("slurm_jwt_conformance.contract_page", __doc__, PAGE, example))
