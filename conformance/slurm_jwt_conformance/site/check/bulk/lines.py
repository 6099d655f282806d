"""Cut streams into blocks of whole lines, in bounded memory, without waiting for what is not there yet."""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BYTES = 16 * 1024 * 1024
"""The longest line that is read: a token of 1 MB with every character escaped still fits."""

CHUNK = 1 << 18
"""How much is read at once: some 250 to 1,000 lines, which take a process a few milliseconds."""

OVERLONG = b"?"
"""Stands for a line over MOST_BYTES; it is no JSON and no token."""

_MARK = b"\xef\xbb\xbf"


class Block(NamedTuple):
    """Whole lines that follow one another: `first` is the number of the first, counted from 1.

    place: the name of the file that they stand in, None where there is but one source.
    """

    place: str | None
    first: int
    data: bytes


class Cutter:
    """Makes blocks of the chunks of one source; of a line over MOST_BYTES only a mark is kept."""

    def __init__(self, place: str | None = None) -> None:
        self._place = place
        self._rest = bytearray()
        self._skips = False
        self._number = 1

    def take(self, chunk: bytes) -> Block | None:
        """Add a chunk and give the lines that it completes, if it does."""
        if self._skips:
            chunk = self._after_overlong(chunk)
        end = chunk.rfind(b"\n") + 1
        if not end:
            self._keep(chunk)
            return None
        data = b"".join((self._rest, memoryview(chunk)[:end]))
        self._rest.clear()
        self._keep(chunk[end:])
        return self._block(data)

    def rest(self) -> Block | None:
        """Give the last line, which no line end follows, if there is one."""
        data = bytes(self._rest)
        self._rest.clear()
        return self._block(data) if data else None

    def _keep(self, text: bytes) -> None:
        self._rest += text
        if len(self._rest) > MOST_BYTES:
            self._rest[:] = OVERLONG
            self._skips = True

    def _after_overlong(self, chunk: bytes) -> bytes:
        end = chunk.find(b"\n")
        self._skips = end < 0
        return b"" if end < 0 else chunk[end:]

    def _block(self, data: bytes) -> Block:
        first = self._number
        if first == 1:
            data = data.removeprefix(_MARK)
        self._number += data.count(b"\n")
        return Block(self._place, first, data)


class Feed:
    """Sources, one behind the other, as blocks. Each is closed when it is read; close() closes the others."""

    def __init__(self, sources: Iterator[tuple[str | None, BinaryIO]]) -> None:
        self._sources = sources
        self._stream: BinaryIO | None = None
        self._cutter = Cutter()
        self.ended = False
        self._next()

    def fileno(self) -> int | None:
        """Give the descriptor whose readiness tells that read() does not wait; None if it never does."""
        try:
            return None if self._stream is None else self._stream.fileno()
        except OSError:  # a stream in memory
            return None

    def read(self) -> Block | None:
        """Read once, and give the block of lines that this completes, if it does."""
        if self._stream is None:
            return None
        descriptor = self.fileno()
        chunk = self._stream.read(CHUNK) if descriptor is None else _read(descriptor)
        if chunk:
            return self._cutter.take(chunk)
        block = self._cutter.rest()
        self._next()
        return block

    def close(self) -> None:
        """Close what is open."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self.ended = True

    def _next(self) -> None:
        if self._stream is not None:
            self._stream.close()
        place, self._stream = next(self._sources, (None, None))
        self._cutter = Cutter(place)
        self.ended = self._stream is None


def _read(descriptor: int) -> bytes:
    """Read what is there, not through a stream's own buffer, which could hold lines that nobody waits for."""
    while True:
        try:
            return os.read(descriptor, CHUNK)
        except BlockingIOError:  # whoever shares our stdin made it so
            select.select([descriptor], [], [])
