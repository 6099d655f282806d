"""A document for a terminal: the verdict first, then one diagnostic after the other, as compilers do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_reports.diagnostic import Bullets, Code, Paragraph, Section, Table
from slurm_jwt_reports.formats import rows
from slurm_jwt_reports.formats.excerpt import fit
from slurm_jwt_reports.formats.shown import shown
from slurm_jwt_reports.terminal import Style, room

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from slurm_jwt_reports.diagnostic import Block, Diagnostic, Document, Place

COLOURS = {"pass": "sound", "fail": "error", "undetermined": "warning"}
_LONGEST_NAME = 12


def render(document: Document, style: Style | None = None) -> str:
    """Return the document as text; without a style: 80 columns, no colour."""
    return "\n".join(_lines(shown(document), style or Style())) + "\n"


def _lines(document: Document, style: Style) -> Iterator[str]:
    yield from _head(document, style)
    for diagnostic in document.diagnostics:
        yield ""
        yield from _diagnostic(diagnostic, style)
    yield from _blocks(document.blocks, style)
    if document.not_checked:
        yield from ("", style.paint("not checked", "head"))
        for text in document.not_checked:
            yield from style.wrap(text, "  - ")
    for note in document.notes:
        yield ""
        yield from style.wrap(note, f"{style.paint('note', 'note')}: ", "  ")


def _head(document: Document, style: Style) -> Iterator[str]:
    text = document.headline or document.title
    if document.outcome is None:
        yield from style.wrap(text, "", "  ")
    else:
        verdict = document.outcome.verdict
        yield from style.wrap(text, f"{style.paint(verdict, COLOURS[verdict])}: ", "  ")
        for reason in rows.reasons(document):
            yield from style.wrap(reason, "  reason: ")
    names = _column(fact.name for fact in document.facts)
    for fact in document.facts:
        yield from style.wrap(fact.value, f"  {fact.name + ':':<{names}} ")


def _column(names: Iterable[str]) -> int:
    """Return the width of a column of names, each with its colon."""
    widths = [len(name) + 1 for name in names if len(name) < _LONGEST_NAME]
    return max(widths, default=0)


def _diagnostic(diagnostic: Diagnostic, style: Style) -> Iterator[str]:
    tag = style.paint(f"{diagnostic.level}[{diagnostic.id}]", diagnostic.level)
    yield from style.wrap(diagnostic.message, f"{tag} ", "  ")
    if diagnostic.place is not None:
        yield from _place(diagnostic.place, diagnostic.level, style)
    shown_rows = list(rows.rows(diagnostic))
    names = _column(row.name for row in shown_rows)
    for row in shown_rows:
        head = f"  {row.name + ':':<{names}} "
        yield from [head + row.text] if row.exact else style.wrap(row.text, head)


def _place(place: Place, level: str, style: Style) -> Iterator[str]:
    where = rows.location(place)
    if where and (place.file or place.excerpt is None):
        yield f"  --> {where}"
    if place.excerpt is None:
        return
    label = str(place.line) if place.file and place.line else place.part
    margin = " " * room(label)
    text, marks = fit(place.excerpt, style.width - room(label) - 5)
    if place.file:
        yield f"  {margin} |"
    yield f"  {label} | {text}"
    if marks:
        yield f"  {margin} | {' ' * (len(marks) - len(marks.lstrip()))}{style.paint(marks.lstrip(), level)}"


def _blocks(blocks: tuple[Block, ...], style: Style) -> Iterator[str]:
    for block in blocks:
        yield ""
        yield from _block(block, style)


def _block(block: Block, style: Style) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield from style.wrap(text)
        case Bullets(items, numbered):
            for number, item in enumerate(items, 1):
                yield from style.wrap(item, f"  {number}. " if numbered else "  - ")
        case Code(text):
            yield from (f"    {line}".rstrip() for line in text.splitlines())
        case Table():
            yield from _table(block, style)
        case Section(title, blocks):
            yield style.paint(title, "head")
            for before, part in zip((None, *blocks), blocks, strict=False):
                together = before is None or (isinstance(before, Paragraph) and isinstance(part, Bullets))
                yield from [] if together else [""]
                yield from _block(part, style)


def _table(table: Table, style: Style) -> Iterator[str]:
    """Yield aligned columns where they fit, otherwise each row as its first cell with the others below."""
    cells = [table.columns, *table.rows]
    widths = [max(map(room, column)) for column in zip(*cells, strict=True)]
    if sum(widths) + 2 * len(widths) <= style.width:
        for at, row in enumerate(cells):
            padded = (cell + " " * (width - room(cell)) for cell, width in zip(row, widths, strict=True))
            line = f"  {'  '.join(padded)}".rstrip()
            yield style.paint(line, "dim") if at == 0 else line
        return
    for row in table.rows:
        yield from style.wrap(row[0], "  ")
        for name, cell in zip(table.columns[1:], row[1:], strict=True):
            if cell:
                yield from style.wrap(cell, f"    {name}: " if name else "    ", "      ")
