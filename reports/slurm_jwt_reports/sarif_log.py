"""The frame of a SARIF 2.1.0 log with one run, as both writers of it need it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from slurm_jwt_reports.output import GENERATOR, mark
from slurm_jwt_reports.terminal import plain_json

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Json = dict[str, Any]


def log(run: Mapping[str, Any], kind: str) -> str:
    """Return the text of a log. kind: of the generator mark."""
    properties = {GENERATOR: mark(kind)}
    made = {"$schema": SCHEMA, "version": "2.1.0", "properties": properties, "runs": [dict(run)]}
    return plain_json(json.dumps(made, indent=1, ensure_ascii=False)) + "\n"


def notification(level: str, text: str) -> Json:
    """Return a notification about the execution."""
    return {"level": level, "message": {"text": text}}


def suppressed(reason: str) -> list[Json]:
    """Return the suppression of a result, with its reason."""
    return [{"kind": "external", "status": "accepted", "justification": reason}]


def uri(path: str) -> str:
    """Return a path as a URI; a relative one stays relative, for readers that start at a checkout's root."""
    name = quote(os.fsencode(path))
    return f"file://{name}" if path.startswith("/") else name.replace(":", "%3A")
