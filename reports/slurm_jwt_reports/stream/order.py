"""The order of a stream: a run's events as its file has them, for whoever writes a run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.stream.reader import read

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from slurm_jwt_reports.stream.events import AnyEvent
    from slurm_jwt_reports.stream.index import Results


def events_of(results: Results) -> Iterator[AnyEvent]:
    """Return all events of a run, each after those that it names."""
    texts = (results.rules, results.keys, results.cases, results.implementations)
    answers = (results.outcomes, results.cells)
    yield results.header
    for part in (*texts, *answers):
        yield from part.values()
    yield from results.findings
    if results.footer:
        yield results.footer


def unfinished(path: str | os.PathLike[str]) -> Results:
    """Read what a run left that did not come to its end, as far as it need not be asked again.

    That is all but cells, findings, the footer, and implementations that could not take part then.
    Problem if the run is complete, or its file is none.
    """
    results = read(path)
    if results.complete:
        raise Problem("That run is complete: there is nothing to resume.")
    there = {name: one for name, one in results.implementations.items() if one.status == "ran"}
    return results._replace(implementations=there, cells={}, findings=(), footer=None)
