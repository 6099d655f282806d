"""The formats of a tool's document: one module a format, each with `render(document) -> str`.

Every module shows the outcome of the document and decides nothing again. The modules are imported one by
one: text does not need the template engine of html.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt_reports.diagnostic import Document

MODULES = {
    "json": "json_text",
    "junit": "junit",
    "sarif": "sarif",
    "markdown": "markdown",
    "html": "html",
}
"""Each format, and its module. Text for a terminal is not here: its `render` also takes a style."""


def render(name: str, document: Document) -> str:
    """Return the document in the format of this name."""
    module = import_module(f"slurm_jwt_reports.formats.{MODULES[name]}")
    write: Callable[[Document], str] = module.render
    return write(document)
