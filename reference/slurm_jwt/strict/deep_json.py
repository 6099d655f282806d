"""JSON that nests too deep for a recursive parser: checked by a stack machine, cut to a safe depth."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The tokens of RFC 8259 with the white space before them, in linear time. What is possessive is one class
# that repeats, never a group: CPython before 3.11.5 matches such groups wrongly (gh-106052).
_TOKEN = re.compile(
    r"[ \t\n\r]*+(?:(?P<run>\[{2,})|(?P<mark>[\[\]{},:])"
    r'|(?P<string>"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*")'
    r"|(?P<integer>-?(?:0|[1-9][0-9]*+)(?![.eE0-9]))"
    r"|(?P<fraction>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?)"
    r"|(?P<name>true|false|null)"
    r"|(?P<end>\Z))"
)

# What may follow what: state -> token -> next state.
_BEGIN = {
    "[": "first",
    "{": "first name",
    "string": "after",
    "integer": "after",
    "fraction": "after",
    "name": "after",
}
_STEPS = {
    "value": _BEGIN,
    "first": {**_BEGIN, "]": "after"},
    "first name": {"string": "colon", "}": "after"},
    "next name": {"string": "colon"},
    "colon": {":": "value"},
    "after": {",": "next", "]": "after", "}": "after"},
}
_OPENED_BY = {"]": "[", "}": "{"}


def cut(
    text: str, limit: int, integer: Callable[[str], object], fraction: Callable[[str], object]
) -> tuple[int, str]:
    """Return the depth of a JSON text, and the text with null for whatever nests deeper than `limit`.

    The numbers that fall away are shown to `integer` and `fraction` first. A
    ValueError says that the text is not JSON. The work is linear in the length.
    """
    kept: list[str] = []
    open_marks: list[str] = []
    deepest, state = 0, "value"
    for kind, spelled in _tokens(text):
        before = len(open_marks)
        if kind == "run":  # where one [ stands, the next one may follow
            state = _step(state, "[", open_marks)
            open_marks += spelled[1:]
        else:
            state = _step(state, spelled if kind == "mark" else kind, open_marks)
        level = max(before, len(open_marks))
        deepest = max(deepest, level)
        if level <= limit:
            kept.append(spelled)
        elif before <= limit < len(open_marks):
            kept.append(spelled[: limit - before] + "null")
        elif kind == "integer":
            integer(spelled)
        elif kind == "fraction":
            fraction(spelled)
    if open_marks or state != "after":
        raise ValueError("the text ends too early")
    return deepest, "".join(kept)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Split a text into kinds and spellings, as far as it is made of JSON's tokens."""
    place = 0
    while token := _TOKEN.match(text, place):
        kind = token.lastgroup or ""
        if kind == "end":
            return
        yield kind, token[kind]
        place = token.end()
    raise ValueError(f"no JSON token at character {place}")


def _step(state: str, token: str, open_marks: list[str]) -> str:
    """Go on by one token, or raise the ValueError that it cannot stand here."""
    following = _STEPS[state].get(token)
    nested = bool(open_marks)
    if following is None or (state == "after" and not nested):
        raise ValueError(f"misplaced {token}")
    if token in _OPENED_BY:
        if open_marks.pop() != _OPENED_BY[token]:
            raise ValueError(f"misplaced {token}")
    elif token in {"[", "{"}:
        open_marks.append(token)
    elif following == "next":
        return "value" if open_marks[-1] == "[" else "next name"
    return following
