"""Render a report: every format of one run into one directory, each file whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_reports.errors import ResultsError
from slurm_jwt_reports.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slurm_jwt_reports.index import Results

FORMATS = {"html": "index.html", "junit": "junit.xml", "markdown": "summary.md"}
"""Name of each format and of the file that it makes."""


def render(
    results: Results, directory: str | os.PathLike[str], formats: Iterable[str] = tuple(FORMATS)
) -> list[Path]:
    """Write the formats into directory, made if need be, and give their paths; ValueError for unknown ones.

    All texts are made before the first is written; each file replaces an older one in one step.
    """
    texts = [(name, text_of(results, name)) for name in formats]
    folder = Path(directory)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_replace(folder / FORMATS[name], text) for name, text in texts]
    except OSError as error:
        place = one_line(str(error.filename or folder))
        raise ResultsError(
            f"{place} cannot be written: {error.strerror}. Make room or name another place; "
            "the results themselves are unharmed."
        ) from error


def text_of(results: Results, name: str) -> str:
    """Give the text of one format."""
    # Imported one by one: a summary does not need the page's template engine.
    if name == "html":
        from slurm_jwt_reports.html import page

        return page(results)
    if name == "junit":
        from slurm_jwt_reports.junit import junit

        return junit(results)
    if name == "markdown":
        from slurm_jwt_reports.markdown import markdown

        return markdown(results)
    raise ValueError(f"unknown format {name!r}; there are {', '.join(FORMATS)}")


def _replace(path: Path, text: str) -> Path:
    """Write a file beside path and put it in its place in one step."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, "utf-8", newline="\n")
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink()
        raise
    return path
