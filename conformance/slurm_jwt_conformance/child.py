"""Run an implementation as a child process, and turn everything that it may do into an outcome.

Questions are written ahead of the answers, so that neither side waits for the other's pipe; one
selector serves all three pipes, so that a child which stops reading, answers nothing, or floods its
stderr cannot block us. A child that gives no answer within the limit is killed (hang), one that dies
is a crash of the question it was at; both are started again for the next question. Garbage on its
stdout says that the adapter is broken, not that its library is wrong.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from . import contract
from .contract import Garbage
from .implementations.serve import printable, secrets
from .participants import AdapterBroken, Description, IssueRequest, NotInstalled, Outcome, VerifyRequest
from .pipes import Died, Overlong, Process, Silent

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

Request = VerifyRequest | IssueRequest


class Child:
    """A participant in a process of its own; start one per implementation."""

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

    def describe(self) -> Description:
        """Start the child if it does not run, and give what it says about itself."""
        if self._description is None:
            self._description = self._start()
        return self._description

    def verify(self, requests: Iterable[VerifyRequest]) -> Iterator[Outcome]:
        """Have tokens read, in order."""
        return self._answers(iter(requests))

    def issue(self, requests: Iterable[IssueRequest]) -> Iterator[Outcome]:
        """Have tokens made, in order."""
        return self._answers(iter(requests))

    def close(self) -> None:
        """Ask the child to stop, and end it and all of its descendants."""
        if self._process is not None:
            self._process.stop(contract.STOP)
            self._process = None

    def _answers(self, source: Iterator[Request]) -> Iterator[Outcome]:
        self.describe()
        pending: deque[Request] = deque()
        while True:
            self._write_ahead(pending, source)
            if not pending:
                return
            outcome = self._next(pending[0])
            pending.popleft()
            if outcome.outcome in {"crash", "hang"} and not self._alive(pending):
                yield outcome
                yield from self._given_up(pending, source)
                return
            yield outcome

    def _write_ahead(self, pending: deque[Request], source: Iterator[Request]) -> None:
        process = self._running()
        while len(pending) < AHEAD and process.unsent < AHEAD_BYTES:
            request = next(source, None)
            if request is None:
                return
            pending.append(request)
            process.write(contract.write(request))

    def _next(self, request: Request) -> Outcome:
        """Wait for one answer; a dead or silent child is the answer too."""
        begun = time.monotonic()
        process = self._running()
        try:
            line = process.line(self._seconds, contract.MAX_LINE)
            return contract.read_answer(line, request, 1000 * (time.monotonic() - begun))
        except Silent:
            self._end()
            return Outcome(request.id, "hang", f"no answer within {self._seconds:g} s")
        except Died:
            self._end()
            hidden = secrets(request.key, getattr(request, "token", b""))
            return Outcome(request.id, "crash", printable(process.obituary(), hidden))
        except (Garbage, Overlong) as error:
            self._end()
            raise AdapterBroken(self.name, f"it wrote {error}") from None

    def _alive(self, pending: Iterable[Request]) -> bool:
        """Start a dead child again and repeat what it had not answered; False once it is given up."""
        if self._process is not None:
            return True  # a crash that the adapter itself caught and told
        if self._restarts <= 0:
            return False
        self._restarts -= 1
        self._start()
        for request in pending:
            self._running().write(contract.write(request))
        return True

    def _given_up(self, pending: Iterable[Request], source: Iterator[Request]) -> Iterator[Outcome]:
        reason = "it hung or died too often and was given up"
        for requests in (pending, source):
            yield from (Outcome(request.id, "not run", reason) for request in requests)

    def _start(self) -> Description:
        try:
            self._process = process = Process(self._command)
        except OSError as error:
            raise AdapterBroken(self.name, f"it cannot be started: {error.strerror}") from None
        said = self._introduction(process)
        if isinstance(said, str):
            self._end()
            raise NotInstalled(self.name, said)
        return said

    def _introduction(self, process: Process) -> Description | str:
        process.write(contract.START)
        try:
            return contract.read_start(process.line(self._start_seconds, contract.MAX_LINE))
        except Silent:
            reason = f"it did not answer to start within {self._start_seconds:g} s"
        except Died:
            reason = f"it ended at start: {process.obituary()}"
        except (Garbage, Overlong) as error:
            reason = f"at start it wrote {error}"
        self._end()
        raise AdapterBroken(self.name, printable(reason, ""))

    def _running(self) -> Process:
        if self._process is None:
            self._start()
        assert self._process is not None
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None
