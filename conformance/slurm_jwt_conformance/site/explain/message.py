"""The hand-written entries of the catalogue of log lines, read from data/*.toml."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from slurm_jwt.slurmctld import releases

FOLDER = Path(__file__).parent / "data"
FILES = ("restd", "token", "settings", "daemon", "client", "answers", "issuer")
"""The files of entries, the particular before the general: the first pattern that fits explains a line."""


class Cause(NamedTuple):
    """A possible cause of a message, in the releases from `since` to `until`, both included."""

    text: str
    since: str = releases.OLDEST
    until: str = releases.NEWEST


class Message(NamedTuple):
    """A message of Slurm: where it is logged, what it means, what may have caused it, what to look at next.

    The pattern finds the message anywhere in a line; `means` may name the pattern's groups in braces.
    A message of table.py has no pattern, because the table finds it.
    """

    id: str
    place: str
    pattern: re.Pattern[str] | None
    means: str
    causes: tuple[Cause, ...]
    next: tuple[str, ...]
    since: str = releases.OLDEST
    until: str = releases.NEWEST


class _Cause(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    since: str = releases.OLDEST
    until: str = releases.NEWEST


class _Message(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    place: str
    pattern: str
    means: str
    causes: tuple[_Cause, ...] = ()
    next: tuple[str, ...] = ()
    since: str = releases.OLDEST
    until: str = releases.NEWEST


class _File(msgspec.Struct, forbid_unknown_fields=True):
    message: tuple[_Message, ...]


@cache
def messages() -> tuple[Message, ...]:
    """Return every hand-written entry, the particular before the general."""
    shared = msgspec.toml.decode((FOLDER / "texts.toml").read_bytes(), type=dict[str, str])
    return tuple(
        _entry(each, {f"@{name}": text for name, text in shared.items()})
        for name in FILES
        for each in msgspec.toml.decode((FOLDER / f"{name}.toml").read_bytes(), type=_File).message
    )


def _entry(one: _Message, shared: dict[str, str]) -> Message:
    """Return an entry with its pattern compiled and the shared texts in place."""
    causes = tuple(Cause(shared.get(each.text, each.text), each.since, each.until) for each in one.causes)
    advice = tuple(shared.get(text, text) for text in one.next)
    place = shared.get(one.place, one.place)
    pattern = re.compile(one.pattern)
    return Message(one.id, place, pattern, one.means, causes, advice, one.since, one.until)
