"""Run an implementation as a child process, and turn everything that it may do into an outcome.

Questions are written ahead of the answers, so that neither side waits for the other's pipe; one
selector serves all three pipes, so that a child which stops reading, answers nothing, or floods its
stderr cannot block us. A child that gives no answer within the limit is killed (hang). One that dies, or
writes a line that is not an answer, crashes at the question it was at. Both are started again for the next
question. A child that does not get through its start is a broken adapter.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

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
from slurm_jwt_conformance.adapters.python.serve import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from slurm_jwt_conformance.adapters import Role

EXCERPT = 120
"""Characters of a line that is not an answer."""
AHEAD = 64
AHEAD_BYTES = 1 << 18

Request: TypeAlias = VerifyRequest | IssueRequest


class Limits(NamedTuple):
    """What an implementation may cost: seconds for its start and for an answer, and the number of restarts.

    A good answer gives back the starts after a death or a wrong line, but not those after a hang.
    """

    start: float = 30.0
    answer: float = 5.0
    restarts: int = 20


class Child:
    """A participant in a process of its own; start one per implementation."""

    basis: Final = "live"

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        limits: Limits = Limits(),  # noqa: B008 - it cannot change
        overhear: Callable[[str], None] | None = None,
    ) -> None:
        """Prepare the child. overhear: gets each line of its stderr, printable and without secrets."""
        self.name = name
        self._command, self._arguments = command, "\0".join(command[1:]) + "\0"
        self._overhear = overhear
        self._asked: deque[Request] = deque(maxlen=2 * AHEAD)
        self._limits, self._restarts = limits, limits.restarts
        self._process: Process | None = None
        self._description: Description | None = None
        self._lost = 0
        self._busy = threading.Lock()
        self._closed = False

    def describe(self) -> Description:
        """Start the child if it does not run, and give what it says about itself."""
        if self._description is None:
            self._description = self._start()
        return self._description

    def verify(self, requests: Iterable[VerifyRequest]) -> Iterator[Outcome]:
        """Let the child verify tokens, in order."""
        return self._answers("verifier", iter(requests))

    def issue(self, requests: Iterable[IssueRequest]) -> Iterator[Outcome]:
        """Let the child issue tokens, in order."""
        return self._answers("issuer", iter(requests))

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

    def _answers(self, role: Role, source: Iterator[Request]) -> Iterator[Outcome]:
        description = self.describe()
        if role not in description.roles or "HS256" not in description.algorithms:
            reason = f"it is not {'a verifier' if role == 'verifier' else 'an issuer'} of HS256"
            yield from (Outcome(request.id, "unsupported", reason) for request in source)
            return
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
        self._asked.append(request)
        if self._process is not None:
            self._process.write(protocol.write(request))

    def _next(self, request: Request) -> Outcome:
        """Wait for one answer; a dead or silent child, or a wrong line, is the answer too."""
        begun, process = time.monotonic(), self._process
        if process is None:
            return Outcome(request.id, "not run", "it hung or died too often and was given up")
        hidden = self._arguments + protocol.secrets_of(request)
        line = b""
        try:
            line = process.line(self._limits.answer, protocol.MAX_LINE)
            outcome = protocol.read_answer(line, request, 1000 * (time.monotonic() - begun), self._arguments)
        except Silent:
            self._end()
            return Outcome(request.id, "hang", f"no answer within {self._limits.answer:g} s")
        except Died:
            self._end()
            self._lost += 1
            return Outcome(request.id, "crash", printable(process.ending(), hidden))
        except (Garbage, Overlong) as error:
            self._end()
            self._lost += 1
            return Outcome(request.id, "crash", wrong_line(error, line, hidden))
        self._restarts, self._lost = self._restarts + self._lost, 0
        return outcome

    def _start(self) -> Description:
        try:
            self._process = process = Process(self._command, self._overhear and self._show)
        except OSError as error:
            raise AdapterBroken(self.name, f"it cannot be started: {error.strerror}") from None
        description = self._introduction(process)
        if isinstance(description, str):
            self._end()
            raise NotInstalled(self.name, description)
        return description

    def _introduction(self, process: Process) -> Description | str:
        process.write(protocol.start(int(time.time())))
        line = b""
        try:
            line = process.line(self._limits.start, protocol.MAX_LINE)
            return protocol.read_start(line, self._arguments)
        except Silent:
            reason = f"it did not answer to start within {self._limits.start:g} s"
        except Died:
            process.kill()
            reason = f"it ended at start: {process.ending()}"
        except (Garbage, Overlong) as error:
            reason = f"at start, {wrong_line(error, line, self._arguments)}"
        self._end()
        raise AdapterBroken(self.name, printable(reason, self._arguments))

    def _show(self, line: str) -> None:
        if self._overhear is not None:
            hidden = [protocol.secrets_of(one) for one in self._asked]
            self._overhear(printable(line, self._arguments + "\0".join(hidden)))

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None


def wrong_line(error: Exception, line: bytes, hidden: str) -> str:
    """Return a sentence on a line that is not an answer, with the begin of the line."""
    text = printable((getattr(error, "begin", b"") or line).decode("utf-8", "backslashreplace"), hidden)
    shown = text if len(text) <= EXCERPT else f"{text[:EXCERPT]}..."
    return f"it wrote a line that is not an answer of the adapter protocol ({error}): {shown}"
