"""How a lab's process and its callers speak: one JSON line each way over a private Unix socket."""

from __future__ import annotations

import json
import os
import socket
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from slurm_jwt_conformance.lab.errors import KeyRefused, SlurmError
from slurm_jwt_conformance.lab.service.folder import SOCKET
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Message = dict[str, Any]

LONGEST = 64 << 20
"""The most bytes of one line: a token of 16 MiB in base64, and more."""


class NotAnswering(Exception):
    """Nobody answers at a lab's socket: it is starting, ending, or gone."""


@contextmanager
def _short_path(place: Path) -> Iterator[str]:
    """Give the socket's path by way of an open folder: a Unix address holds no more than 107 bytes."""
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


def listen(place: Path) -> socket.socket:
    """Listen in a lab's folder, which only its owner can enter."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        with _short_path(place) as path:
            server.bind(path)
    finally:
        os.umask(mask)
    server.listen(16)
    return server


def is_own(connection: socket.socket) -> bool:
    """Tell whether the caller is this account, or root."""
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return uid in {0, os.geteuid()}


def ask(place: Path, request: Message, seconds: float) -> Message:
    """Send one request to a lab and return its answer; its own errors are raised here again.

    Raises NotAnswering if nobody listens, Problem or SlurmError as the lab did.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(seconds)
        try:
            with _short_path(place) as path:
                caller.connect(path)
            caller.sendall(json.dumps(request).encode() + b"\n")
            with caller.makefile("rb") as stream:
                line = stream.readline(LONGEST)
            answer: Message = json.loads(line)
        except TimeoutError:
            raise SlurmError(
                f"the lab did not answer within {seconds:.0f} seconds", "It may be busy."
            ) from None
        except (OSError, ValueError):
            raise NotAnswering from None
    return checked(answer)


def checked(answer: Message) -> Message:
    """Return an answer, or raise the error that it tells."""
    if answer.get("error") is None:
        return answer
    if answer["wrong_call"]:
        raise Problem(answer["error"], answer["hint"])
    raise SlurmError(answer["error"], answer["hint"], answer["log"])


def told(error: Exception) -> Message:
    """Put an error into an answer: whether the call was wrong, or the harness failed."""
    if isinstance(error, KeyRefused):
        what = f"{error.what}: {error.reason}"
        return {"error": what, "hint": error.hint, "log": "", "wrong_call": True}
    if isinstance(error, SlurmError):
        return {"error": error.what, "hint": error.hint, "log": error.log, "wrong_call": False}
    if isinstance(error, Problem):
        return {"error": error.what, "hint": error.hint, "log": "", "wrong_call": error.exit_code == 2}
    return {"error": f"{type(error).__name__}: {error}", "hint": "", "log": "", "wrong_call": False}
