"""Strict JSON in bounded work: what RFC 8259 allows, and notes on what it advises against.

Python's own parser does the reading. It is told to refuse the constants that it
adds to JSON, it never sees what would overflow its stack, and it never converts an
integer long enough to cost quadratic time or to meet Python's limit on digits.
"""

from __future__ import annotations

import json
import math
import re
from json import JSONDecodeError, JSONDecoder
from typing import Any, NoReturn

MAX_DEPTH = 64
MAX_EXACT = 2**53 - 1
_MAX_DIGITS = 400
_HUGE: int = 10**_MAX_DIGITS

# Every backslash of a JSON text starts an escape; a pair of surrogates is one alternative,
# a lone one the captured other, so that "\\ud800" (a backslash, then text) is not taken for one.
_ESCAPE = (
    r"(?s)\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)

_ONE_KIND_OF_BRACKETS = bytes.maketrans(b"{}", b"[]")
_DIGITS_AS_ZERO = bytes.maketrans(b"123456789E", b"000000000e")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))

Flaw = tuple[str, str]
"""The second half of a rule id, such as "json", and what was found."""


def read_object(raw: bytes) -> tuple[dict[str, Any] | None, list[Flaw]]:
    """Read the JSON object of a header or of claims, and name its flaws.

    The first of the flaws utf8, json and object ends the reading: there is no
    object then. The others are notes: bom, depth, numbers, unicode, duplicate. Only
    the outermost object's names count as duplicates, since RFC 7515 4 and RFC 7519 4
    speak of header parameters and claims.
    """
    flaws: list[Flaw] = []
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [("utf8", f"byte 0x{raw[error.start]:02x} at {error.start} is not UTF-8")]
    if text.startswith("\ufeff"):
        flaws.append(("bom", "a byte order mark"))
        text = text[1:]
    try:
        value = _parse(text, flaws)
    except ValueError as error:
        return None, [*flaws, ("json", _why(error))]
    if not isinstance(value, dict):
        return None, [*flaws, ("object", f"a JSON {type_name(value)}")]
    if ("\\ud" in text or "\\uD" in text) and any(escape[1] for escape in re.finditer(_ESCAPE, text)):
        flaws.append(("unicode", "a lone surrogate"))
    if type(value) is _Repeated:
        flaws.append(("duplicate", "a name that comes more than once"))
    return value, flaws


def type_name(value: object) -> str:
    """Return the JSON name of a value's type."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def has_duplicates(value: object) -> bool:
    """Return whether a name came more than once in an object that `read_object` read."""
    return type(value) is _Repeated


def _why(error: ValueError) -> str:
    """Say what is wrong with the text, without the text."""
    if isinstance(error, JSONDecodeError):
        return f"{error.msg} at character {error.pos} of {len(error.doc)}"
    return str(error)


def _parse(text: str, flaws: list[Flaw]) -> object:
    """Read a text and note its depth and its numbers; a ValueError says that it is no JSON."""
    deep = text.count("[") + text.count("{") > MAX_DEPTH and _nests_deep(text)
    if not deep:
        try:
            return _decode(_EXACT if _may_be_inexact(text) else _PLAIN, text)
        except _InexactError:
            pass
    return _parse_with_notes(text, deep, flaws)


def _decode(decoder: JSONDecoder, text: str) -> object:
    """Do what JSONDecoder.decode does, in half the time."""
    text = text.strip(" \t\n\r")
    value: object
    value, end = decoder.raw_decode(text)
    if end != len(text):
        raise JSONDecodeError("Extra data", text, end)
    return value


def _may_be_inexact(text: str) -> bool:
    """Return whether a text has 16 digits in a row, or 3 in a positive exponent: fewer are always exact."""
    shape = text.encode().translate(_DIGITS_AS_ZERO, b"+")
    return b"0" * 16 in shape or b"e000" in shape


def _nests_deep(text: str) -> bool:
    """Return whether a text nests too deep, as far as it is JSON. It never leads the parser too deep.

    What stands outside strings is every other piece between quotes, once escaped
    backslashes and quotes are gone. Of its brackets each pass takes the innermost.
    """
    outside = "".join(text.replace("\\\\", "").replace('\\"', "").split('"')[::2])
    brackets = outside.encode().translate(_ONE_KIND_OF_BRACKETS, _NO_BRACKETS)
    passes = 0
    while brackets and passes < MAX_DEPTH:
        brackets = brackets.replace(b"[]", b"")
        passes += 1
    return bool(brackets)


class _Repeated(dict[str, Any]):
    """An object in which a name came more than once."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _Repeated(members)


class _InexactError(Exception):
    """A number is too large for common software."""


def _exact_integer(digits: str) -> int:
    value = int(digits) if len(digits) <= _MAX_DIGITS else _HUGE
    if not -MAX_EXACT <= value <= MAX_EXACT:
        raise _InexactError
    return value


def _exact_fraction(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _InexactError
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_PLAIN = JSONDecoder(object_pairs_hook=_members, parse_constant=_refuse_constant)
_EXACT = JSONDecoder(
    object_pairs_hook=_members,
    parse_int=_exact_integer,
    parse_float=_exact_fraction,
    parse_constant=_refuse_constant,
)


def _parse_with_notes(text: str, deep: bool, flaws: list[Flaw]) -> object:
    """Read a text that nests too deep or holds a number of any size."""
    inexact: list[str] = []

    def integer(digits: str) -> int:
        length = len(digits.lstrip("-"))
        value = int(digits) if length <= _MAX_DIGITS else _HUGE * (-1 if digits.startswith("-") else 1)
        if not -MAX_EXACT <= value <= MAX_EXACT:
            inexact.append(f"an integer of {length} digits")
        return value

    def fraction(digits: str) -> float:
        value = float(digits)
        if math.isinf(value):
            inexact.append("a number beyond the range of doubles")
        return value

    notes: list[Flaw] = []
    if deep:
        from slurm_jwt.strict.deep_json import cut  # hostile tokens alone need it

        levels, text = cut(text, MAX_DEPTH, integer, fraction)
        notes.append(("depth", f"{levels} levels"))
    decoder = JSONDecoder(
        object_pairs_hook=_members, parse_int=integer, parse_float=fraction, parse_constant=_refuse_constant
    )
    value = _decode(decoder, text)
    if inexact:
        notes.append(("numbers", inexact[0]))
    if isinstance(value, dict):
        flaws += notes
    return value
