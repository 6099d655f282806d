"""Render a report: every format of one run into one directory, each file whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slurm_jwt_reports.stream.index import Results

FORMATS = {
    "html": "index.html",
    "junit": "junit.xml",
    "markdown": "summary.md",
    "sarif": "results.sarif",
    "badge": "badge.json",
    "json": "summary.json",
}
"""Name of each format and of the file that it makes."""
USUAL = ("html", "junit", "markdown")
"""What a run writes by itself."""
_WRITERS = {
    "html": ("page.html", "page"),
    "junit": ("run.junit", "junit"),
    "markdown": ("run.markdown", "markdown"),
    "sarif": ("run.sarif", "sarif"),
    "badge": ("run.badge", "badge"),
    "json": ("run.summary", "summary"),
}
"""Module and function that make the text of each format."""


def render(
    results: Results,
    directory: str | os.PathLike[str],
    formats: Iterable[str] = USUAL,
    baseline: Results | None = None,
) -> list[Path]:
    """Write the formats into directory, made if need be, and give their paths; ValueError for unknown ones.

    baseline: an earlier run; the page then shows what is new since.
    All texts are made before the first is written; each file replaces an older one in one step.
    """
    texts = [(name, text_of(results, name, baseline)) for name in formats]
    return written(Path(directory), [(FORMATS[name], text) for name, text in texts])


def written(folder: Path, texts: Iterable[tuple[str, str]]) -> list[Path]:
    """Write texts, each with the name of its file, into a folder; Problem where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_replace(folder / name, text) for name, text in texts]
    except OSError as error:
        place = one_line(str(error.filename or folder))
        raise Problem(
            f"{place} cannot be written: {error.strerror}. Make room or name another place; "
            "the results themselves are unharmed."
        ) from error


def text_of(results: Results, name: str, baseline: Results | None = None) -> str:
    """Give the text of one format; only the page makes use of a baseline."""
    if name not in _WRITERS:
        raise ValueError(f"unknown format {name!r}; there are {', '.join(FORMATS)}")
    module, function = _WRITERS[name]
    # Imported one by one: a summary does not need the page's template engine.
    write = getattr(import_module(f"slurm_jwt_reports.{module}"), function)
    text: str = write(results, baseline) if name == "html" else write(results)
    return text


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
