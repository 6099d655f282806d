"""Render a report: every format of one run into one directory, each file whole or not at all."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_reports.output import File, is_ours, make_folder, replaceable, write_all

if TYPE_CHECKING:
    import os
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
KINDS = {name: name if name == "badge" else f"run {name}" for name in FORMATS}
"""The kind of each format, for its generator mark."""
USUAL = ("html", "junit", "markdown")
"""What a run writes by itself."""
_WRITERS = {
    "html": ("page.html", "page"),
    "junit": ("run.junit", "junit"),
    "markdown": ("run.document", "markdown"),
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
    *,
    overwrite: bool = False,
) -> list[Path]:
    """Write the formats into directory, made if need be, and give their paths; ValueError for unknown ones.

    baseline: an earlier run; the page then shows what is new since.
    overwrite: replace regular files that slurm-jwt did not write. All texts are rendered, and all places
    checked, before the first file is written; a Problem says which file cannot be.
    """
    texts = [(name, text_of(results, name, baseline)) for name in formats]
    folder = str(directory)
    files = [File(f"{folder}/{FORMATS[name]}", text, KINDS[name]) for name, text in texts]
    make_folder(folder)
    write_all(files, overwrite=overwrite)
    return [Path(file.path) for file in files]


def demand_replaceable(directory: str, formats: Iterable[str] = USUAL, *, overwrite: bool = False) -> None:
    """Raise a Problem if a file there is not an earlier one of its format; call this before a run."""
    for name in formats:
        replaceable(File(f"{directory}/{FORMATS[name]}", "", KINDS[name]), overwrite=overwrite)


def remove_former(directory: str | os.PathLike[str], *, site: bool = False) -> None:
    """Remove the reports of an earlier run: beside new results they would be taken for theirs.

    site: the pages of a site too, here and in site/.
    """
    places = [(f"{directory}/{file}", KINDS[name]) for name, file in FORMATS.items()]
    if site:
        folders = [Path(directory), *Path(directory).glob("site/*")]
        places += [(f"{folder}/site.{end}", f"site {end}") for folder in folders for end in ("html", "json")]
    for path, kind in places:
        if is_ours(path, kind):
            Path(path).unlink()


def text_of(results: Results, name: str, baseline: Results | None = None) -> str:
    """Give the text of one format; only the page makes use of a baseline."""
    if name not in _WRITERS:
        raise ValueError(f"unknown format {name!r}; there are {', '.join(FORMATS)}")
    module, function = _WRITERS[name]
    # Imported one by one: a summary does not need the page's template engine.
    write = getattr(import_module(f"slurm_jwt_reports.{module}"), function)
    text: str = write(results, baseline) if name == "html" else write(results)
    return text
