"""One request and one answer as JSON lines over a lab's Unix socket, which only its owner can reach."""

from __future__ import annotations

import json
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from slurm_jwt_conformance.lab.errors import KeyRefused, SlurmError
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Message = dict[str, Any]

SOCKET = "socket"
LONGEST = 64 << 20
"""The limit of one line in bytes. A token of 16 MiB in base64 fits."""


class NotAnswering(Exception):
    """The lab's socket is missing or closed: the lab is starting, ending or gone."""


@contextmanager
def short_path(place: Path) -> Iterator[str]:
    """Give the socket's path through an open folder, because a Unix address holds only 107 bytes."""
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


def ask(place: Path, request: Message, seconds: float) -> Message:
    """Send one request to a lab and return its answer.

    Raises NotAnswering, the Problem or SlurmError of the lab, and SlurmError after `seconds`.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(seconds)
        try:
            with short_path(place) as path:
                connection.connect(path)
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as stream:
                answer: Message = json.loads(stream.readline(LONGEST))
        except TimeoutError:
            text = f"the lab did not answer within {seconds:.0f} seconds"
            raise SlurmError(text, "It may be busy.") from None
        except (OSError, ValueError):
            raise NotAnswering from None
    if "error" not in answer:
        return answer
    if answer["wrong_call"]:
        raise Problem(answer["error"], answer["hint"])
    raise SlurmError(answer["error"], answer["hint"], answer["log"])


def error_answer(error: Exception) -> Message:
    """Return the answer that reports an error: either the caller's mistake or a failure of the lab."""
    text, hint, log, wrong_call = f"{type(error).__name__}: {error}", "", "", False
    if isinstance(error, KeyRefused):
        text, hint, wrong_call = f"{error.what}: {error.reason or 'it crashes'}", error.hint, True
    elif isinstance(error, SlurmError):
        text, hint, log = error.what, error.hint, error.log
    elif isinstance(error, Problem):
        text, hint, wrong_call = error.what, error.hint, error.exit_code == 2
    return {"error": text, "hint": hint, "log": log, "wrong_call": wrong_call}
