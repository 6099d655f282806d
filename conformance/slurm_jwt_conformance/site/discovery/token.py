"""Read the token that a command is about, and the key and the moment that go with it; none is shown."""

from __future__ import annotations

import os
import re
import stat
import sys
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.site.token_text import count_tokens, stripped
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES = 16 * 1024 * 1024
"""The most that is read from a file or stdin as one token: far over any token, far under the memory."""

_TOKEN = re.compile(rb"\s*(?:SLURM_JWT=|[Bb]earer )?eyJ[\w-]*\.[\w-]*\.[\w-]*\s*")
"""A signed token, with what people write around it."""
STDIN = "stdin"
"""The place of a token that was read from stdin."""


class Source(NamedTuple):
    """A token's bytes and the place they came from, for messages.

    file: the path, if it was a file. prefix: the prefix that was removed. removed: all that was removed, in
    words.
    """

    token: bytes
    place: str
    file: str = ""
    prefix: str = ""
    removed: str = ""


def read_token(token: str | None, file: str | None, command: str = "check") -> Source:
    """Return the token of a command.

    It is the argument ("-" is stdin), or in the file. Otherwise it is read from stdin unless that is a
    terminal or empty, and otherwise from SLURM_JWT. Only a file and stdin lose a known prefix and the line
    ends after the token: an argument and SLURM_JWT are what Slurm gets. command: the subcommand that asks.
    """
    if token is not None and file is not None:
        raise Problem("A token is given twice: as an argument and with --token-file.", "Keep one of them.")
    source = _named(token, file) or _from_stdin() or _from_environment()
    if source is None:
        raise Problem(
            "No token is given.",
            f"Give it on stdin (`slurm-jwt {command} <token.txt`), with --token-file, or in SLURM_JWT.",
        )
    return _stripped(source) if source.file or source.place == STDIN else source


def _stripped(source: Source) -> Source:
    count = count_tokens(source.token)
    if count > 1:
        raise Problem(
            f"{source.place} holds {count} tokens.",
            "Give one token. `slurm-jwt check --lines` checks a token on each line.",
        )
    text = stripped(source.token)
    return source._replace(token=text.token, prefix=text.prefix.decode(), removed=text.removed())


def _named(token: str | None, file: str | None) -> Source | None:
    if file is not None:
        place = one_line(file)
        return Source(_read_file(file, place), place, file)
    if token == "-":  # noqa: S105 - a dash is not a password
        return Source(_read_limited(sys.stdin.buffer.read, STDIN), STDIN)
    if token is None:
        return None
    _demand_no_file_name(token)
    return Source(os.fsencode(token), "the argument")


def _demand_no_file_name(token: str) -> None:
    """Raise Problem if the argument is the name of a file, which a token never is."""
    if not _TOKEN.fullmatch(os.fsencode(token)) and len(token) < 4096 and os.path.isfile(token):  # noqa: PTH113 - as below
        name = one_line(token)
        raise Problem(f"TOKEN is {name}, which is the name of a file.", f"Write --token-file {name}")


def demand_not_swapped(source: Source, key: bytes | None) -> None:
    """Raise Problem if the key's file holds a token and the token's place does not."""
    if key is not None and _TOKEN.fullmatch(key) and not _TOKEN.fullmatch(source.token):
        raise Problem(
            f"The file of --key-file holds a token, and {source.place} does not.",
            "Swap the files of --token-file and --key-file.",
        )


def _from_stdin() -> Source | None:
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return None
    token = _read_limited(sys.stdin.buffer.read, STDIN)
    return Source(token, STDIN) if token.strip() else None


def _from_environment() -> Source | None:
    token = os.environb.get(b"SLURM_JWT")
    if not token:
        return None
    if token == b"daemon":
        raise Problem(
            "SLURM_JWT is 'daemon', which tells Slurm's own daemons to use auth/jwt; it is not a token.",
            "Unset it, and export a real token: export $(scontrol token)",
        )
    return Source(token, "SLURM_JWT")


def _read_file(path: str, place: str) -> bytes:
    try:
        # A FIFO, which <(...) of a shell is too, is read as far as its writer writes.
        kind = stat.S_IFMT(os.stat(path).st_mode)  # noqa: PTH116 - pathlib takes longer to load than a check
        named = path.startswith(("/dev/fd/", "/proc/self/fd/", "/dev/stdin"))
        if kind != stat.S_IFREG and not (kind == stat.S_IFIFO and named):
            raise Problem(
                f"{place} is not a regular file.", "Name a file that holds the token, or use stdin."
            )
        with open(path, "rb") as stream:  # noqa: PTH123 - as above
            return _read_limited(stream.read, place)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is not a file name"
        raise Problem(f"Cannot read the token from {place}: {reason}.") from error


def _read_limited(read: Callable[[int], bytes], place: str) -> bytes:
    data = read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Problem(f"{place} holds more than {MOST_BYTES:,} bytes: that is not a token.")
    return data


def read_key(path: str | None) -> bytes | None:
    """Return the key in this file, every byte of it, or None where no file is named."""
    if path is None:
        return None
    from slurm_jwt.strict.keys import KeyFileError, load_key

    try:
        return load_key(path)
    except KeyFileError as error:
        raise Problem(str(error)) from error


def moment(text: str | None) -> int | None:
    """Return seconds since 1970 for `text` (such a number, or ISO 8601 with a zone), None for None."""
    if text is None:
        return None
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(text) <= 16:
        return int(text)
    from datetime import UTC, datetime

    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(
            f"--now {text!r} is not a moment.",
            "Write seconds since 1970 or ISO 8601, as 2030-01-01T00:00:00Z.",
        ) from None
    return int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())
