"""The result stream: results.jsonl, written while a run goes on and read back into an index.

with Writer(path) as out:
    out.write(Header(...))
    out.write(RuleText(...)), out.write(CaseText(...)), out.write(ImplementationText(...))
    out.write(Outcome(...))
    out.finish("complete", seconds=2.5)
results = read(path)
"""

from __future__ import annotations

from slurm_jwt_reports.events import (
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

__all__ = [
    "FORMAT",
    "AnyEvent",
    "CaseText",
    "Cell",
    "Deviation",
    "Finding",
    "Footer",
    "Header",
    "ImplementationText",
    "KeyText",
    "Outcome",
    "RuleText",
]
