"""A document as JSON Lines: first a line with the outcome, then a line for each diagnostic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from slurm_jwt_reports.formats.shown import shown
from slurm_jwt_reports.output import GENERATOR, mark
from slurm_jwt_reports.record import plain
from slurm_jwt_reports.terminal import plain_json

if TYPE_CHECKING:
    from slurm_jwt_reports.diagnostic import Document


def render(document: Document) -> str:
    """Return the lines."""
    document = shown(document)
    head: dict[str, object] = {
        GENERATOR: mark("jsonl"),
        "tool": document.tool,
        "title": document.title,
        "headline": document.headline,
        "verdict": document.outcome.verdict if document.outcome else None,
        "reasons": document.outcome.reasons if document.outcome else (),
        "facts": [(fact.name, fact.value) for fact in document.facts],
        "not_checked": document.not_checked,
        "notes": document.notes,
    }
    return "".join(_line(each) for each in (head, *map(plain, document.diagnostics)))


def _line(value: object) -> str:
    return plain_json(msgspec.json.encode(value).decode()) + "\n"
