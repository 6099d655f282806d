"""How a command that cannot go on shows why, on stderr. No message shows a token, a key or a raw control.

The text of an exception may quote the input, so it is not shown. For a bug of this project, only the kind of
the exception and its place are shown, and with SLURM_JWT_TRACEBACK the lines of code that led there.
"""

from __future__ import annotations

import errno
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_reports.redaction import concealed

if TYPE_CHECKING:
    from slurm_jwt_reports.problems import Problem

MOST_FRAMES = 30
"""Only the last frames of a traceback are shown: a recursion has a thousand that are alike."""

_REPORT = (
    "This is a mistake in slurm-jwt. Please report it, with what the same command says under\n"
    "  SLURM_JWT_TRACEBACK=1: code alone, nothing of your tokens, keys and files."
)

_NO_SHA256 = (
    "slurm-jwt: OpenSSL computes no SHA-256 here: it is held to FIPS, and finds no FIPS provider.\n"
    "  A slurmctld on this host, or in this container, refuses every token then. Install the provider\n"
    "  (openssl list -providers shows it), or run slurm-jwt elsewhere."
)


def show_problem(problem: Problem) -> int:
    """Show a problem and its hint; return its exit code."""
    _say(f"slurm-jwt: {problem.what}" + (f"\n  {problem.hint}" if problem.hint else ""))
    return problem.exit_code


def show_usage(text: str) -> None:
    """Show the message of argparse, which quotes the words of the call."""
    _say(text.rstrip("\n"))


def show_exception(error: Exception) -> int:
    """Show an exception that is not a Problem; return 3: the harness failed."""
    if isinstance(error, MemoryError):
        _say("slurm-jwt: There is not enough memory for this.")
    elif isinstance(error, OSError) and error.strerror:
        place = f": {error.filename}" if isinstance(error.filename, str) else ""
        _say(f"slurm-jwt: The system refuses: {error.strerror}{place}.")
    elif isinstance(error, ModuleNotFoundError):
        _say(f"slurm-jwt: The Python module {error.name} is missing.\n  Install slurm-jwt-conformance again.")
    elif isinstance(error, ValueError) and not _computes_sha256():
        _say(_NO_SHA256)
    else:
        _say(f"slurm-jwt: {type(error).__name__}{_place(error)}.\n  {_REPORT}")
    if os.environ.get("SLURM_JWT_TRACEBACK"):
        _say("\n".join(_frames(error)))
    return 3


def _computes_sha256() -> bool:
    """Return whether OpenSSL computes SHA-256; without a FIPS provider a FIPS host does not.

    The class of that error differs: ValueError up to Python 3.11.2, UnsupportedDigestmodError later.
    """
    import hashlib

    try:
        hashlib.sha256(b"")
    except ValueError:
        return False
    return True


def show_lost_output(error: OSError) -> int:
    """Show that stdout takes nothing more; return the exit code.

    Where the reader of the output went away (`slurm-jwt ... | head`), end quietly, as other commands do.
    """
    discard_output()
    if isinstance(error, BrokenPipeError):
        return 141
    why = "it is closed" if error.errno == errno.EBADF else error.strerror
    _say(f"slurm-jwt: stdout cannot be written: {why}. The answers are lost.")
    return 3


def discard_output() -> None:
    """Send the rest of stdout to /dev/null: its reader or disk is gone, and Python writes again at exit."""
    try:
        descriptor = sys.stdout.fileno()
    except (AttributeError, OSError, ValueError):  # none, or not a real one, or closed
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)


def _say(text: str) -> None:
    with suppress(OSError):  # the reader is gone; the exit code still shows the result
        print(concealed(text), file=sys.stderr, flush=True)


def _place(error: BaseException) -> str:
    """Name the innermost line of this distribution that was running."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if "/slurm_jwt" in each.filename]
    return f" at {_short(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""


def _frames(error: BaseException) -> list[str]:
    """Return the kinds of the errors and the code that raised them, causes first, without their texts."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = _frames(cause) if cause is not None and cause is not error else []
    for frame in traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]:
        lines.append(f"  {_short(frame.filename)}:{frame.lineno}, in {frame.name}")
        lines += [f"    {frame.line}"] if frame.line else []
    return [*lines, f"{type(error).__name__} (its text is not shown: it may quote what was read)"]


def _short(path: str) -> str:
    """Return the last three parts of the path, without the folders of this machine."""
    return "/".join(Path(path).parts[-3:])
