"""Make hostile text safe to show: the one place that every writer sends foreign text through.

Error messages, claims, user names, versions and log lines come from programs and tokens that this suite
does not trust. Characters that a terminal, a browser or an editor would act on instead of show (controls,
ANSI escapes, bidirectional overrides, invisible ones) and those that no format can carry (NUL, lone
surrogates, noncharacters) become visible: U+202E is shown as ⟨U+202E⟩.
"""

from __future__ import annotations

import re
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
