"""A document as one HTML page that loads nothing, runs nothing and prints well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from slurm_jwt_reports.formats import rows
from slurm_jwt_reports.formats.shown import shown
from slurm_jwt_reports.template import environment, rendered, resource

if TYPE_CHECKING:
    from slurm_jwt_reports.diagnostic import Document


def render(document: Document) -> str:
    """Return the page."""
    document = shown(document)
    css = resource("page.css") + resource("document.css")
    return rendered(
        environment(),
        "document.html",
        css,
        "",
        document=document,
        reasons=rows.reasons(document),
        rows=rows.rows,
        location=rows.location,
        prose=prose,
        kind=lambda block: type(block).__name__,
    )


def prose(text: str) -> Markup:
    """Return a sentence as markup: what is in backticks is code."""
    parts = (
        Markup("<code>{}</code>").format(part) if is_code else escape(part)
        for part, is_code in rows.pieces(text)
    )
    return Markup("").join(parts)
