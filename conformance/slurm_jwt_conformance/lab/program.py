"""Run one program with limits of time and output. No process of it is left after a limit."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from typing import IO, TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab import processes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CLEAN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"}
"""The environment of a program that needs nothing of the caller's environment."""

MOST_BYTES = 8 << 20


class Result(NamedTuple):
    """The end of a program.

    exit: the exit code, or minus the signal's number; None if the program did not start or was ended.
    late: the time limit ended it. flooded: the output limit ended it. missing: why it did not start.
    """

    exit: int | None
    out: str = ""
    err: str = ""
    late: bool = False
    flooded: bool = False
    missing: str = ""

    @property
    def ended(self) -> str:
        """Return in a few words why there is no exit code, "" if there is one."""
        if self.missing:
            return self.missing
        if self.late:
            return "it did not end within the time limit"
        return "it wrote too much output" if self.flooded else ""


def run(
    argv: Sequence[str],
    *,
    seconds: float,
    most_bytes: int = MOST_BYTES,
    environment: Mapping[str, str | bytes] = CLEAN,
) -> Result:
    """Run a program in a session of its own, with an empty standard input, and return its end.

    seconds: the time limit. most_bytes: the limit of each output. environment: all of it.
    """
    processes.adopt_orphans()
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            cwd="/",
        )
    except OSError as error:
        return Result(None, missing=error.strerror or str(error))
    return _finish(child, time.monotonic() + seconds, most_bytes)


def _finish(child: subprocess.Popen[bytes], deadline: float, most_bytes: int) -> Result:
    """Wait for the program's end, or end it with all processes of its session."""
    assert child.stdout is not None
    assert child.stderr is not None
    outputs = (bytearray(), bytearray())
    late = flooded = False
    with child:
        try:
            _read((child.stdout, child.stderr), outputs, deadline, most_bytes)
            child.wait(max(0.1, deadline - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            late = True
        except OverflowError:
            flooded = True
        finally:
            if child.returncode is None:
                _kill(child)
    out, err = (each.decode("utf-8", "backslashreplace") for each in outputs)
    return Result(None if late or flooded else child.returncode, out, err, late, flooded)


def _read(
    sources: Sequence[IO[bytes]], outputs: Sequence[bytearray], deadline: float, most_bytes: int
) -> None:
    """Read both outputs to their ends. Raises TimeoutError or OverflowError at a limit."""
    with selectors.DefaultSelector() as selector:
        for source, output in zip(sources, outputs, strict=True):
            selector.register(source, selectors.EVENT_READ, output)
        while selector.get_map():
            left = deadline - time.monotonic()
            ready = selector.select(left) if left > 0 else []
            if not ready:
                raise TimeoutError
            for key, _ in ready:
                piece = os.read(key.fd, 1 << 16)
                if not piece:
                    selector.unregister(key.fileobj)
                key.data.extend(piece)
                if len(key.data) > most_bytes:
                    raise OverflowError


def _kill(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
