"""`python -m scenarios` writes docs/pains.md; --check tells whether it is stale."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from scenarios import page
from tools import pages

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare the page; return 1 if it is stale."""
    return pages.main("scenarios", __doc__, page.PAGE, page.text, arguments)


if __name__ == "__main__":
    sys.exit(main())
