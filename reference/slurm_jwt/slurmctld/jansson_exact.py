"""jansson's grammar token by token, with a stack of our own: for deep nesting and odd escapes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slurm_jwt.slurmctld.jansson_numbers import integer, real

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, object] | list[object]

MAX_DEPTH = 2048
"""JSON_PARSER_MAX_DEPTH; a value within n containers is at depth n + 1."""

# No possessive quantifier on a group: CPython before 3.11.5 matches them wrongly (gh-106052).
_TOKEN = re.compile(
    r"""[ \t\n\r]*+(?:
      (?P<mark>[\[\]{}:,])
    | "(?P<string>[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*)"
    | (?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (?P<word>[A-Za-z]++)
    | (?P<end>\Z))""",
    re.VERBOSE,
)
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))"
)
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"true": True, "false": False, "null": None}

Token = tuple[str, object]


def parse(text: str) -> Json:
    """Return the object or array that this text is; ValueError where jansson reports an error."""
    tokens = _tokens(text)
    kind, _ = next(tokens)
    if kind not in {"[", "{"}:
        raise ValueError("'[' or '{' expected")
    root = _value(kind, tokens)
    if next(tokens)[0] != "end":
        raise ValueError("end of file expected")
    return root


def _value(kind: str, tokens: Iterator[Token]) -> Json:
    """Read the container that has just been opened, and all within it."""
    root: Json = {} if kind == "{" else []
    stack: list[Json] = [root]
    fresh = True
    while stack:
        container = stack[-1]
        key, kind, value = _item(container, tokens, fresh=fresh)
        if kind in {"]", "}"}:
            stack.pop()
            fresh = False
            continue
        if len(stack) >= MAX_DEPTH:
            raise ValueError("maximum parsing depth reached")
        fresh = kind in {"[", "{"}
        if fresh:
            value = {} if kind == "{" else []
        _put(container, key, value)
        if isinstance(value, (dict, list)):
            stack.append(value)
    return root


def _item(container: Json, tokens: Iterator[Token], *, fresh: bool) -> tuple[str, str, object]:
    """Read up to the next item's value: its key ("" in an array), the value's kind, a scalar's value.

    The kind is "]" or "}" if the container ends here; a comma stands before every item but the first.
    """
    closing = "}" if isinstance(container, dict) else "]"
    kind, value = next(tokens)
    if kind == closing:
        return "", kind, None
    if not fresh:
        if kind != ",":
            raise ValueError(f"'{closing}' expected")
        kind, value = next(tokens)
    key = ""
    if isinstance(container, dict):
        key = _key(kind, value, tokens)
        kind, value = next(tokens)
    if kind not in {"[", "{", "scalar", "string"}:
        raise ValueError("unexpected token")
    return key, kind, value


def _key(kind: str, value: object, tokens: Iterator[Token]) -> str:
    if kind != "string" or next(tokens)[0] != ":":
        raise ValueError("a member's name and a colon expected")
    return str(value)


def _put(container: Json, key: str, value: object) -> None:
    if isinstance(container, dict):
        container[key] = value
    else:
        container.append(value)


def _tokens(text: str) -> Iterator[Token]:
    """Yield each token's kind and value: a mark for itself, string, scalar, and end at last."""
    position = 0
    while True:
        found = _TOKEN.match(text, position)
        if found is None:
            raise ValueError("invalid token")
        position = found.end()
        kind, source = found.lastgroup or "", found.group(found.lastgroup or 0)
        yield _token(kind, source)


def _token(kind: str, source: str) -> Token:
    if kind == "mark":
        return source, None
    if kind == "string":
        return kind, _unescape(source)
    if kind == "number":
        return "scalar", integer(source) if source.lstrip("-").isdigit() else real(source)
    if kind == "word":
        if source not in _WORDS:
            raise ValueError("invalid token")
        return "scalar", _WORDS[source]
    return kind, None


def _unescape(source: str) -> str:
    """Resolve escapes; ValueError for NUL and for lone surrogates."""
    if "\\" not in source:
        return source
    return _ESCAPE.sub(_character, source)


def _character(found: re.Match[str]) -> str:
    high, low, single, short = found.groups()
    if short:
        return _SHORT.get(short, short)
    if high:
        return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)
    code = int(single, 16)
    if code == 0 or 0xD800 <= code <= 0xDFFF:
        raise ValueError("no character of a C string")
    return chr(code)
