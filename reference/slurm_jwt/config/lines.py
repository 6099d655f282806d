"""The lines of slurm.conf as Slurm's reader sees them: joined, without comments and escapes.

After _get_next_line() in src/common/parse_config.c, which is the same from 20.02 to 26.05. A line that
ends in an odd number of backslashes goes on in the next one, blanks behind them or not; "#" starts a
comment unless an odd number of backslashes stands before it; the comment goes first, so that a backslash
before a comment joins, too. What is left of backslashes goes last: each makes the next byte plain. C
strings end at NUL, and so does what Slurm sees of a line.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BLANKS = b" \t\n\v\f\r"
"""What isspace() takes for a blank in the C locale, in which the daemons read their files."""

_PLAIN = re.compile(rb"(?:[^\\#]|\\.)*\\?", re.DOTALL)


class Place(NamedTuple):
    """Where something stands: lines and columns count from 1, columns in characters."""

    file: str
    line: int
    column: int


class Line(NamedTuple):
    """One line as Slurm sees it.

    text: its bytes, with the line end if it has one. offsets: where each of them stands in the file, and
    one more for the end. first: offset of the first byte. nul: offset of a NUL that hides what follows it,
    None if there is none.
    """

    text: bytes
    offsets: Sequence[int]
    first: int
    nul: int | None


class Source(NamedTuple):
    """A file's name and bytes, for telling offsets in lines and columns."""

    name: str
    data: bytes
    starts: Sequence[int]

    def place(self, offset: int) -> Place:
        """Return the line and the column of a byte."""
        line = bisect_right(self.starts, offset)
        before = self.data[self.starts[line - 1] : offset]
        return Place(self.name, line, len(before.decode("utf-8", "surrogateescape")) + 1)


def source(name: str, data: bytes) -> Source:
    """Prepare a file's bytes for telling places in it."""
    return Source(name, data, [0, *(found.end() for found in re.finditer(rb"\n", data))])


def lines(data: bytes) -> Iterator[Line]:
    """Split a file into the lines that Slurm sees."""
    position = 0
    while position < len(data):
        first, text, offsets, nul = position, bytearray(), array("Q"), None
        for start, raw, kept in _pieces(data, position):
            text += kept
            offsets.extend(range(start, start + len(kept)))
            if nul is None and b"\0" in raw:
                nul = start + raw.index(b"\0")
            position = start + len(raw)
        offsets.append(offsets[-1] + 1 if offsets else first)
        yield _unescaped(Line(bytes(text), offsets, first, nul))


def _pieces(data: bytes, position: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Return the lines of the file that make one line: where each starts, its bytes, the part that counts."""
    continued = True
    while continued and position < len(data):
        end = data.find(b"\n", position) + 1 or len(data)
        raw = data[position:end]
        seen = _without_comment(raw.partition(b"\0")[0])
        kept, continued = _without_continuation(seen)
        yield position, raw, kept
        position = end


def behind(data: bytes, line: Line) -> bytes:
    """Return what follows the end of a line in the buffer that Slurm reads a file into.

    Slurm reads each line over the one before it. Where it looks for a blank and the line ends without
    one, it goes on in what is left of the comment and of earlier, longer lines.
    """
    buffer = bytearray(len(data) + 1)
    position = 0
    while position <= line.first:
        at = 0
        for start, raw, kept in _pieces(data, position):
            buffer[at : at + len(raw) + 1] = raw + b"\0"
            if len(kept) < len(raw):
                seen = _without_comment(raw.partition(b"\0")[0])
                buffer[at + len(seen)] = 0
                buffer[at + len(kept)] = 0
            at += len(kept)
            position = start + len(raw)
        text = _plain_text(bytes(buffer[:at]))
        buffer[: len(text) + 1] = text + b"\0"
    return bytes(buffer[len(line.text) + 1 :])


def _without_comment(raw: bytes) -> bytes:
    """Cut a piece before the first "#" that no odd number of backslashes makes plain."""
    found = _PLAIN.match(raw)
    assert found is not None  # an empty match is one
    return found.group()


def _without_continuation(piece: bytes) -> tuple[bytes, bool]:
    """Cut the backslash that joins the next line, and what is behind it; tell whether there was one."""
    end = piece.rstrip(BLANKS)
    backslashes = len(end) - len(end.rstrip(b"\\"))
    return (end[:-1], True) if backslashes % 2 else (piece, False)


def _unescaped(line: Line) -> Line:
    if b"\\" not in line.text:
        return line
    text, offsets = bytearray(), array("Q")
    position = 0
    while position < len(line.text):
        if line.text[position] == ord("\\"):
            position += 1
        if position < len(line.text):
            text.append(line.text[position])
            offsets.append(line.offsets[position])
        position += 1
    offsets.append(line.offsets[-1])
    return line._replace(text=bytes(text), offsets=offsets)


def _plain_text(text: bytes) -> bytes:
    return re.sub(rb"\\(.?)", rb"\1", text, flags=re.DOTALL)
