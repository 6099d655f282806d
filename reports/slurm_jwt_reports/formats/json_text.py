"""A document as JSON: the command's own members, or those of the document for a command without its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from slurm_jwt_reports.output import GENERATOR, mark
from slurm_jwt_reports.record import plain
from slurm_jwt_reports.schema import builtins, encode
from slurm_jwt_reports.terminal import plain_json

if TYPE_CHECKING:
    from slurm_jwt_reports.diagnostic import Document


def render(document: Document) -> str:
    """Return indented JSON; what a terminal would act upon is escaped."""
    data = document.data() if callable(document.data) else document.data
    return text_of({GENERATOR: mark("json"), **members(document)} if data is None else data)


def members(document: Document) -> dict[str, object]:
    """Return the document's own members, without `data`."""
    outcome = {} if document.outcome is None else {"outcome": document.outcome._asdict()}
    members = plain(document.replaced(data=None, outcome=None))
    assert isinstance(members, dict)
    return members | outcome


def text_of(value: object) -> str:
    """Return indented JSON of a Struct or a value of JSON, in which no character acts on a terminal."""
    try:
        text = msgspec.json.format(encode(value), indent=2).decode()
    except UnicodeEncodeError:  # a lone surrogate, which json escapes
        text = json.dumps(builtins(value), indent=2)
    return plain_json(text) + "\n"
