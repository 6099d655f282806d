"""Write a result stream: one event, one line, one system call, so that a killed run leaves what it judged."""

from __future__ import annotations

import errno
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Self

import msgspec

from slurm_jwt_reports.output import Draft, File, problem, replaceable
from slurm_jwt_reports.problems import HarnessProblem
from slurm_jwt_reports.redaction import clip, each_text, one_line, visible_block
from slurm_jwt_reports.stream.events import AnyEvent, Footer
from slurm_jwt_reports.stream.index import Builder, Contradiction
from slurm_jwt_reports.stream.order import events_of
from slurm_jwt_reports.stream.reader import MAX_LINE

if TYPE_CHECKING:
    import os
    from types import TracebackType
    from typing import Literal

    from slurm_jwt_reports.stream.index import Results

_LINE_ENDS = {"\u0085": b"\\u0085", "\u2028": b"\\u2028", "\u2029": b"\\u2029"}
"""What JSON may hold raw and some readers take for the end of a line, with its escape."""

MAX_TEXT = 64 * 1024
"""Characters that are kept of one text in a line that would be longer than readers take."""


class Writer:
    """Writes events to a new file at path; an earlier stream there is replaced. Threads may share it.

    The file appears with its first event, or with all that was kept. A Problem says that something else is
    there already; overwrite: replace it if it is a regular file.

    Every event is checked against the events before it, as read() does.
    Contradiction: a mistake of the caller.
    Problem: the file cannot be opened. HarnessProblem: the file cannot be written any more; the events
    before that stay readable.

    kept: what an earlier run left (see stream.unfinished), to go on from. The old file stays as it is until
    a new one has all of that; what is written again and is the same stands in it once.
    """

    def __init__(
        self, path: str | os.PathLike[str], kept: Results | None = None, *, overwrite: bool = False
    ) -> None:
        self._name = one_line(str(path))
        self._builder = Builder()
        self._lock = Lock()
        self._former = replaceable(File(str(path), "", "results"), overwrite=overwrite)
        try:
            self._draft: Draft | None = Draft(str(path))
        except OSError as error:
            raise problem(error, _trouble(self._name, error)) from error
        self._file = self._draft.file
        if kept:
            self._take_over(kept)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, event: AnyEvent) -> None:
        """Add one event; it has left this process when this returns."""
        line = encode(event)
        with self._lock:
            try:
                new = self._builder.add(event)
            except Contradiction as error:
                raise Contradiction(f"the run contradicts itself: {error}") from error
            if new:
                self._put(line)
                self._appear()

    def finish(self, status: Literal["complete", "interrupted"], seconds: float) -> None:
        """Add the footer, with the counts of what was written."""
        self.write(Footer(status=status, counts=self._builder.counts(), seconds=seconds))

    def close(self) -> None:
        """Close the file; without finish() before, readers will call it cut short."""
        if self._draft is not None:
            self._draft.close()
        self._file.close()

    def _take_over(self, kept: Results) -> None:
        """Write again what was kept; only then does the new file take the place of the old one."""
        draft, self._draft = self._draft, None
        try:
            for event in events_of(kept):
                self.write(event)
        except BaseException:
            self._draft = draft
            self.close()
            raise
        self._draft = draft
        self._appear()

    def _appear(self) -> None:
        """Let the file take its place."""
        if self._draft is None:
            return
        try:
            self._draft.put(self._former)
        except OSError as error:
            raise problem(error, _trouble(self._name, error)) from error
        self._draft = None

    def _put(self, line: bytes) -> None:
        """Write a whole line or, where the disk is full, none of it."""
        start = self._file.tell()
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(start)
                self._file.seek(start)
            raise HarnessProblem(_trouble(self._name, error)) from error


def encode(event: AnyEvent) -> bytes:
    """Give the line of one event; what JSON or a reader would refuse is made visible or shortened."""
    try:
        line = _line(event)
    except UnicodeEncodeError:  # a lone surrogate, from some library's message
        line = _line(each_text(msgspec.to_builtins(event), visible_block))
    if len(line) <= MAX_LINE:
        return line
    return _line(each_text(msgspec.json.decode(line), _shortened))


def _line(data: object) -> bytes:
    """Return JSON as one line for every reader."""
    line = msgspec.json.encode(data)
    for character, escape in _LINE_ENDS.items():
        line = line.replace(character.encode(), escape)
    return line + b"\n"


def _shortened(text: str) -> str:
    return clip(text, MAX_TEXT)


def _trouble(name: str, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        advice = "Make room there, or write to another place; what was written before is readable."
    else:
        advice = "Name a place that this user may write to."
    return f"{name} cannot be written: {error.strerror}. {advice}"
