"""A document as a page of docs/ or as a part of one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slurm_jwt_reports import formats

if TYPE_CHECKING:
    from slurm_jwt_reports.diagnostic import Document


def markdown(document: Document, level: int = 1) -> str:
    """Return the document as Markdown without the generator's mark. level: of its first heading."""
    text = formats.render("markdown", document).partition("\n\n")[2]
    return re.sub("^##(#*) ", lambda found: "#" * (level + len(found[1])) + " ", text, flags=re.MULTILINE)
