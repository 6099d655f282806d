"""An answer as SARIF 2.1.0: a result for each finding, remark and release that refuses."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from slurm_jwt.strict.keys import token_fingerprint
from slurm_jwt.strict.rules import RULES
from slurm_jwt_conformance import __version__
from slurm_jwt_conformance.site.check import items, predicted, words
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.sarif_log import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.items import Item

LEVELS = {"error": "error", "choice": "warning", "warning": "warning", "note": "note"}
SLURM = "slurm.refuses"
"""Rule of what a release does with the token."""

Json = dict[str, Any]


def render(made: Answer) -> str:
    """Return the log with its one run."""
    found = items.items(made)
    rules = [*_rules(), *_rules_of_remarks(found)]
    places = {rule["id"]: number for number, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "slurm-jwt check", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(made)],
        "results": [*(_result(each, made, places) for each in found), *_releases(made, places)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rules() -> Iterator[Json]:
    for rule in RULES:
        yield {
            "id": rule.id,
            "shortDescription": {"text": rule.sentence},
            "help": {"text": f"{rule.hint} Sources: {'; '.join(rule.sources)}."},
            "properties": {"tags": [rule.layer, rule.severity]},
        }
    yield {"id": SLURM, "shortDescription": {"text": "Every release asked accepts the token as its user."}}


def _rules_of_remarks(found: tuple[Item, ...]) -> Iterator[Json]:
    for item in {each.id: each for each in found if not each.is_rule}.values():
        yield {
            "id": item.id,
            "shortDescription": {"text": item.title},
            "help": {"text": f"{item.do} Sources: {'; '.join(item.sources)}."},
        }


def _invocation(made: Answer) -> Json:
    """Tell of what was not checked: it is no result, and must not be lost."""
    unseen = [f"not checked: {rule}" for rule in made.done.result.not_checked]
    return {
        "commandLine": made.command,
        "executionSuccessful": True,
        "toolExecutionNotifications": [
            {"level": "warning", "message": {"text": text}} for text in (*unseen, *words.notes(made))
        ],
    }


def _result(item: Item, made: Answer, places: dict[str, int]) -> Json:
    text = f"{item.found}. Expected: {item.expected} Why: {item.why} Do: {item.do}"
    if not item.is_rule:
        text = f"{item.title} Found: {text}"
    for fit in item.fits:
        text += f" The issuer signs with {fit}."
    made_result = {
        "ruleId": item.id,
        "ruleIndex": places[item.id],
        "level": LEVELS[item.level],
        "message": {"text": text},
        "locations": [_location(made, item)],
        "partialFingerprints": {"slurmJwtCheck/v1": f"{item.id}:{token_fingerprint(made.done.token)}"},
    }
    if item.waiver is not None:
        why = words.waiver(item.waiver)
        made_result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return made_result


def _location(made: Answer, item: Item | None = None) -> Json:
    """Name the file that holds the token, or what else it came from, and where in it the finding is."""
    location: Json = {"logicalLocations": [{"fullyQualifiedName": _logical(made, item), "kind": "member"}]}
    if made.file:
        physical: Json = {"artifactLocation": {"uri": _uri(made.file)}, "region": {"startLine": 1}}
        if item is not None and item.offset is not None:
            physical["region"]["startColumn"] = made.skipped + item.offset + 1
        location["physicalLocation"] = physical
    return location


def _logical(made: Answer, item: Item | None) -> str:
    """Say where in the token: claims, and the characters there, counted from 0."""
    where = "token" if item is None or item.place is None else item.place.part
    if item is not None and item.place is not None and item.place.end > item.place.start:
        where += f"[{item.place.start}:{item.place.end}]"
    return f"{one_line(made.place, 200)}#{where}"


def _uri(path: str) -> str:
    """Write a path as a URI; a relative one stays relative, for readers that look from a checkout's root."""
    name = quote(os.fsencode(path))
    return f"file://{name}" if path.startswith("/") else name.replace(":", "%3A")


def _releases(made: Answer, places: dict[str, int]) -> Iterator[Json]:
    where = made.question.where
    for name, told in made.done.predictions.items():
        if where is None or predicted.fits(told, made.done.result.claims, where):
            continue
        log = f" The log says: {one_line(told.log, 400)}" if told.log else ""
        yield {
            "ruleId": SLURM,
            "ruleIndex": places[SLURM],
            "level": "warning" if told.accepted is None else "error",
            "message": {"text": predicted.sentence(name, told, known=where.known) + log},
            "locations": [_location(made)],
            "partialFingerprints": {
                "slurmJwtCheck/v1": f"{SLURM}:{name}:{token_fingerprint(made.done.token)}"
            },
        }
