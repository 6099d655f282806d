"""A crew of worker processes: blocks go out to whoever has least to do, answers come back in order.

One poll serves all pipes and the source of blocks, so that no side waits for another, and an answer goes
out as soon as it is there, even while the source is silent.
"""

from __future__ import annotations

import os
import pickle
import select
import signal
import subprocess
import sys
from collections import deque
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

from slurm_jwt_conformance.lab import processes
from slurm_jwt_conformance.site.check.bulk import worker
from slurm_jwt_conformance.site.check.bulk.judging import Answers
from slurm_jwt_reports.problems import HarnessProblem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.check.bulk.lines import Block, Feed
    from slurm_jwt_conformance.site.check.bulk.task import Task

PIPE = 1 << 16
AHEAD = 2
"""Blocks that a worker has at a time: one at work, one waiting."""
MOST_WAITING = 8 * 1024 * 1024
"""Bytes of blocks that may be under way at a time, unless one alone has more."""


class Job:
    """A block on its way, and its answers when they are there."""

    __slots__ = ("answers", "block", "size")

    def __init__(self, block: Block) -> None:
        self.block, self.size = block, len(block.data)
        self.answers: Answers | None = None


class Worker:
    """One process and its two pipes; nothing here waits."""

    def __init__(self, introduction: bytes) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "SLURM_JWT"}
        processes.adopt_orphans()
        self.child = subprocess.Popen(
            [sys.executable, *worker.COMMAND],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            process_group=0,  # a terminal's Ctrl-C is for the command alone, which then ends its workers
        )
        self.stdin, self.stdout = (cast("IO[bytes]", end) for end in (self.child.stdin, self.child.stdout))
        for pipe in (self.stdin, self.stdout):
            os.set_blocking(pipe.fileno(), False)
        self.jobs: deque[Job] = deque()
        self.unsent: deque[memoryview] = deque([memoryview(introduction)])
        self._received = bytearray()

    def begin(self, job: Job) -> None:
        """Take on one more block."""
        self.jobs.append(job)
        block = job.block
        self.unsent += map(memoryview, worker.framed((block.place, block.first), block.data))

    def send(self) -> None:
        """Write what the pipe takes."""
        with suppress(BlockingIOError, BrokenPipeError):  # of a dead worker its stdout tells
            while self.unsent:
                rest = self.unsent[0][os.write(self.stdin.fileno(), self.unsent[0]) :]
                if rest:
                    self.unsent[0] = rest
                else:
                    self.unsent.popleft()

    def receive(self) -> None:
        """Read what is there, and hand answers to their jobs; HarnessProblem if the worker is dead."""
        chunk = os.read(self.stdout.fileno(), 1 << 20)
        if not chunk:
            raise self._died()
        self._received += chunk
        head = worker.HEAD.size
        while len(self._received) >= head:
            pickled, text = worker.HEAD.unpack_from(self._received)
            begin, end = head + pickled, head + pickled + text
            if len(self._received) < end:
                return
            tally = pickle.loads(self._received[head:begin])  # noqa: S301 - of our own child
            self.jobs.popleft().answers = Answers(bytes(self._received[begin:end]), tally)
            del self._received[:end]

    def end(self) -> None:
        """End the process, at work or not."""
        self.child.kill()
        self.child.wait()
        self.stdin.close()
        self.stdout.close()

    def _died(self) -> HarnessProblem:
        code = self.child.wait()
        how = f"with exit status {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
        where = ""
        if self.jobs:
            block = self.jobs[0].block
            where = f" while it judged the lines from {block.first} on"
            where += f" of {block.place}" if block.place else ""
        return HarnessProblem(
            f"A worker process ended {how}{where}.",
            "The answers up to there are complete. Was it killed, or is memory short? "
            "--jobs 1 judges in one process.",
        )


class Crew:
    """Workers under one task. Use it as a context: whatever happens, they end with it."""

    def __init__(self, task: Task, jobs: int) -> None:
        introduction = pickle.dumps(sys.path) + b"".join(worker.framed(task))
        self._workers: list[Worker] = []
        try:
            for _ in range(jobs):
                self._workers.append(Worker(introduction))
        except BaseException as error:
            self.end()
            if isinstance(error, OSError):
                raise HarnessProblem(f"No worker process can be started: {error.strerror}.") from None
            raise

    def answers(self, feed: Feed) -> Iterator[Answers]:
        """Yield the answers to all blocks of a feed, in the order of the blocks."""
        under_way: deque[Job] = deque()
        waiting: deque[Job] = deque()
        while under_way or not feed.ended:
            self._hand_out(waiting)
            room = len(waiting) == 0 and sum(job.size for job in under_way) <= MOST_WAITING
            for block in self._served(feed if room and not feed.ended else None):
                under_way.append(Job(block))
                waiting.append(under_way[-1])
            while under_way and (done := under_way[0].answers) is not None:
                under_way.popleft()
                yield done

    def _hand_out(self, waiting: deque[Job]) -> None:
        while waiting:
            idlest = min(self._workers, key=lambda worker: len(worker.jobs))
            if len(idlest.jobs) >= AHEAD:
                return
            idlest.begin(waiting.popleft())

    def _served(self, feed: Feed | None) -> Iterator[Block]:
        """Wait until a pipe, or the feed, has something, and serve it; yield the block that came in."""
        poll = select.poll()
        for each in self._workers:
            poll.register(each.stdout, select.POLLIN)
            if each.unsent:
                poll.register(each.stdin, select.POLLOUT)
        source = None if feed is None else feed.fileno()
        if source is not None:
            poll.register(source, select.POLLIN)
        at_once = feed is not None and source is None
        ready = {descriptor for descriptor, _ in poll.poll(0 if at_once else None)}
        for each in self._workers:
            if each.stdin.fileno() in ready:
                each.send()
            if each.stdout.fileno() in ready:
                each.receive()
        if feed is not None and (at_once or source in ready):
            block = feed.read()
            if block is not None:
                yield block

    def end(self) -> None:
        """End all workers."""
        for each in self._workers:
            each.end()
        self._workers = []

    def __enter__(self) -> Crew:
        """Start nothing: the workers run already."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all workers, whatever happened."""
        self.end()
