"""Run several iterators at once, each in a thread of its own, and yield what they give as it comes."""

from __future__ import annotations

import os
import queue
import threading
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")


class Failed(NamedTuple):
    """A job ended with this error; the others go on."""

    error: Exception


class _Ended(NamedTuple):
    pass


def workers() -> int:
    """How many children to keep busy: importing a library is mostly waiting for the disk and one core."""
    return 2 * (os.cpu_count() or 1) + 2


def merged(jobs: Mapping[str, Callable[[], Iterator[T]]]) -> Iterator[tuple[str, T | Failed]]:
    """Yield (job's name, item) in the order of arrival; a job that raises yields a Failed.

    Where the caller stops early (or is interrupted), jobs stop at their next item.
    """
    arrived: queue.SimpleQueue[tuple[str, T | Failed | _Ended]] = queue.SimpleQueue()
    waiting = iter(list(jobs.items()))
    stopped = threading.Event()

    def start_next() -> bool:
        name, job = next(waiting, ("", None))
        if job is None:
            return False
        threading.Thread(target=_work, args=(name, job, arrived, stopped), daemon=True).start()
        return True

    running = sum(start_next() for _ in range(workers()))
    try:
        while running:
            name, item = arrived.get()
            if isinstance(item, _Ended):
                running -= not start_next()
            else:
                yield name, item
    finally:
        stopped.set()


def _work(
    name: str,
    job: Callable[[], Iterator[T]],
    arrived: queue.SimpleQueue[tuple[str, T | Failed | _Ended]],
    stopped: threading.Event,
) -> None:
    try:
        for item in job():
            if stopped.is_set():
                return
            arrived.put((name, item))
    except Exception as error:  # noqa: BLE001 - it goes to the caller, who knows which are expected
        arrived.put((name, Failed(error)))
    finally:
        arrived.put((name, _Ended()))
