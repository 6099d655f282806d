"""The result stream: results.jsonl, written while a run goes on and read back into an index.

    with Writer(path) as out:
        out.write(Header(...))                      # then the texts, each before what names it
        out.write(Outcome(...))                     # on disk when write() returns
        out.finish("complete", seconds=2.5)         # the footer, with counts of its own
    results = read(path)

A run that dies leaves every event written so far. What it left is read and shown as cut short; a file
that contradicts itself, is of another format or is no result stream at all is refused with a reason.
"""

from __future__ import annotations

from slurm_jwt_reports.errors import ResultsError
from slurm_jwt_reports.stream.events import (
    FORMAT,
    AnyEvent,
    CaseText,
    Cell,
    Deviation,
    Finding,
    Footer,
    Header,
    ImplementationText,
    KeyText,
    Outcome,
    RuleText,
)
from slurm_jwt_reports.stream.index import Results, contradiction
from slurm_jwt_reports.stream.reader import MAX_LINE, read
from slurm_jwt_reports.stream.writer import Contradiction, Writer

__all__ = [
    "FORMAT",
    "MAX_LINE",
    "AnyEvent",
    "CaseText",
    "Cell",
    "Contradiction",
    "Deviation",
    "Finding",
    "Footer",
    "Header",
    "ImplementationText",
    "KeyText",
    "Outcome",
    "Results",
    "ResultsError",
    "RuleText",
    "Writer",
    "contradiction",
    "read",
]
