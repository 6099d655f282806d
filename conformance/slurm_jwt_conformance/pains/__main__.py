"""`python -m slurm_jwt_conformance.pains` writes docs/pains.md; --check tells whether it is stale."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from slurm_jwt_conformance import pages
from slurm_jwt_conformance.pains import page

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare the page; return 1 if it is stale."""
    return pages.main("slurm_jwt_conformance.pains", __doc__, page.PAGE, page.text, arguments)


if __name__ == "__main__":
    sys.exit(main())
