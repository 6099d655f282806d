"""A page as blocks, and its three forms: Markdown, HTML of one file, text for a terminal.

Texts in blocks are plain; what stands in backticks is code. Whatever comes from files is made safe by who
puts it into a block.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.site.changes.markdown import prose
from slurm_jwt_reports.redaction import visible_block

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from slurm_jwt_reports.terminal import Style


class Heading(NamedTuple):
    """A heading; level 1 is the page's title."""

    text: str
    level: int = 2


class Paragraph(NamedTuple):
    """A paragraph."""

    text: str


class Points(NamedTuple):
    """A list of points."""

    items: tuple[str, ...]


class Table(NamedTuple):
    """A table with a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Code(NamedTuple):
    """Code in a language, "" for none."""

    text: str
    language: str = ""


Block = Heading | Paragraph | Points | Table | Code


def markdown(blocks: Iterable[Block]) -> str:
    """Return the page as Markdown."""
    return "\n".join(line for block in blocks for line in (*_markdown(block), ""))


def _markdown(block: Block) -> Iterator[str]:
    match block:
        case Heading(text, level):
            yield f"{'#' * level} {prose(text)}"
        case Paragraph(text):
            yield prose(text)
        case Points(items):
            yield from (f"- {prose(item)}" for item in items)
        case Table(head, rows):
            yield f"| {' | '.join(head)} |"
            yield "|" + "---|" * len(head)
            yield from (f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows)
        case Code(text, language):
            yield f"```{language}"
            yield visible_block(text).rstrip("\n")
            yield "```"


def _cell(text: str) -> str:
    return re.sub(r"\\?\|", r"\\|", prose(text).replace("\n", " "))


STYLE = """\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;
background:#fff}table{border-collapse:collapse;width:100%;margin:1rem 0}td,th{border:1px solid #d0d7de;
padding:.4rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f6f8fa}
code,pre{font:.875em/1.5 ui-monospace,monospace}pre{background:#f6f8fa;padding:.8rem;overflow-x:auto}
code{background:#f6f8fa;overflow-wrap:anywhere}pre code{background:none}h2{margin-top:2rem}
@media (prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}th,code,pre{background:#161b22}
td,th{border-color:#30363d}}
"""


def as_html(blocks: Iterable[Block]) -> str:
    """Return the page as HTML: one file that loads nothing and runs nothing."""
    listed = list(blocks)
    title = next((block.text for block in listed if isinstance(block, Heading)), "")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{html.escape(title.replace('`', ''))}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    )
    return head + "\n".join(_html(block) for block in listed) + "\n</body>\n</html>\n"


def _html(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{_inline(text)}</h{level}>"
        case Paragraph(text):
            return f"<p>{_inline(text)}</p>"
        case Points(items):
            return "<ul>\n" + "\n".join(f"<li>{_inline(item)}</li>" for item in items) + "\n</ul>"
        case Table(head, rows):
            top = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in head)
            lines = ("".join(f"<td>{_inline(cell)}</td>" for cell in row) for row in rows)
            body = "\n".join(f"<tr>{line}</tr>" for line in lines)
            return f"<table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
        case Code(text):
            return f'<pre tabindex="0"><code>{html.escape(visible_block(text))}</code></pre>'


def _inline(text: str) -> str:
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return html.escape(text)
    return "".join(
        f"<code>{html.escape(piece)}</code>" if at % 2 else html.escape(piece)
        for at, piece in enumerate(pieces)
    )


def text(blocks: Iterable[Block], style: Style) -> str:
    """Return the page for a terminal."""
    return "\n".join(line for block in blocks for line in (*_text(block, style), ""))


def _text(block: Block, style: Style) -> Iterator[str]:
    match block:
        case Heading(words):
            yield style.paint(words, "head")
        case Paragraph(words):
            yield from style.wrap(words)
        case Points(items):
            for item in items:
                yield from style.wrap(item, "  - ")
        case Table(head, rows):
            yield from _text_table(head, rows, style)
        case Code(words):
            yield from (f"    {line}".rstrip() for line in visible_block(words).splitlines())


def _text_table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], style: Style) -> Iterator[str]:
    """Write a row as its first cell with the others below: columns would be too narrow to read."""
    for row in rows:
        yield f"  {style.paint(row[0], 'head')}"
        for name, cell in zip(head[1:], row[1:], strict=True):
            if cell:
                yield from style.wrap(cell, f"    {name}: " if name else "    ", "      ")
