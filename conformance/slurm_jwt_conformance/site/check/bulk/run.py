"""Judge a feed of lines, alone while they are few, with a crew of processes once they are many."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.check.bulk.judging import Judge

if TYPE_CHECKING:
    from collections.abc import Generator

    from slurm_jwt_conformance.site.check.bulk.judging import Answers
    from slurm_jwt_conformance.site.check.bulk.lines import Feed
    from slurm_jwt_conformance.site.check.bulk.task import Task

ALONE_SECONDS = 0.2
"""How long one process works before it gets help: two starts of Python take about as long."""

MOST_JOBS = 32


def usual_jobs() -> int:
    """Give the number of processors that this process may use, up to MOST_JOBS."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(own, MOST_JOBS)


def answers(task: Task, feed: Feed, jobs: int) -> Generator[Answers]:
    """Yield the answers to the lines of a feed, in order; jobs: processes that judge at a time."""
    judge, busy = Judge(task), 0.0
    while not feed.ended and (jobs == 1 or busy < ALONE_SECONDS):
        block = feed.read()
        if block is not None:
            begun = time.perf_counter()
            yield judge.answer(block)
            busy += time.perf_counter() - begun
    if not feed.ended:
        from slurm_jwt_conformance.site.check.bulk.crew import Crew

        with Crew(task, jobs) as crew:
            yield from crew.answers(feed)
