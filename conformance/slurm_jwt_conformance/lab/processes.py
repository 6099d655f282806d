"""The end of a command: a signal becomes one exception, and no process that the command started is left.

A child leads a process group of its own, which is killed as a whole. On Linux a command also adopts each
descendant that leaves its group and loses its parent (PR_SET_CHILD_SUBREAPER), and kills it at the end.
Elsewhere the group alone is killed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_CHILD_SUBREAPER = 36
END_SECONDS = 5.0
"""How long killed processes may take to end."""


class Interrupted(KeyboardInterrupt):
    """A signal ends this process. It is raised wherever the main thread is."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


class _Command:
    """running: this process is a command, and had no children. lasting: children that outlive it."""

    running = False
    adopts = False
    ended_by: Interrupted | None = None
    lasting: frozenset[int] = frozenset()


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise Interrupted on the first signal and ignore the others, so that the end is complete.

    A signal that the caller ignores (nohup, a background job) stays ignored.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}
    used = [number for number in SIGNALS if before[number] is not signal.SIG_IGN]

    def stop(number: int, _frame: object) -> None:
        for each in used:
            signal.signal(each, signal.SIG_IGN)
        _Command.ended_by = Interrupted(number)
        raise _Command.ended_by

    for number in used:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in used:
            signal.signal(number, before[number])


@contextmanager
def command() -> Iterator[None]:
    """Run a command that has this process for itself; at its end no child is left, except lasting ones.

    Raises Interrupted for a signal, also if the command handled it. After it, a signal ends the process.
    """
    _Command.running = not _children()
    try:
        with interruptible():
            try:
                yield
            finally:
                _ignore()
                if _Command.adopts:
                    _kill_children()
            if _Command.ended_by is not None:
                raise _Command.ended_by
    finally:
        _ignore(signal.SIG_DFL)


def _ignore(handler: signal.Handlers = signal.SIG_IGN) -> None:
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def adopt_orphans() -> None:
    """Make this process the parent of its orphaned descendants, if it is a command on Linux.

    Call this before a program is started. A process that had children at its start, because a shell became
    this command, adopts no process: it could be a descendant of those.
    """
    if not _Command.running or _Command.adopts or sys.platform != "linux":
        return
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    _Command.adopts = prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def let_outlive(child: int) -> None:
    """Let a child outlive this command."""
    _Command.lasting |= {child}


def _children() -> set[int]:
    """Return the ids of this process's children, zombies too."""
    found: set[int] = set()
    with suppress(OSError):
        for thread in os.listdir("/proc/self/task"):  # noqa: PTH208 - at each start of a command
            with suppress(OSError), open(f"/proc/self/task/{thread}/children", "rb") as stream:  # noqa: PTH123
                found |= set(map(int, stream.read().split()))
    return found


def _kill_children() -> None:
    """Kill all children; their children become ours, and are killed in the next round."""
    deadline = time.monotonic() + END_SECONDS
    while (left := _children() - _Command.lasting) and time.monotonic() < deadline:
        for child in left:
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
        for child in left:
            _reap(child, deadline)


def _reap(child: int, deadline: float) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(child, os.WNOHANG) == (0, 0) and time.monotonic() < deadline:
            time.sleep(0.001)
