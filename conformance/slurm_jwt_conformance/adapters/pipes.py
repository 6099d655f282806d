"""One child process and its three pipes, served by one selector: nothing here can block for ever.

The child leads a process group of its own, which is killed as a whole; lab/processes.py ends what left the
group. Its environment is ours without SLURM_JWT, which may hold a live token; questions, with their keys,
go through stdin alone.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

from slurm_jwt_conformance.lab import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CHUNK = 1 << 16
STDERR_KEPT = 4096
STDERR_LINES = 200
"""The most lines of a child's stderr that are shown: each is searched for secrets, which takes time."""
STOP_SECONDS = 2.0
END_SECONDS = 0.5
EXCERPT_BYTES = 400


class Silent(Exception):
    """No line within the time allowed."""


class Died(Exception):
    """The child closed its stdout."""


class Overlong(Exception):
    """A line longer than allowed; `begin` is its first bytes."""

    def __init__(self, most: int, begin: bytes) -> None:
        super().__init__(f"the line has more than {most:,} bytes")
        self.begin = begin


class Process:
    """A child with line-wise answers; write() never blocks, line() waits at most the given time."""

    def __init__(self, command: Sequence[str], overhear: Callable[[str], None] | None = None) -> None:
        """Start the child. overhear: gets each line of its stderr."""
        environment = {name: value for name, value in os.environ.items() if name != "SLURM_JWT"}
        pipe = subprocess.PIPE
        processes.adopt_orphans()
        self._child = subprocess.Popen(
            command, bufsize=0, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, start_new_session=True
        )
        self._stdin, self._stdout, self._stderr = (
            cast("IO[bytes]", stream)
            for stream in (self._child.stdin, self._child.stdout, self._child.stderr)
        )
        self._unsent, self._received, self._stderr_text = bytearray(), bytearray(), bytearray()
        self._searched, self._overheard = 0, b""
        self._show, self._shown = overhear, 0
        self._ended = self._running_on = False
        self._selector = selectors.DefaultSelector()
        for stream in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(stream.fileno(), False)
        self._selector.register(self._stdout, selectors.EVENT_READ, self._receive)
        self._selector.register(self._stderr, selectors.EVENT_READ, self._overhear)

    @property
    def unsent(self) -> int:
        """How many bytes wait for the child to read."""
        return len(self._unsent)

    def write(self, line: bytes) -> None:
        """Send as much as the pipe takes now, the rest while waiting for answers."""
        self._unsent += line
        if self._stdin.closed:
            return
        if self._stdin not in self._selector.get_map():
            self._selector.register(self._stdin, selectors.EVENT_WRITE, self._send)
        self._send()

    def line(self, seconds: float, most: int) -> bytes:
        """Wait for the next line, without its newline."""
        deadline = time.monotonic() + seconds
        while True:
            line = self._complete_line(most)
            if line is not None:
                return line
            if self._ended:
                raise Died
            left = deadline - time.monotonic()
            ready = self._selector.select(max(left, 0))
            if left <= 0 and not any(key.fileobj is self._stdout for key, _ in ready):
                raise Silent
            for key, _ in ready:
                key.data()

    def ending(self) -> str:
        """Say how the child ended, with the last line of its stderr; call after kill()."""
        code = self._child.returncode
        lines = self._stderr_text.decode("utf-8", "replace").strip().splitlines()
        how = "it closed its stdout" if self._running_on else _ending(code)
        return f"process died ({how})" + (f": {lines[-1]}" if lines else "")

    def finish(self, line: bytes) -> None:
        """Send a last line, and close the child's stdin."""
        self.write(line)
        self._hang_up(self._stdin)

    def stop(self, line: bytes = b"") -> int | None:
        """Let the child end by itself for a moment, then kill it. Return its exit status; None if killed."""
        self.finish(line)
        ended = self._ends_within(STOP_SECONDS)
        self.kill()
        return self._child.returncode if ended else None

    def interrupt(self) -> None:
        """Kill the child's whole process group; safe from another thread."""
        if self._child.returncode is None:  # not yet reaped, so the id is still this group's
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._child.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End the child's whole process group and release its pipes."""
        self.interrupt()
        self._child.wait()
        if not self._stderr.closed and self._stderr in self._selector.get_map():
            self._overhear()
        self._repeat(b"\n")
        for stream in (self._stdin, self._stdout, self._stderr):
            self._hang_up(stream)
        self._selector.close()

    def _complete_line(self, most: int) -> bytes | None:
        end = self._received.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._received)
            if self._searched > most:
                raise Overlong(most, bytes(self._received[:EXCERPT_BYTES]))
            return None
        line = bytes(self._received[:end])
        if end > most:
            raise Overlong(most, line[:EXCERPT_BYTES])
        del self._received[: end + 1]
        self._searched = 0
        return line

    def _send(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self._stdin.fileno(), self._unsent[:CHUNK])]
        except BlockingIOError:
            return
        except OSError:  # it reads no more: line() notices its silence or its end
            self._unsent.clear()
        self._selector.unregister(self._stdin)

    def _receive(self) -> None:
        chunk = _read(self._stdout)
        self._received += chunk or b""
        if chunk == b"":
            self._selector.unregister(self._stdout)
            self._ended = True
            self._await_end()

    def _overhear(self) -> None:
        chunk = _read(self._stderr)
        self._stderr_text = (self._stderr_text + (chunk or b""))[-STDERR_KEPT:]
        self._repeat(chunk or b"")
        if chunk == b"" and self._stderr in self._selector.get_map():
            self._selector.unregister(self._stderr)

    def _repeat(self, chunk: bytes) -> None:
        """Give on the lines of stderr that are complete, up to a number of them."""
        if self._show is None or self._shown > STDERR_LINES:
            return
        *lines, rest = (self._overheard + chunk).split(b"\n")
        self._overheard = rest[:STDERR_KEPT]
        for line in filter(bytes.strip, lines):
            self._shown += 1
            if self._shown > STDERR_LINES:
                self._show(f"(more than {STDERR_LINES} lines: the rest is not shown)")
                return
            self._show(line[:STDERR_KEPT].decode("utf-8", "replace"))

    def _await_end(self) -> None:
        """Return a child that closed its stdout the time to leave its exit status and last words."""
        self._running_on = not self._ends_within(END_SECONDS)
        if self._stderr in self._selector.get_map():
            self._overhear()

    def _ends_within(self, seconds: float) -> bool:
        """Wait without reaping: until then no other process group can get this id."""
        deadline, pause = time.monotonic() + seconds, 0.0005
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while os.waitid(os.P_PID, self._child.pid, flags) is None:
            if time.monotonic() > deadline:
                return False
            time.sleep(pause)
            pause = min(2 * pause, 0.02)
        return True

    def _hang_up(self, stream: IO[bytes]) -> None:
        if not stream.closed:
            with suppress(KeyError):
                self._selector.unregister(stream)
            stream.close()


def _read(stream: IO[bytes]) -> bytes | None:
    """Read what is there: None when nothing is, b"" at the end."""
    try:
        return os.read(stream.fileno(), CHUNK)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    with suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"
