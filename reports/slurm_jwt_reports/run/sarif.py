"""SARIF 2.1.0, for code scanning and its viewers: one result for each difference from the documents.

Its rule is the first documented rule that the token breaks; tokens that break none have a rule of their own.
What the ledger explains is there, suppressed with the ledger's reason. What went wrong with the run itself is
a notification, and such an execution is not called successful.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.run.marks import BROKEN, DIFFERS, GRAVITY, NEW, Mark, cell_mark
from slurm_jwt_reports.run.overview import Overview, overview
from slurm_jwt_reports.run.sentences import FAULT
from slurm_jwt_reports.sarif_log import log, notification, suppressed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slurm_jwt_reports.sarif_log import Json
    from slurm_jwt_reports.stream.events import Cell, Deviation, Outcome
    from slurm_jwt_reports.stream.index import Results

MOST = 20_000
"""Results of one file; GitHub takes 25,000 and no more."""
KEPT = "token.accepted"
"""Rule of what concerns tokens that break no rule."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def sarif(results: Results) -> str:
    """Give the file; the same results always give the same text."""
    run = overview(results)
    found = sorted(_issues(run), key=lambda issue: GRAVITY[issue.mark.code])
    notes = [*results.problems, *(one.text for one in results.findings if one.kind in ("harness", "stale"))]
    notes += [f"{len(found) - MOST:,} more results are in index.html."] if len(found) > MOST else []
    places = {name: place for place, name in enumerate([*results.rules, KEPT])}
    made = {
        "tool": {"driver": _driver(results)},
        "invocations": [_invocation(results, notes)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(issue, places) for issue in found[:MOST]],
    }
    return log(made, "run sarif")


def _driver(results: Results) -> Json:
    return {
        "name": "slurm-jwt-conformance",
        "version": one_line(results.header.suite, 40),
        "rules": [
            *(
                {
                    "id": one_line(rule.id, 80),
                    "shortDescription": {"text": one_line(rule.sentence, 400)},
                    "help": {"text": one_line(f"{rule.hint} Sources: {'; '.join(rule.sources)}.", 1000)},
                    "properties": {"tags": [one_line(rule.layer, 40), rule.severity]},
                }
                for rule in results.rules.values()
            ),
            {
                "id": KEPT,
                "shortDescription": {"text": "A token that keeps every rule is made and accepted."},
                "help": {"text": "Read the sentence that the case cites, and the library's own error."},
            },
        ],
    }


def _invocation(results: Results, notes: list[str]) -> Json:
    harness = any(finding.kind == "harness" for finding in results.findings)
    made: Json = {
        "commandLine": one_line(results.header.command, 400),
        "executionSuccessful": results.complete and not results.problems and not harness,
    }
    if _MOMENT.fullmatch(results.header.started):
        made["startTimeUtc"] = results.header.started
    if notes:
        made["toolExecutionNotifications"] = [notification("error", one_line(note, 600)) for note in notes]
    return made


class _Issue(NamedTuple):
    """A difference that becomes a result."""

    mark: Mark
    rule: str
    text: str
    names: tuple[str, ...]
    """what it is about, the same from run to run"""
    documented: str
    outcome: str
    deviation: Deviation | None


def _issues(run: Overview) -> Iterator[_Issue]:
    for place, outcome in run.results.outcomes.items():
        mark = run.marks[place]
        mark = mark if mark in (NEW, BROKEN) else run.oddities.get(place, mark)
        if mark.code in DIFFERS:
            yield _of_outcome(run, mark, outcome)
    for cell in run.results.cells.values():
        mark = cell_mark(cell)
        if mark.code in DIFFERS:
            yield _of_cell(run, mark, cell)


def _of_outcome(run: Overview, mark: Mark, outcome: Outcome) -> _Issue:
    case = run.results.cases[outcome.case]
    who = run.labels[outcome.implementation]
    text = f"{who}: {outcome.outcome} for {case.id}, documented {case.verdict} ({mark.label}). {case.purpose}"
    rule = next((name for name in case.rules if name in run.results.rules), KEPT)
    names = (outcome.implementation, case.id)
    said = _said(outcome)
    return _Issue(mark, rule, text + said, names, case.verdict, outcome.outcome, outcome.deviation)


def _of_cell(run: Overview, mark: Mark, cell: Cell) -> _Issue:
    issuer, verifier = run.labels[cell.issuer], run.labels[cell.verifier]
    text = f"{verifier}: {cell.outcome} on a token of {issuer} under key {cell.key} ({mark.label})."
    names = (cell.verifier, cell.issuer, cell.key)
    return _Issue(mark, KEPT, text + _said(cell), names, "valid", cell.outcome, cell.deviation)


def _said(one: Outcome | Cell) -> str:
    words = one.error or one.log
    return f" It said: {words}" if words else ""


def _result(issue: _Issue, places: Mapping[str, int]) -> Json:
    about = "/".join(one_line(name, 200) for name in issue.names)
    made: Json = {
        "ruleId": one_line(issue.rule, 80),
        "ruleIndex": places[issue.rule],
        "level": _level(issue),
        "message": {"text": one_line(issue.text, 1000)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": "results.jsonl"}},
                "logicalLocations": [{"fullyQualifiedName": about}],
            }
        ],
        "partialFingerprints": {"whoAndWhat/v1": _digest(issue.names)},
        "properties": {
            "documented": issue.documented,
            "outcome": issue.outcome,
            "mark": issue.mark.label,
        },
    }
    if issue.deviation:
        why = one_line(f"{issue.deviation.class_}: {issue.deviation.reason}", 600)
        made["suppressions"] = suppressed(why)
    return made


def _level(issue: _Issue) -> str:
    if issue.mark in (NEW, BROKEN):
        return "error"
    return "note" if issue.deviation and issue.deviation.class_ != FAULT else "warning"


def _digest(names: tuple[str, ...]) -> str:
    return hashlib.sha256("\0".join(names).encode("utf-8", "surrogatepass")).hexdigest()[:32]
