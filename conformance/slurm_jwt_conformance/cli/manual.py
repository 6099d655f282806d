"""How help looks: as wide as the terminal, paragraphs filled, examples and tables kept.

Descriptions and manuals.toml are plain paragraphs and, indented, lines of two columns: an example and what
it does, a word and what it means. This lays them out. It is loaded for --help alone.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_reports import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMNS = re.compile(r"( *\S.*?)( {2,})(\S.*)")
_EXIT_CODES = re.compile(r"\n+(?=exit codes?:)")  # they begin a paragraph
LEAST_TEXT = 24
"""Columns that the text after an example needs; with fewer columns it goes on the next line."""


@cache
def ends() -> dict[str, str]:
    """Return the end of each command's manual by the command's words: examples, then exit codes."""
    return tomllib.loads(Path(__file__).with_name("manuals.toml").read_text("utf-8"))


def lay_out(parser: argparse.ArgumentParser) -> None:
    """Let this parser and those of its subcommands show their manuals in this form."""
    for each in all_parsers(parser):
        each.formatter_class = Manual
        each.epilog = ends().get(each.prog.removeprefix("slurm-jwt "), each.epilog)


def all_parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield this parser and those of its subcommands, at any depth."""
    yield parser
    for action in parser._actions:  # noqa: SLF001 - argparse offers no public list of its actions
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            for child in dict.fromkeys(action.choices.values()):
                yield from all_parsers(child)


class Manual(argparse.HelpFormatter):
    """Fills paragraphs to the width of stdout; the extension that argparse knows is to override this."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=terminal.width(sys.stdout))

    def _fill_text(self, text: str, width: int, indent: str) -> str:  # noqa: ARG002 - argparse passes it
        return "\n".join(_filled(text, width))


def _filled(text: str, width: int) -> list[str]:
    lines: list[str] = []
    paragraph: list[str] = []
    for line in [*_rows(_EXIT_CODES.sub("\n\n", text.strip("\n")).split("\n")), ""]:
        if line.strip() and not line.startswith(" "):
            paragraph.append(line)
            continue
        if paragraph:
            lines += terminal.wrap(" ".join(paragraph), width)
            paragraph = []
        lines += _kept(line, width)
    return lines[1:-1]  # without the empty rows around


def _rows(lines: list[str]) -> Iterator[str]:
    """Join what goes on in the second column with its first line."""
    row = ""
    for line in lines:
        columns = _COLUMNS.fullmatch(row)
        if columns is not None and len(line) - len(line.lstrip()) == columns.start(3):
            row = f"{row} {line.lstrip()}"
            continue
        yield row
        row = line
    yield row


def _kept(line: str, width: int) -> list[str]:
    """Return an indented line as it is, or its second column in lines of its own."""
    columns = _COLUMNS.fullmatch(line)
    if columns is None or len(line) <= width:
        return [line]
    left, gap, right = columns.groups()
    start = left + gap
    if width - len(start) >= LEAST_TEXT:
        return terminal.wrap(right, width, start)
    return [left, *terminal.wrap(right, width, " " * 8)]
