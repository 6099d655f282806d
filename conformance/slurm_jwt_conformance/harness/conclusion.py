"""What a run ends with: the exit code, and the sentences for the terminal, the most urgent first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.run.case_words import failed_pairs
from slurm_jwt_reports.run.overview import overview
from slurm_jwt_reports.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from slurm_jwt_reports.run.overview import Overview
    from slurm_jwt_reports.stream.events import Finding, FindingKind
    from slurm_jwt_reports.stream.index import Results

MOST_SHOWN = 10
"""Findings of one kind that the terminal shows; the report has all."""
_ODD = {"t": "trap", "g": "gap", "i": "impostor"}
_KINDS: dict[FindingKind, tuple[str, str]] = {
    "harness": ("failure of the suite or of an adapter", "failures of the suite or of adapters"),
    "absent": ("implementation not checked", "implementations not checked"),
    "stale": ("stale entry of the ledger", "stale entries of the ledger"),
    "new": ("new difference", "new differences"),
}
"""Findings that decide the exit code, breakage first."""


class Conclusion(NamedTuple):
    """What came of it: where the report is, how many outcomes of which status, the exit code."""

    folder: Path
    counts: dict[str, int]
    checked: dict[str, int]
    """number of cases that each implementation answered"""
    suite_cases: int
    exit_code: int
    sentence: str


def conclude(folder: Path, results: Results, baseline: Results | None = None) -> Conclusion:
    """Sum up a finished run. baseline: an earlier run, whose differences do not fail this one."""
    run = overview(results)
    findings = {kind: [one for one in results.findings if one.kind == kind] for kind in _KINDS}
    old = _known_before(baseline)
    fresh = [one for one in findings["new"] if _subject(one) not in old]
    failing = fresh or findings["stale"] or findings["absent"]
    ran = [one.id for one in results.implementations.values() if one.status == "ran"]
    return Conclusion(
        folder,
        results.counts(),
        {name: run.checked(name) for name in ran},
        run.suite_cases,
        3 if findings["harness"] else 1 if failing else 0,
        "\n".join(_lines(run, findings, fresh, baseline)),
    )


def _known_before(baseline: Results | None) -> set[tuple[str | None, ...]]:
    if baseline is None:
        return set()
    return {_subject(one) for one in baseline.findings if one.kind == "new"}


def _subject(one: Finding) -> tuple[str | None, ...]:
    """Say what a difference is about. A library's own words may change: they come after the colon."""
    return one.implementation, one.case, one.text.partition(": ")[0]


def _lines(
    run: Overview, findings: dict[FindingKind, list[Finding]], fresh: list[Finding], baseline: Results | None
) -> Iterator[str]:
    for kind, words in _KINDS.items():
        shown = fresh if kind == "new" else findings[kind]
        if shown:
            yield from _list(plural(len(shown), *words) + _parts(run, kind, baseline), shown)
    if known := len(findings["new"]) - len(fresh):
        yield f"{plural(known, 'difference')} as in the baseline"
    if not any(findings[kind] for kind in _KINDS if kind != "new") and not fresh:
        yield "nothing new: all is as documented, as recorded, or in the ledger of known deviations"
    yield from _partial(run)
    odd = [plural(len(cases), word) for code, word in _ODD.items() if (cases := run.odd_cases(code))]
    slurm = f"real Slurm compared with the documents: {', '.join(odd)}, counted by case"
    yield slurm if odd else "no real Slurm verdicts in this run"


def _parts(run: Overview, kind: FindingKind, baseline: Results | None) -> str:
    """Say of what the differences are: cases, and pairs of issuer and verifier."""
    pairs = failed_pairs(run.results)
    if kind != "new" or not pairs:
        return " that the baseline does not have" if kind == "new" and baseline else ""
    cases = sum(one.status == "fail" for one in run.results.outcomes.values())
    if baseline:
        return " that the baseline does not have"
    return f" ({plural(cases, 'answer')} to cases, {pairs:,} in the issuer x verifier matrix)"


def _list(title: str, found: Sequence[Finding]) -> Iterator[str]:
    yield f"{title}:"
    for one in found[:MOST_SHOWN]:
        yield f"  {one_line(': '.join(part for part in (one.implementation, one.case, one.text) if part))}"
    if len(found) > MOST_SHOWN:
        yield f"  and {len(found) - MOST_SHOWN:,} more (see results.jsonl and index.html)"


def _partial(run: Overview) -> Iterator[str]:
    """Say who answered less than the whole suite; real Slurm cannot be asked to issue."""
    by_number: dict[int, list[str]] = {}
    for one in run.results.implementations.values():
        number = run.checked(one.id)
        if one.status == "ran" and number < run.suite_cases:
            by_number.setdefault(number, []).append(one_line(one.id))
    for number, names in sorted(by_number.items()):
        more = f" and {len(names) - MOST_SHOWN:,} more" if len(names) > MOST_SHOWN else ""
        yield f"checked {number:,} of {run.suite_cases:,} cases: {', '.join(names[:MOST_SHOWN])}{more}"
