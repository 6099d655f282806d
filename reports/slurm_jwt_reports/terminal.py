"""What a stream shows: colours only where a terminal shows them, and lines as wide as it is.

On the path of a cold `slurm-jwt check`: nothing slow is imported. Foreign text must have passed
`slurm_jwt_reports.redaction` before it comes here; the only control characters that are made are colours.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import TextIO

USUAL = 80
"""Columns of an output that is not a terminal: a pipe, a file, a mail."""

LEAST, MOST = 40, 120
"""Columns: prose in lines shorter or longer than these is hard to read, however wide the terminal is."""

COLOURS = {
    "error": "31",
    "warning": "33",
    "choice": "33",
    "note": "36",
    "sound": "32",
    "head": "1",
    "dim": "2",
}

_COLOUR = r"\x1b\[[0-9;]*m"
_ACTING = (
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
)
"""DEL, C1 controls, direction and format characters, invisible ones, lone surrogates (compiled on use)."""
_WORD = re.compile(r"(?:[^\s`]+|`[^`\n]*`|`)+")  # what stands in backticks is to be copied whole


class Style(NamedTuple):
    """How to write: width in columns, and whether colours are shown."""

    width: int = USUAL
    colour: bool = False

    def paint(self, text: str, name: str) -> str:
        """Colour a text, where colours are shown; `name` is one of COLOURS."""
        return f"\x1b[{COLOURS[name]}m{text}\x1b[0m" if self.colour and text else text

    def wrap(self, text: str, first: str = "", rest: str | None = None) -> list[str]:
        """Break a text into lines of this width: see `wrap`."""
        return wrap(text, self.width, first, rest)


def style(stream: TextIO | None) -> Style:
    """Return how to write to this stream, such as sys.stdout."""
    return Style(width(stream), colour(stream))


def colour(stream: TextIO | None) -> bool:
    """Return whether this stream shows colours.

    NO_COLOR (https://no-color.org), if not empty, means never; else FORCE_COLOR, if neither empty nor 0,
    means always, as for CI logs and `less -R`; else a terminal does, unless TERM is dumb or missing.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in {"", "0"}:
        return True
    return _is_terminal(stream) and os.environ.get("TERM", "dumb") != "dumb"


def width(stream: TextIO | None) -> int:
    """Return the columns to fill: COLUMNS, else the terminal's (at most MOST), else USUAL."""
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and int(given[:6]) > 0:
        return max(LEAST, int(given[:6]))
    if stream is not None and _is_terminal(stream):
        try:
            columns = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):  # the terminal hung up, or the stream has no descriptor
            columns = 0
        if columns > 0:  # a serial line says 0
            return max(LEAST, min(MOST, columns))
    return USUAL


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False


def wrap(text: str, columns: int, first: str = "", rest: str | None = None) -> list[str]:
    """Break a text at blanks into lines of at most `columns`; always at least one line.

    `first` stands before the first line, `rest` before the others (default: as many blanks); colours in
    them take no room. A word is never broken, nor is what stands in backticks: a command, a log line or
    a path that is too long for a line has one of its own, so that it can be copied.
    """
    rest = " " * room(first) if rest is None else rest
    lines, line, used = [], first, room(first)
    empty = True  # nothing but the indentation is on the line
    for word in _WORD.findall(text):
        needed = room(word)
        if not empty and used + 1 + needed > columns:
            lines.append(line)
            line, used, empty = rest, room(rest), True
        line, used = (line + word, used + needed) if empty else (f"{line} {word}", used + 1 + needed)
        empty = False
    return [*lines, line if line.strip() else line.rstrip()]


def room(text: str) -> int:
    """Return how many columns a text takes: colours none, East Asian wide characters two, marks none."""
    if "\x1b" in text:
        text = re.sub(_COLOUR, "", text)
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def plain_json(text: str) -> str:
    """Return a JSON text in which every character that a terminal acts upon is escaped, as in u007f.

    Encoders escape U+0000 to U+001F alone. Such characters stand nowhere but in strings, so that the text
    says the same as before.
    """
    if text.isascii() and "\x7f" not in text:
        return text
    return re.sub(_ACTING, _escaped, text)


def _escaped(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
