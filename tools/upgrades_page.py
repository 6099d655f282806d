"""The page docs/upgrades.md: what changes from each recorded release to the next."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site.changes.comparison import compare
from slurm_jwt_conformance.site.changes.document import document
from tools.document_page import markdown

PAGE = Path("docs/upgrades.md")
HEAD = """\
# What an upgrade of Slurm changes for tokens

This page compares the four releases that the lab has recorded, each with the libjwt of its Debian suite.
*observed*: recorded from real daemons of both releases. *modelled*: read from the sources of Slurm and
libjwt. For other releases and for your own slurm.conf, run:

    slurm-jwt changes 22.05 24.11 --conf /etc/slurm/slurm.conf

`python -m tools.regenerate upgrades` makes this page.
"""


def files() -> dict[Path, bytes]:
    """Return the page."""
    pairs = pairwise(map(releases.parse, releases.RECORDED))
    parts = [HEAD, *(markdown(document(compare(old, new)), level=2) for old, new in pairs)]
    return {PAGE: "\n".join(parts).encode()}
