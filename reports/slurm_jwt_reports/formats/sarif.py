"""A document as SARIF 2.1.0: a result for each diagnostic, the outcome in the properties of the run."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from slurm_jwt_reports.formats import rows
from slurm_jwt_reports.formats.shown import shown
from slurm_jwt_reports.output import GENERATOR, mark
from slurm_jwt_reports.terminal import plain_json

if TYPE_CHECKING:
    from slurm_jwt_reports.diagnostic import Diagnostic, Document, Place

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
Json = dict[str, Any]

LEVELS = {"error": "error", "choice": "warning", "warning": "warning", "note": "note"}
_PLAIN = ("cause", "fix")
"""Rows whose text is a sentence that needs no name before it."""


def render(document: Document) -> str:
    """Return the log with its one run."""
    return log(run_of(shown(document)), "sarif")


def log(run: Json, kind: str) -> str:
    """Return the text of a log with one run. kind: of the generator mark."""
    properties = {GENERATOR: mark(kind)}
    content = {"$schema": SCHEMA, "version": "2.1.0", "properties": properties, "runs": [run]}
    return plain_json(json.dumps(content, indent=1, ensure_ascii=False)) + "\n"


def run_of(document: Document) -> Json:
    """Return the run of a document whose texts are safe to show."""
    rules = {each.id: each for each in document.diagnostics}
    places = {name: at for at, name in enumerate(rules)}
    return {
        "tool": {"driver": _driver(document, list(rules.values()))},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(document)],
        "results": [_result(each, document, places[each.id]) for each in document.diagnostics],
        "properties": _properties(document),
    }


def _driver(document: Document, rules: list[Diagnostic]) -> Json:
    return {
        "name": f"slurm-jwt {document.tool}",
        "version": _version(),
        "rules": [{"id": each.id, "shortDescription": {"text": each.message}} for each in rules],
    }


def _version() -> str:
    try:
        return version("slurm-jwt-conformance")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"


def _invocation(document: Document) -> Json:
    """List what was not checked: it is not a result, and must not be lost."""
    return {
        "executionSuccessful": True,
        "exitCode": rows.exit_code(document),
        "toolExecutionNotifications": [
            *(notification("warning", f"not checked: {text}") for text in document.not_checked),
            *(notification("note", text) for text in document.notes),
        ],
    }


def notification(level: str, text: str) -> Json:
    """Return a notification about the execution."""
    return {"level": level, "message": {"text": text}}


def _properties(document: Document) -> Json:
    outcome = document.outcome
    return {
        "title": document.title,
        "headline": document.headline,
        "verdict": outcome.verdict if outcome else None,
        "reasons": list(outcome.reasons) if outcome else [],
        "facts": {fact.name: fact.value for fact in document.facts},
    }


def _result(diagnostic: Diagnostic, document: Document, index: int) -> Json:
    result: Json = {
        "ruleId": diagnostic.id,
        "ruleIndex": index,
        "level": LEVELS[diagnostic.level],
        "message": {"text": _message(diagnostic)},
        "locations": [_location(diagnostic.place, document)],
        "partialFingerprints": {"slurmJwt/v1": _fingerprint(diagnostic, document)},
    }
    if diagnostic.waived is not None:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": rows.waived(diagnostic.waived)}
        ]
    return result


def _message(diagnostic: Diagnostic) -> str:
    lines = [
        row.text if row.name in _PLAIN else f"{row.name}: {row.text}"
        for row in rows.rows(diagnostic)
        if row.name != "waived"
    ]
    return "\n".join([diagnostic.message, *lines])


def _location(place: Place | None, document: Document) -> Json:
    """Return the file and region, where there is one, and the place in words."""
    name = document.title
    if place is None:
        return {"logicalLocations": [{"fullyQualifiedName": name}]}
    span = f"[{place.start}:{place.end}]" if place.end > place.start else ""
    where = "".join(
        (f"{place.host}:" if place.host else "", name, f"#{place.part}{span}" if place.part else "")
    )
    location: Json = {"logicalLocations": [{"fullyQualifiedName": where}]}
    if place.file:
        physical: Json = {"artifactLocation": {"uri": _uri(place.file)}}
        if place.line:
            physical["region"] = {"startLine": place.line, "startColumn": max(1, place.column)}
        location["physicalLocation"] = physical
    return location


def _uri(path: str) -> str:
    """Return a path as a URI; a relative one stays relative, for readers that start at a checkout's root."""
    name = quote(os.fsencode(path))
    return f"file://{name}" if path.startswith("/") else name.replace(":", "%3A")


def _fingerprint(diagnostic: Diagnostic, document: Document) -> str:
    """Return what is the same from run to run for the same fault of the same subject."""
    place = diagnostic.place
    named = (place.host, place.file, place.part) if place else ()
    text = "\0".join((document.tool, document.title, diagnostic.id, *named))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
