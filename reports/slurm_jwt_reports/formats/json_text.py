"""A document as JSON: the command's own members, or those of the document for a command without its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec

from slurm_jwt_reports.output import GENERATOR, mark
from slurm_jwt_reports.terminal import plain_json

if TYPE_CHECKING:
    from slurm_jwt_reports.diagnostic import Document


def render(document: Document) -> str:
    """Return indented JSON; what a terminal would act upon is escaped."""
    if document.data is None:
        return text_of({GENERATOR: mark("json"), **members(document)})
    return text_of(document.data)


def members(document: Document) -> dict[str, object]:
    """Return the document's own members, without `data`."""
    members: dict[str, object] = msgspec.to_builtins(msgspec.structs.replace(document, data=None))
    if document.outcome is not None:
        members["outcome"] = document.outcome._asdict()  # msgspec writes a NamedTuple as an array
    return members


def text_of(value: object) -> str:
    """Return indented JSON of a Struct or a value of JSON, in which no character acts on a terminal."""
    try:
        text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    except UnicodeEncodeError:  # a lone surrogate, which json escapes
        text = json.dumps(msgspec.to_builtins(value), indent=2)
    return plain_json(text) + "\n"
