"""The table of the lines that Slurm's sources log, and the meaning of those without a hand-written entry.

`python -m tools.slurm_lines` writes slurm_lines.json. line_meanings.toml is written by hand.
`find` looks for the fixed texts of a format string, in their order. Its time is linear in the line's length.
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
_FUNCTION = re.compile(r"(?<!\w)(\w+): ")


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


class _Group(NamedTuple):
    """The fixed texts of a message, and the lines that have this message."""

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
    """Return the lines of the table that this text can be, by the function that the text names, if any."""
    for group in _groups():
        if _fits(group.texts, text):
            names = set(_FUNCTION.findall(text))
            return tuple(line for line in group.lines if line.function in names) or _alike(group)
    return ()


def _alike(group: _Group) -> tuple[Line, ...]:
    """Return the lines of a group, and those that go on after its text: the text may be cut."""
    if len(group.texts) > 1:
        return group.lines
    return tuple(line for line in lines() if line.message.startswith(group.texts[0]))


def _fits(texts: tuple[str, ...], text: str) -> bool:
    at = 0
    for each in texts:
        at = text.find(each, at)
        if at < 0:
            return False
        at += len(each)
    return True


@cache
def _groups() -> tuple[_Group, ...]:
    """Return the messages, the longest fixed text first: it is the most particular."""
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line in lines():
        texts = tuple(filter(None, (part.strip(" '`") for part in _VALUE.split(line.message))))
        groups.setdefault(texts, []).append(line)
    longest = sorted(groups, key=lambda texts: -sum(map(len, texts)))
    return tuple(_Group(texts, tuple(groups[texts])) for texts in longest)


@cache
def message(text: str) -> Message | None:
    """Return what a message of the table means; None if a hand-written entry explains it."""
    for entry in entries():
        if text in entry.lines:
            name = "-".join(re.findall(r"[A-Za-z0-9]+", _VALUE.sub("", text))).lower()
            causes = tuple(Cause(cause) for cause in entry.causes)
            return Message(f"{entry.id}.{name}", entry.place, None, entry.lines[text], causes, entry.next)
    return None
