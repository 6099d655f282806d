"""Read a result stream: bounded, tolerant of a file cut short, clear about everything else."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import IO, TYPE_CHECKING

import msgspec

from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.stream.events import FORMAT, AnyEvent
from slurm_jwt_reports.stream.index import Builder, Contradiction, Results

if TYPE_CHECKING:
    import os

MAX_LINE = 8 * 1024 * 1024
"""Longest line in bytes: 60 times the largest token that Linux carries, decoded and escaped."""
MAX_BYTES = 1024 * 1024 * 1024
"""Largest file in bytes; a run of 2,000 cases x 20 implementations takes about 10 million."""

LAST_LINE = "The last line of the file is damaged and was left out."

_DECODER = msgspec.json.Decoder(AnyEvent)


class _Start(msgspec.Struct, tag_field="event", tag="run"):
    """As much of a header as any format has: enough to know foreign, older and newer files."""

    format: int


def read(path: str | os.PathLike[str]) -> Results:
    """Read results.jsonl; Problem says what is wrong with it and what to do."""
    name = one_line(str(path))
    try:
        with _open(Path(path), name) as file:
            return _read(file, name)
    except OSError as error:
        raise Problem(f"{name} cannot be read: {error.strerror}.") from error


def _open(path: Path, name: str) -> IO[bytes]:
    try:
        status = path.stat()  # before open(), which would wait at a FIFO
    except ValueError as error:  # a NUL, or what no file system can spell
        raise Problem(f"{name} is no file's name.") from error
    if stat.S_ISDIR(status.st_mode):
        raise Problem(f"{name} is a directory; name the results.jsonl in it.")
    if not stat.S_ISREG(status.st_mode):
        raise Problem(f"{name} is no regular file; name a results.jsonl.")
    if status.st_size > MAX_BYTES:
        raise Problem(f"{name} has {status.st_size:,} bytes; no run makes more than {MAX_BYTES:,}.")
    return path.open("rb")


def _read(file: IO[bytes], name: str) -> Results:
    builder = Builder()
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise Problem(f"{name}, line {number}: longer than {MAX_LINE:,} bytes; no run writes such.")
        if number == 1:
            _check_start(line, name)
        try:
            builder.add(_DECODER.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if number > 1 and not isinstance(error, msgspec.ValidationError) and _is_torn(line, file):
                return builder.results((LAST_LINE,))
            raise Problem(_damage(name, number, error)) from error
        except Contradiction as error:
            raise Problem(f"{name}, line {number}: {error}. The file contradicts itself.") from error
    if number == 0:
        raise Problem(f"{name} is empty: the run stopped before it wrote anything. Run it again.")
    return builder.results()


def _check_start(line: bytes, name: str) -> None:
    """Refuse foreign, older and newer files by their first line."""
    try:
        version = msgspec.json.decode(line, type=_Start).format
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(f"{name} is no results.jsonl of slurm-jwt run: its first line is none.") from error
    if version > FORMAT:
        raise Problem(_newer(name, f"it has format {version}, this program reads {FORMAT}"))
    if version < FORMAT:
        raise Problem(f"{name} has format {version}, this program reads {FORMAT}: run it again.")


def _is_torn(line: bytes, file: IO[bytes]) -> bool:
    """Return whether a line that does not decode is the torn end of a file: no line end, or zeros."""
    return (not line.endswith(b"\n") or not line.strip(b"\0\n")) and not file.read(1)


def _damage(name: str, number: int, error: Exception) -> str:
    """Say what a bad line is: a newer program's (well-formed, but with more to it) or a damaged one."""
    if isinstance(error, msgspec.ValidationError):
        return _newer(name, f"line {number} is not as this format has it: {one_line(str(error))}")
    return f"{name}, line {number} is damaged: {one_line(str(error))}. Run it again."


def _newer(name: str, why: str) -> str:
    return f"{name} was written by a newer or another slurm-jwt: {why}. Read it with the one that wrote it."
