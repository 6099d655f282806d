"""Text that is safe to show: no secret, and no character that acts instead of being shown.

Every writer sends foreign text through this module: error messages, claims, user names, versions and log
lines come from programs and tokens that this suite does not trust.

- Characters that a terminal, a browser or an editor obeys instead of showing become visible: U+202E is shown
  as ⟨U+202E⟩. These are controls, ANSI escapes, bidirectional overrides and invisible characters. The same
  holds for characters that a format cannot carry: NUL, lone surrogates, noncharacters.
- `concealed` also replaces what looks like a token or like a key in text form by its length. People type
  tokens and keys where names of commands, files or releases belong, and error messages quote them.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_BREAKS = "\t\n"
_RANGES = (
    (0x00, 0x1F),  # C0 controls, ESC (ANSI sequences) and NUL among them
    (0x7F, 0x9F),  # DEL and C1 controls: 0x9B is a one-character ANSI introducer
    (0xAD, 0xAD),  # soft hyphen
    (0x34F, 0x34F),  # combining grapheme joiner
    (0x61C, 0x61C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul fillers, blank but no blanks
    (0x17B4, 0x17B5),  # Khmer inherent vowels, invisible
    (0x180B, 0x180F),  # Mongolian selectors and vowel separator
    (0x200B, 0x200F),  # zero-width characters, left-to-right and right-to-left marks
    (0x2028, 0x202E),  # line and paragraph separator, bidi embeddings and overrides
    (0x2060, 0x206F),  # word joiner, invisible operators, bidi isolates, deprecated controls
    (0x3164, 0x3164),  # Hangul filler
    (0xD800, 0xDFFF),  # lone surrogates: no encoding carries them
    (0xFDD0, 0xFDEF),  # noncharacters
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFA0, 0xFFA0),  # half-width Hangul filler
    (0xFFF0, 0xFFFC),  # interlinear annotation and object replacement
    (0xFFFE, 0xFFFF),  # noncharacters
    (0xE0000, 0xE0FFF),  # tags and more variation selectors: text that no one sees
    *((plane << 16 | 0xFFFE, plane << 16 | 0xFFFF) for plane in range(1, 17)),  # noncharacters
)
_CLASS = "".join(f"{re.escape(chr(low))}-{re.escape(chr(high))}" for low, high in _RANGES)
_BLANKS = re.compile(r"[ \t\r\n]+")
_UNSAFE = re.compile(f"[{_CLASS}]")
_UNSAFE_IN_BLOCK = re.compile(f"(?![{_BREAKS}])[{_CLASS}]")


def visible(text: str) -> str:
    """Show one line of text: every unsafe character, tab and line end too, as ⟨U+hhhh⟩."""
    if text.isascii() and text.isprintable():  # nearly all, and far cheaper to see than to search
        return text
    return _UNSAFE.sub(_escape, text)


def visible_block(text: str) -> str:
    """Show text of several lines: as visible(), but tabs and line feeds stay."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE_IN_BLOCK.sub(_escape, text)


def clip(text: str, limit: int) -> str:
    """Cut text to limit characters and say how many were left out; shorter text comes back as it is."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]} … ({len(text) - limit:,} more characters)"


def one_line(text: str, limit: int = 300) -> str:
    """Show at most limit characters of text on one line; a run of blanks and line ends becomes one blank."""
    # Cut first, so that a megabyte of error text costs no more than the part that is shown.
    head = _BLANKS.sub(" ", text[: 4 * limit]).strip(" ")
    if len(text) <= 4 * limit and len(head) <= limit:
        return visible(head)
    return visible(f"{head[:limit]} … ({len(text):,} characters in all)")


def block(text: str, limit: int = 4000) -> str:
    """Show at most limit characters of text of several lines."""
    return visible_block(clip(text, limit))


def each_text(value: object, change: Callable[[str], str]) -> object:
    """Apply change to every text in a value of JSON, names of members included."""
    match value:
        case str():
            return change(value)
        case dict():
            return {change(name): each_text(member, change) for name, member in value.items()}
        case list() | tuple():
            return [each_text(member, change) for member in value]
    return value


def _escape(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match.group()):04X}⟩"


LONGEST = 20_000
"""Characters of a message that are looked at and shown."""

MOST_LINE = 4000
"""Characters of a log line that are looked at: Slurm's own lines are far shorter."""

_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]*KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL)
_TOKEN = re.compile(
    r"eyJ[\w+/=-]{3,}(?:\.[\w+/=-]*)*|(?<![\w-])(?:[\w-]{8,}\.){2}[\w-]{32,}(?:\.[\w-]*)*", re.ASCII
)
_SIGNED = re.compile(r"(eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.)([A-Za-z0-9_-]+)")
_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{32,}")
_RUN = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_PIECE = re.compile(r"[A-Za-z0-9+_=-]{16,}")
_LONG = re.compile(r"[A-Za-z0-9+/_=-]{40,}")
_WORD = re.compile(r"\S+")
_BYTE = re.compile(r"[\udc80-\udcff]|\\u?dc[89a-f][0-9a-f]|\\x[0-9a-f]{2}")
MOST_BYTES = 4
"""Bytes of a word that are no text: a name in another encoding has few, a key has many."""


def concealed(text: str) -> str:
    """Return text of one or more lines to show: without what looks like a secret, controls visible."""
    text = clip(text, LONGEST)
    for pattern in (_PEM, _TOKEN, _HEX):
        text = pattern.sub(_hidden, text)
    text = _RUN.sub(_hidden_if_random, text)
    return visible_block(_WORD.sub(_hidden_if_bytes, text))


def log_line(text: str, limit: int = 300) -> str:
    """Return a line of a log, or an answer of a daemon, to show on one line without what may be a secret.

    Every 40 characters of the base64 alphabet in a row are hidden: a log may hold a key in any form.
    """
    text = _LONG.sub(_hidden, _TOKEN.sub(_hidden, text[:MOST_LINE]))
    return one_line(text, limit)


def without_signatures(text: str, hidden: Callable[[str], str]) -> str:
    """Return text in which the signature of each token is what `hidden` makes of it."""
    return _SIGNED.sub(lambda found: found[1] + hidden(found[2]), text)


def _hidden(found: re.Match[str]) -> str:
    return f"({len(found.group())} characters not shown)"


def _hidden_if_random(found: re.Match[str]) -> str:
    """Hide base64 text: a path may be as long, but its names are not as random."""
    word = found.group()
    pieces = [word, *_PIECE.findall(word)]  # base64 text may hold slashes, and a path may end in a key
    return _hidden(found) if any(map(_is_random, pieces)) else word


def _hidden_if_bytes(found: re.Match[str]) -> str:
    return _hidden(found) if len(_BYTE.findall(found.group())) > MOST_BYTES else found.group()


def _is_random(piece: str) -> bool:
    """Return whether the kinds of characters (lower, upper, digit) change as often as they do by chance.

    In base64 text of random bytes two neighbours differ in kind 6 times of 10; in words written together
    (MyClusterKey2026) 3 times of 10.
    """
    kinds = ["a" if char.islower() else "A" if char.isupper() else "0" for char in piece]
    changes = sum(left != right for left, right in pairwise(kinds))
    return len(set(kinds)) == 3 and changes >= 0.42 * (len(piece) - 1)
