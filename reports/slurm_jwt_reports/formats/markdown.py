"""A document as Markdown, for a step summary, a ticket or a page; foreign text is escaped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slurm_jwt_reports.diagnostic import Bullets, Code, Paragraph, Section, Table
from slurm_jwt_reports.formats import rows
from slurm_jwt_reports.formats.shown import shown
from slurm_jwt_reports.output import mark
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_reports.diagnostic import Block, Diagnostic, Document

LIMIT = 8000
"""Characters of one text."""
MOST_BYTES = 900_000
"""GitHub does not show a step summary of more than 1,024 KiB."""
_SPECIAL = re.compile(
    r"[\\`*_{}\[\]<>#!|~$&@]|:(?=//)|(?<=www)\.|(?<=[Ww][Ww][Ww])\."
    r"|^[-+=](?=[ =-]|$)|(?:(?<=^\d)|(?<=^\d\d)|(?<=^\d{3}))[.)](?= )"
)
_CODE = re.compile(r"[\w.:/ =,+'\"@()\[\];-]+", re.ASCII)
_FENCE = re.compile("`{3,}")


def render(document: Document, kind: str = "markdown") -> str:
    """Return the text; a comment at its beginning names the generator, with this kind."""
    lines = [f"<!-- generator: {mark(kind)} -->", ""]
    size = 0
    for line in _lines(shown(document)):
        size += len(line.encode()) + 1
        if size > MOST_BYTES - 200:
            lines += ["", "The rest is left out here."]
            break
        lines.append(line)
    return "\n".join(lines) + "\n"


def escape(text: str, limit: int = 300) -> str:
    """Return foreign text on one line, in which Markdown and HTML are only text.

    Characters that Markdown reads become numeric character references, which no reader takes for a link, a
    mention, an image, a formula or HTML.
    """
    return _SPECIAL.sub(lambda match: f"&#{ord(match.group())};", one_line(text, limit))


def code(text: str, limit: int = 100) -> str:
    """Return a name as code if nothing in it can end the code, otherwise escaped."""
    line = one_line(text, limit)
    return f"`{line}`" if _CODE.fullmatch(line) and line == line.strip() else escape(text, limit)


def prose(text: str) -> str:
    """Return a sentence: what is in backticks stays code, the rest is escaped."""
    return "".join(code(part, LIMIT) if is_code else _escaped(part) for part, is_code in rows.pieces(text))


def _escaped(text: str) -> str:
    """Escape a part of a sentence and keep the spaces at its ends."""
    inner = text.strip(" ")
    lead, tail = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
    return f"{lead}{escape(inner, LIMIT)}{tail}" if inner else text


def _lines(document: Document) -> Iterator[str]:
    yield f"## {prose(document.title)}"
    yield from _outcome(document)
    if document.facts:
        if not rows.reasons(document):
            yield ""
        yield from (f"- {prose(fact.name)}: {prose(fact.value)}" for fact in document.facts)
    for diagnostic in document.diagnostics:
        yield from ("", *_diagnostic(diagnostic))
    for block in document.blocks:
        yield from ("", *_block(block, 3))
    if document.not_checked:
        yield from ("", "### Not checked", "")
        yield from (f"- {prose(text)}" for text in document.not_checked)
    for note in document.notes:
        yield from ("", f"**Note:** {prose(note)}")


def _outcome(document: Document) -> Iterator[str]:
    if document.outcome is not None:
        text = f" {prose(document.headline)}" if document.headline else ""
        yield from ("", f"**{document.outcome.verdict}**:{text}")
        if rows.reasons(document):
            yield ""
            yield from (f"- reason: {prose(reason)}" for reason in rows.reasons(document))
    elif document.headline:
        yield from ("", prose(document.headline))


def _diagnostic(diagnostic: Diagnostic) -> Iterator[str]:
    yield f"### {diagnostic.level}: {code(diagnostic.id)}"
    yield from ("", prose(diagnostic.message), "")
    place = diagnostic.place
    if place is not None and rows.location(place):
        yield f"- at: {code(rows.location(place), LIMIT)}"
    if place is not None and place.excerpt is not None:
        yield f"- text: {code(place.excerpt.text, LIMIT)}"
    for row in rows.rows(diagnostic):
        yield f"- {prose(row.name)}: {code(row.text, LIMIT) if row.exact else prose(row.text)}"


def _block(block: Block, level: int) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield prose(text)
        case Bullets(items, numbered):
            for number, item in enumerate(items, 1):
                yield f"{number}. {prose(item)}" if numbered else f"- {prose(item)}"
        case Code(text, language):
            fence = "`" * max(3, *(len(each) + 1 for each in _FENCE.findall(text)), 3)
            yield from (fence + re.sub(r"\W", "", language), text.rstrip("\n"), fence)
        case Table(columns, table_rows):
            yield f"| {' | '.join(map(prose, columns))} |"
            yield "|" + " --- |" * len(columns)
            yield from (f"| {' | '.join(map(prose, row))} |" for row in table_rows)
        case Section(title, blocks):
            yield f"{'#' * min(level, 6)} {prose(title)}"
            for part in blocks:
                yield from ("", *_block(part, level + 1))
