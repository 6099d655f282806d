"""The documentation's page of the studies: one table a study, the releases side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_vectors.studies import load_studies
from tools import pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from slurm_jwt_vectors.studies import StudiedRelease, StudyRow

_INTRODUCTION = """\
# What real Slurm does with tokens

Everything below was asked of real daemons, in the releases that Debian carries, and recorded; nothing is
from memory. `python -m tools.studies --release 24.11` asks a release again, and with `--check` compares its
answers with the record. `python -m tools.regenerate studies` writes this page.
"""
_ABSENT = "-"


def render(records: Mapping[str, StudiedRelease]) -> str:
    """Return the page, in Markdown, for records by release."""
    parts = [_INTRODUCTION, *_versions(records)]
    studies = {name: study for record in records.values() for name, study in record.studies.items()}
    for name, study in studies.items():
        parts += [f"## {_text(study.title)}\n", f"{_text(study.about)}\n", *_tables(name, records)]
    return "\n".join(parts)


def _versions(records: Mapping[str, StudiedRelease]) -> Iterator[str]:
    yield "| release | Slurm | libjwt | recorded |"
    yield "|---|---|---|---|"
    for release, record in records.items():
        yield f"| {release} | {_text(record.slurm)} | {_text(record.libjwt)} | {record.recorded} |"
    yield ""


def _tables(name: str, records: Mapping[str, StudiedRelease]) -> Iterator[str]:
    """Yield a study's table, and what daemons and clients said in words."""
    by_release = {
        release: {row.id: row for row in record.studies[name].rows}
        for release, record in records.items()
        if name in record.studies
    }
    asked = {row.id: row for rows in by_release.values() for row in rows.values()}
    reference = any(row.reference for row in asked.values())
    heads = ["", *by_release, *(["reference"] if reference else [])]
    yield _line(heads)
    yield "|" + "---|" * len(heads)
    for row_id, row in asked.items():
        cells = [rows[row_id].result if row_id in rows else _ABSENT for rows in by_release.values()]
        more = [row.reference or _ABSENT] if reference else []
        yield _line([_text(row.ask), *map(_text, cells), *map(_text, more)])
    yield ""
    yield from _details(asked, by_release)


def _details(
    asked: Mapping[str, StudyRow], by_release: Mapping[str, Mapping[str, StudyRow]]
) -> Iterator[str]:
    """Yield the words of clients and logs, folded away; releases that say the same share a line."""
    lines = []
    for row_id, row in asked.items():
        told: dict[str, list[str]] = {}
        for release, rows in by_release.items():
            if row_id in rows and (said := _said(rows[row_id])):
                told.setdefault(said, []).append(release)
        if told:
            lines.append(f"- {_text(row.ask)}")
            lines += [f"  - {', '.join(releases)}: {said}" for said, releases in told.items()]
    if lines:
        yield from (
            "<details><summary>In the words of clients and logs</summary>\n",
            *lines,
            "\n</details>\n",
        )


def _said(row: StudyRow) -> str:
    parts = []
    if row.exit:
        parts.append(f"exit code {row.exit}")
    if row.message:
        parts.append(f"client: {_code(row.message)}")
    if row.log:
        parts.append(f"log: {_code(row.log)}")
    return "; ".join(parts)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(value: str) -> str:
    """Escape what Markdown or HTML would take for its own."""
    for char in "\\`*_[]|":
        value = value.replace(char, f"\\{char}")
    return value.replace("&", "&amp;").replace("<", "&lt;")


def _code(value: str) -> str:
    """Return text as code, whatever backquotes are in it."""
    fence = "`"
    while fence in value:
        fence += "`"
    pad = " " if "`" in value else ""
    return f"{fence}{pad}{value}{pad}{fence}"


def files() -> dict[Path, bytes]:
    """Return the page, made from the records of all releases."""
    return {pages.FOLDER / "slurm-studies.md": render(load_studies()).encode()}
