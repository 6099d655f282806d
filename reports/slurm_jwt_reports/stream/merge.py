"""Put runs together: the shards of one run, or many libraries' runs, into one; a conflict is an error.

Two runs go together where they used the same suite and vectors. What both say must be the same, times
apart: an implementation in two versions, or a case with two answers, is a conflict, and neither is
preferred. Who could not take part in one run but did in another, did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.stream.events import (
    CaseText,
    Cell,
    Finding,
    Footer,
    Header,
    ImplementationText,
    Outcome,
)
from slurm_jwt_reports.stream.index import FALSE_COUNTS, Contradiction, Results, gather
from slurm_jwt_reports.stream.order import events_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Key = TypeVar("Key")
Value = TypeVar("Value")


def merge(runs: Sequence[tuple[str, Results]]) -> Results:
    """Merge runs, each with its name for messages; Problem names the conflict and whose it is.

    The merged run is as complete as its parts: one that was cut short leaves it without an end.
    """
    if len(runs) == 1:
        return runs[0][1]
    _check_suite(runs)
    _check_counts(runs)
    parts = [run for _, run in runs]
    merged = Results(
        _header([run.header for run in parts]),
        _union(runs, "rules", "rule", _same),
        _union(runs, "keys", "key", _same),
        _union(runs, "cases", "case", _case),
        _union(runs, "implementations", "implementation", _implementation),
        _union(runs, "outcomes", "outcome", _outcome),
        _union(runs, "cells", "pair", _cell),
        (),
        None,
        (),
    )
    merged = merged._replace(findings=_findings(parts, merged))
    try:
        return gather(events_of(merged._replace(footer=_footer(parts, merged))))
    except Contradiction as error:
        raise Problem(f"The merged run contradicts itself: {error}.") from error


def _check_suite(runs: Sequence[tuple[str, Results]]) -> None:
    first_name, first = runs[0]
    for name, run in runs[1:]:
        for what, member in (("suite", "suite"), ("vectors", "vectors_sha256")):
            mine, theirs = (getattr(one.header, member) for one in (first, run))
            if mine != theirs:
                raise Problem(
                    f"{first_name} and {name} cannot be merged: {what} {one_line(mine, 20)} and "
                    f"{one_line(theirs, 20)}. Run both with the same slurm-jwt."
                )


def _check_counts(runs: Sequence[tuple[str, Results]]) -> None:
    """Refuse a file that says something false of itself: after merging, the error is not visible."""
    for name, run in runs:
        if FALSE_COUNTS in run.problems:
            raise Problem(f"{name} cannot be merged. {FALSE_COUNTS}")


def _union(
    runs: Sequence[tuple[str, Results]], member: str, what: str, join: Callable[[Value, Value], Value | None]
) -> dict[Key, Value]:
    """Take the entries of all runs; join says what becomes of two for the same id, None being a conflict."""
    found: dict[Key, Value] = {}
    origin: dict[Key, str] = {}
    for name, run in runs:
        entries: Mapping[Key, Value] = getattr(run, member)
        for key, value in entries.items():
            both = join(found[key], value) if key in found else value
            if both is None:
                raise Problem(_conflict(what, key, origin[key], name))
            found[key] = both
            origin.setdefault(key, name)
    return found


def _conflict(what: str, key: object, first: str, second: str) -> str:
    named = " / ".join(key) if isinstance(key, tuple) else str(key)
    return (
        f"{first} and {second} disagree about the {what} {one_line(named)}. "
        "Leave one of them out, or see what differs with `slurm-jwt report diff`."
    )


def _same(first: Value, second: Value) -> Value | None:
    return first if first == second else None


def _case(first: CaseText, second: CaseText) -> CaseText | None:
    """Show a token only where every run was asked to."""
    if first.token is None or second.token is None:
        first, second = replace(first, token=None), replace(second, token=None)
    return _same(first, second)


def _implementation(first: ImplementationText, second: ImplementationText) -> ImplementationText | None:
    ran = [one for one in (first, second) if one.status == "ran"]
    return _same(first, second) if len(ran) == 2 else (ran or [first])[0]


def _outcome(first: Outcome, second: Outcome) -> Outcome | None:
    asked = [one for one in (first, second) if one.outcome != "not run"]
    if len(asked) == 1:
        return asked[0]
    return first if replace(first, milliseconds=None) == replace(second, milliseconds=None) else None


def _cell(first: Cell, second: Cell) -> Cell | None:
    asked = [one for one in (first, second) if one.outcome != "not run"]
    return asked[0] if len(asked) == 1 else _same(first, second)


def _findings(parts: Iterable[Results], merged: Results) -> tuple[Finding, ...]:
    """Take each finding once; who took part in one run is not absent."""
    ran = {one.id for one in merged.implementations.values() if one.status == "ran"}
    found = dict.fromkeys(finding for run in parts for finding in run.findings)
    return tuple(one for one in found if one.kind != "absent" or one.implementation not in ran)


def _header(headers: Sequence[Header]) -> Header:
    """Say of all runs what was run, where and when: the first start, and each differing fact of all."""
    return replace(
        headers[0],
        started=min(header.started for header in headers),
        command=" && ".join(dict.fromkeys(header.command for header in headers)),
        python=_facts([header.python for header in headers]),
        machine=_merged_facts([header.machine for header in headers]),
        versions=_merged_facts([header.versions for header in headers]),
    )


def _merged_facts(parts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: _facts([part[name] for part in parts if name in part]) for name in names}


def _facts(texts: Iterable[str]) -> str:
    return " + ".join(dict.fromkeys(texts))


def _footer(parts: Sequence[Results], merged: Results) -> Footer | None:
    footers = [run.footer for run in parts if run.footer]
    if len(footers) < len(parts):
        return None
    whole = all(footer.status == "complete" for footer in footers)
    return Footer(
        status="complete" if whole else "interrupted",
        counts=merged.counts(),
        seconds=sum(footer.seconds for footer in footers),
    )
