"""Strict JSON in bounded work: what RFC 8259 allows, and notes on what it advises against.

Python's own parser does the reading. It is told to refuse the constants that it
adds to JSON, it never sees what would overflow its stack, and it never converts an
integer long enough to cost quadratic time or to meet Python's limit on digits.
"""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate
from json import JSONDecodeError, JSONDecoder
from typing import Any, NamedTuple, NoReturn

MAX_DEPTH = 64
MAX_EXACT = 2**53 - 1
_SURELY_EXACT_DIGITS = 15
_MAX_DIGITS = 400
_HUGE: int = 10**_MAX_DIGITS

# Every backslash of a JSON text starts an escape; a pair of surrogates is one alternative,
# a lone one the captured other, so that "\\ud800" (a backslash, then text) is not taken for one.
_ESCAPE = (
    r"(?s)\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)

# Whole strings, one that lacks its end among them, and all other text between brackets.
_NO_BRACKETS = r'(?s)"(?:[^"\\]++|\\.)*+"?|[^\[\]{}"]++'

Flaw = tuple[str, str]
"""The second half of a rule id, such as "json", and what was found."""


class Reading(NamedTuple):
    """A JSON object read, or None, and its flaws."""

    members: dict[str, Any] | None
    flaws: list[Flaw]


def read_object(raw: bytes) -> Reading:
    """Read the JSON object of a header or of claims.

    The first of the flaws utf8, json and object ends the reading. The others are
    notes: bom, depth, numbers, unicode, duplicate. Only the outermost object's
    names count as duplicates, since RFC 7515 4 and RFC 7519 4 speak of header
    parameters and claims.
    """
    flaws = []
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return Reading(None, [("utf8", f"byte 0x{raw[error.start]:02x} at {error.start} is not UTF-8")])
    if text.startswith("\ufeff"):
        flaws.append(("bom", "a byte order mark"))
        text = text[1:]
    try:
        value, notes = _parse(text)
    except ValueError as error:
        return Reading(None, [*flaws, ("json", _why(error))])
    if not isinstance(value, dict):
        return Reading(None, [*flaws, ("object", f"a JSON {type_name(value)}")])
    if "\\u" in text and any(escape[1] for escape in re.finditer(_ESCAPE, text)):
        notes.append(("unicode", "a lone surrogate"))
    return Reading(value, flaws + notes)


def type_name(value: object) -> str:
    """Give the JSON name of a value's type."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _why(error: ValueError) -> str:
    """Say what is wrong with the text, without the text."""
    if isinstance(error, JSONDecodeError):
        return f"{error.msg} at character {error.pos} of {len(error.doc)}"
    return str(error)


def _parse(text: str) -> tuple[object, list[Flaw]]:
    """Read a text without more ado if it is plain, else note what is not; a ValueError: no JSON."""
    deep = text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH
    if not deep:
        try:
            return _PLAIN.decode(text), []
        except _NotPlainError:
            pass
    return _parse_with_notes(text, deep)


def _depth(text: str) -> int:
    """Tell how deep a text nests, as far as it is JSON."""
    brackets = re.sub(_NO_BRACKETS, "", text)
    return max(accumulate(1 if bracket in "[{" else -1 for bracket in brackets), default=0)


class _NotPlainError(Exception):
    """The text holds something to be noted."""


def _plain_integer(digits: str) -> int:
    if len(digits) > _SURELY_EXACT_DIGITS:
        raise _NotPlainError
    return int(digits)


def _plain_fraction(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _NotPlainError
    return value


def _plain_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _NotPlainError
    return members


def _bounded_integer(digits: str) -> int:
    if len(digits) <= _MAX_DIGITS:
        return int(digits)
    return -_HUGE if digits.startswith("-") else _HUGE


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_PLAIN = JSONDecoder(
    object_pairs_hook=_plain_members,
    parse_int=_plain_integer,
    parse_float=_plain_fraction,
    parse_constant=_refuse_constant,
)


def _parse_with_notes(text: str, deep: bool) -> tuple[object, list[Flaw]]:
    """Read a text that may nest too deep, hold numbers of any size or repeat a name."""
    inexact: list[str] = []
    objects: list[list[tuple[str, Any]]] = []

    def integer(digits: str) -> int:
        value = _bounded_integer(digits)
        if not -MAX_EXACT <= value <= MAX_EXACT:
            inexact.append(f"an integer of {len(digits.lstrip('-'))} digits")
        return value

    def fraction(digits: str) -> float:
        value = float(digits)
        if math.isinf(value):
            inexact.append("a number beyond the range of doubles")
        return value

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        objects.append(pairs)  # objects close from the inside out: the outermost one comes last
        return dict(pairs)

    notes = []
    if deep:
        from slurm_jwt.deep_json import cut  # hostile tokens alone need it

        levels, text = cut(text, MAX_DEPTH, integer, fraction)
        notes.append(("depth", f"{levels} levels"))
    value = JSONDecoder(
        object_pairs_hook=members, parse_int=integer, parse_float=fraction, parse_constant=_refuse_constant
    ).decode(text)
    if inexact:
        notes.append(("numbers", inexact[0]))
    if isinstance(value, dict) and len(value) != len(objects[-1]):
        notes.append(("duplicate", f"{len(objects[-1])} members, {len(value)} names"))
    return value, notes
