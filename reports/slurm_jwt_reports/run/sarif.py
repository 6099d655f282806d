"""SARIF 2.1.0 of a run: one result for each difference from the documents.

What the ledger explains is suppressed with the ledger's reason. What went wrong with the run itself is a
notification, and such an execution is not called successful.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slurm_jwt_reports.diagnostic import Document
from slurm_jwt_reports.formats.sarif import log, notification, run_of
from slurm_jwt_reports.formats.shown import line, shown
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.run.differences import ACCEPTED, differences
from slurm_jwt_reports.run.overview import overview

if TYPE_CHECKING:
    from slurm_jwt_reports.formats.sarif import Json
    from slurm_jwt_reports.stream.index import Results

MOST = 20_000
"""Results of one file; GitHub takes 25,000 and no more."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def sarif(results: Results) -> str:
    """Return the file; the same results always give the same text."""
    found = differences(overview(results))
    notes = [
        *results.problems,
        *(one.text for one in results.findings if one.kind in ("harness", "stale", "absent")),
    ]
    notes += [f"{len(found) - MOST:,} more results are in index.html."] if len(found) > MOST else []
    document = Document(tool="run", title="Slurm JWT conformance", diagnostics=tuple(found[:MOST]))
    run = run_of(shown(document))
    run["tool"] = {"driver": _driver(results)}
    run["invocations"] = [_invocation(results, notes)]
    places = {line(name): place for place, name in enumerate([*results.rules, ACCEPTED])}
    for one in run["results"]:
        one["ruleIndex"] = places[one["ruleId"]]
        one["locations"][0]["physicalLocation"] = {"artifactLocation": {"uri": "results.jsonl"}}
    return log(run, "run sarif")


def _driver(results: Results) -> Json:
    return {
        "name": "slurm-jwt-conformance",
        "version": one_line(results.header.suite, 40),
        "rules": [
            *(
                {
                    "id": line(rule.id),
                    "shortDescription": {"text": one_line(rule.sentence, 400)},
                    "help": {"text": one_line(f"{rule.hint} Sources: {'; '.join(rule.sources)}.", 1000)},
                    "properties": {"tags": [one_line(rule.layer, 40), rule.severity]},
                }
                for rule in results.rules.values()
            ),
            {
                "id": ACCEPTED,
                "shortDescription": {"text": "A token that breaks no rule is issued and accepted."},
                "help": {"text": "Read the sentence that the case cites, and the library's own error."},
            },
        ],
    }


def _invocation(results: Results, notes: list[str]) -> Json:
    harness = any(finding.kind == "harness" for finding in results.findings)
    invocation: Json = {
        "commandLine": one_line(results.header.command, 400),
        "executionSuccessful": results.complete and not results.problems and not harness,
    }
    if _MOMENT.fullmatch(results.header.started):
        invocation["startTimeUtc"] = results.header.started
    if notes:
        invocation["toolExecutionNotifications"] = [
            notification("error", one_line(note, 600)) for note in notes
        ]
    return invocation
