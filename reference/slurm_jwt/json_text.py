"""Strict JSON in bounded work: what RFC 8259 allows, and notes on what it advises against.

Python's own parser does the reading. It is told to refuse the constants it adds
to JSON, it never sees what would overflow its stack, and it never converts an
integer long enough to cost quadratic time or to meet Python's limit on digits.
"""

from __future__ import annotations

import json
import math
import re
from json import JSONDecodeError, JSONDecoder
from typing import Any, NamedTuple, NoReturn

MAX_DEPTH = 64
MAX_EXACT = 2**53 - 1
_MAX_DIGITS = 400
_HUGE: int = 10**_MAX_DIGITS

# Every backslash of a JSON text starts an escape; a pair of surrogates is one alternative,
# a lone one the captured other, so that "\\ud800" (a backslash, then text) is not taken for one.
_ESCAPE = (
    r"(?s)\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)


class Reading(NamedTuple):
    """A JSON object read, or None, and its flaws: the rest of a rule id, and what was found."""

    members: dict[str, Any] | None
    flaws: list[tuple[str, str]]


def read_object(raw: bytes) -> Reading:
    """Read the JSON object of a header or of claims.

    The first of the flaws utf8, json and object ends the reading. The others are
    notes: bom, depth, numbers, unicode, duplicate.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return Reading(None, [("utf8", f"byte 0x{raw[error.start]:02x} at {error.start} is not UTF-8")])
    flaws = []
    if text.startswith("\ufeff"):
        flaws.append(("bom", "a byte order mark"))
        text = text[1:]
    return _read_text(text, flaws)


def _read_text(text: str, flaws: list[tuple[str, str]]) -> Reading:
    """Parse the text and add its flaws to those already found."""
    hooks = _Hooks([], [])
    levels, shallow = 0, text
    try:
        if text.count("[") + text.count("{") > MAX_DEPTH:
            from slurm_jwt.deep_json import cut  # unusual tokens alone need it

            levels, shallow = cut(text, MAX_DEPTH, hooks.integer, hooks.fraction)
        value = _decoder(hooks).decode(shallow)
    except ValueError as error:
        return Reading(None, [*flaws, ("json", _why(error))])
    if not isinstance(value, dict):
        return Reading(None, [*flaws, ("object", f"a JSON {type_name(value)}")])
    if levels > MAX_DEPTH:
        flaws.append(("depth", f"{levels} levels"))
    if hooks.inexact:
        flaws.append(("numbers", hooks.inexact[0]))
    if "\\u" in text and any(escape[1] for escape in re.finditer(_ESCAPE, text)):
        flaws.append(("unicode", "a lone surrogate"))
    names = len(hooks.objects[-1])
    if names != len(value):
        flaws.append(("duplicate", f"{names} members with {len(value)} names"))
    return Reading(value, flaws)


class _Hooks(NamedTuple):
    """What Python's parser calls for numbers and objects, and what came up at it."""

    inexact: list[str]
    objects: list[list[tuple[str, Any]]]

    def integer(self, digits: str) -> int:
        value = _bounded_integer(digits)
        if not -MAX_EXACT <= value <= MAX_EXACT:
            self.inexact.append(f"an integer of {len(digits.lstrip('-'))} digits")
        return value

    def fraction(self, digits: str) -> float:
        value = float(digits)
        if math.isinf(value):
            self.inexact.append("a number beyond the range of doubles")
        return value

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # Objects close from the inside out, so that the outermost one is the last of the list.
        self.objects.append(pairs)
        return dict(pairs)


def _decoder(hooks: _Hooks) -> JSONDecoder:
    return JSONDecoder(
        object_pairs_hook=hooks.members,
        parse_int=hooks.integer,
        parse_float=hooks.fraction,
        parse_constant=_refuse_constant,
    )


def _bounded_integer(digits: str) -> int:
    if len(digits) <= _MAX_DIGITS:
        return int(digits)
    return -_HUGE if digits.startswith("-") else _HUGE


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _why(error: ValueError) -> str:
    """Say what is wrong with the text, without the text."""
    if isinstance(error, JSONDecodeError):
        return f"{error.msg} at character {error.pos} of {len(error.doc)}"
    return str(error)


def type_name(value: object) -> str:
    """Give the JSON name of a value's type."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
