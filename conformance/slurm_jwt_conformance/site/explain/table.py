"""The table of the lines that Slurm's sources log, and what the lines mean that no entry in Python explains.

`python -m tools.slurm_lines` writes slurm_lines.json from Slurm's sources. line_meanings.toml is hand-written.
`find` finds a line by the fixed texts of its format string, in their order. That is linear in the line's length.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from slurm_jwt_conformance.site.explain.message import Cause, Message

PLACE = Path(__file__).parent / "data" / "slurm_lines.json"
_MEANINGS = PLACE.with_name("line_meanings.toml")
_VALUE = re.compile(r"%(?!%)[-+ #0]*\d*(?:hh|h|ll|l|z)?[a-zA-Z]|\n")


class Line(msgspec.Struct, frozen=True):
    """A line that a function of Slurm logs, in the series from `since` to `until`, both included."""

    file: str
    function: str
    level: str
    format: str
    since: str
    until: str

    @property
    def message(self) -> str:
        """Return the format string without the name of its function or plugin."""
        return self.format.removeprefix(f"{self.function}: ").removeprefix("auth/jwt: ")


class Entry(msgspec.Struct, frozen=True):
    """What lines of the same kind mean: a sentence each, with common causes and advice."""

    id: str
    place: str
    causes: tuple[str, ...]
    next: tuple[str, ...]
    lines: dict[str, str]


class _Table(msgspec.Struct):
    origin: str
    newest: tuple[str, ...]
    lines: tuple[Line, ...]


class _Meanings(msgspec.Struct):
    entry: tuple[Entry, ...]


class _Format(NamedTuple):
    """The fixed texts of a format string, and the lines that have it."""

    texts: tuple[str, ...]
    lines: tuple[Line, ...]


@cache
def lines() -> tuple[Line, ...]:
    """Return every line of the table."""
    return msgspec.json.decode(PLACE.read_bytes(), type=_Table).lines


@cache
def entries() -> tuple[Entry, ...]:
    """Return every entry of line_meanings.toml."""
    return msgspec.toml.decode(_MEANINGS.read_bytes(), type=_Meanings).entry


def find(text: str) -> tuple[Line, ...]:
    """Return the lines of the table that this text can be: with the function's name, or without it."""
    for formats in (_formats(), _messages()):
        for each in formats:
            if _fits(each.texts, text):
                return each.lines
    return ()


def _fits(texts: tuple[str, ...], text: str) -> bool:
    at = 0
    for each in texts:
        at = text.find(each, at)
        if at < 0:
            return False
        at += len(each)
    return True


@cache
def _formats() -> tuple[_Format, ...]:
    return _grouped({line: line.format for line in lines()})


@cache
def _messages() -> tuple[_Format, ...]:
    return _grouped({line: line.message for line in lines()})


def _grouped(formats: dict[Line, str]) -> tuple[_Format, ...]:
    """Return the formats, the longest fixed text first: it is the most particular."""
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line, text in formats.items():
        groups.setdefault(tuple(part.strip() for part in _VALUE.split(text) if part.strip()), []).append(line)
    longest = sorted(groups, key=lambda texts: -sum(map(len, texts)))
    return tuple(_Format(texts, tuple(groups[texts])) for texts in longest)


@cache
def message(text: str) -> Message | None:
    """Return what a message of the table means; None if an entry in Python explains it."""
    for entry in entries():
        if text in entry.lines:
            name = "-".join(re.findall(r"[A-Za-z0-9]+", _VALUE.sub("", text))).lower()
            causes = tuple(Cause(cause) for cause in entry.causes)
            return Message(
                f"{entry.id}.{name[:60]}", entry.place, None, entry.lines[text], causes, entry.next
            )
    return None
