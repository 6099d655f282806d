"""Run an implementation as a child process, and turn everything that it may do into an outcome.

Questions are written ahead of the answers, so that neither side waits for the other's pipe; one
selector serves all three pipes, so that a child which stops reading, answers nothing, or floods its
stderr cannot block us. A child that gives no answer within the limit is killed (hang), one that dies
is a crash of the question it was at; both are started again for the next question. Garbage on its
stdout says that the adapter is broken, not that its library is wrong.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final, TypeAlias

from slurm_jwt_conformance.adapters import (
    AdapterBroken,
    Description,
    IssueRequest,
    NotInstalled,
    Outcome,
    VerifyRequest,
    protocol,
)
from slurm_jwt_conformance.adapters.pipes import Died, Overlong, Process, Silent
from slurm_jwt_conformance.adapters.protocol import Garbage
from slurm_jwt_conformance.adapters.python.serve import printable, secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SECONDS = 5.0
"""How long an implementation may think about one question."""
START_SECONDS = 30.0
"""How long it may take to start: imports on a loaded machine."""
RESTARTS = 20
"""How often it is started again before it is given up."""
AHEAD = 64
AHEAD_BYTES = 1 << 18

Request: TypeAlias = VerifyRequest | IssueRequest


class Child:
    """A participant in a process of its own; start one per implementation."""

    basis: Final = "live"

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        seconds: float = SECONDS,
        start_seconds: float = START_SECONDS,
        restarts: int = RESTARTS,
    ) -> None:
        self.name = name
        self._command = command
        self._seconds, self._start_seconds, self._restarts = seconds, start_seconds, restarts
        self._process: Process | None = None
        self._description: Description | None = None
        self._busy = threading.Lock()
        self._closed = False

    def describe(self) -> Description:
        """Start the child if it does not run, and give what it says about itself."""
        if self._description is None:
            self._description = self._start()
        return self._description

    def verify(self, requests: Iterable[VerifyRequest]) -> Iterator[Outcome]:
        """Let the child verify tokens, in order."""
        return self._answers(iter(requests))

    def issue(self, requests: Iterable[IssueRequest]) -> Iterator[Outcome]:
        """Let the child issue tokens, in order."""
        return self._answers(iter(requests))

    def close(self) -> None:
        """Ask the child to stop, and end it and all of its descendants; any thread may call this."""
        self._closed = True
        if not self._busy.acquire(blocking=False):  # somebody waits for an answer: there will be none
            process = self._process
            if process is not None:
                process.interrupt()
            self._busy.acquire()
        if self._process is not None:
            self._process.stop(protocol.STOP)
            self._process = None
        self._busy.release()

    def _answers(self, source: Iterator[Request]) -> Iterator[Outcome]:
        self.describe()
        pending: deque[Request] = deque()
        try:
            while True:
                with self._busy:
                    outcome = None if self._closed else self._step(pending, source)
                if outcome is None or self._closed:  # what a closed child did last is our doing
                    return
                yield outcome
        finally:
            if pending and not self._closed:  # the caller left early: no other caller must get their answers
                self._restarts += 1
                self._end()

    def _step(self, pending: deque[Request], source: Iterator[Request]) -> Outcome | None:
        """Answer one question, or None after the last."""
        if self._process is None and self._restarts > 0:
            self._restarts -= 1
            self._start()
            for request in pending:
                self._write(request)
        while len(pending) < AHEAD and (self._process is None or self._process.unsent < AHEAD_BYTES):
            following = next(source, None)
            if following is None:
                break
            pending.append(following)
            self._write(following)
        return self._next(pending.popleft()) if pending else None

    def _write(self, request: Request) -> None:
        if self._process is not None:
            self._process.write(protocol.write(request))

    def _next(self, request: Request) -> Outcome:
        """Wait for one answer; a dead or silent child is the answer too."""
        begun, process = time.monotonic(), self._process
        if process is None:
            return Outcome(request.id, "not run", "it hung or died too often and was given up")
        try:
            line = process.line(self._seconds, protocol.MAX_LINE)
            return protocol.read_answer(line, request, 1000 * (time.monotonic() - begun))
        except Silent:
            self._end()
            return Outcome(request.id, "hang", f"no answer within {self._seconds:g} s")
        except Died:
            self._end()
            hidden = secrets(request.key, getattr(request, "token", b""))
            return Outcome(request.id, "crash", printable(process.ending(), hidden))
        except (Garbage, Overlong) as error:
            self._end()
            raise AdapterBroken(self.name, f"it wrote {error}") from None

    def _start(self) -> Description:
        try:
            self._process = process = Process(self._command)
        except OSError as error:
            raise AdapterBroken(self.name, f"it cannot be started: {error.strerror}") from None
        description = self._introduction(process)
        if isinstance(description, str):
            self._end()
            raise NotInstalled(self.name, description)
        return description

    def _introduction(self, process: Process) -> Description | str:
        process.write(protocol.START)
        try:
            return protocol.read_start(process.line(self._start_seconds, protocol.MAX_LINE))
        except Silent:
            reason = f"it did not answer to start within {self._start_seconds:g} s"
        except Died:
            process.kill()
            reason = f"it ended at start: {process.ending()}"
        except (Garbage, Overlong) as error:
            reason = f"at start it wrote {error}"
        self._end()
        raise AdapterBroken(self.name, printable(reason, ""))

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None
