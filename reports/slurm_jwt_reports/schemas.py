"""The published schemas: one for each JSON that programs read, made from the types that write it.

python -m slurm_jwt_reports.schemas        writes them all
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "schema"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
PUBLISHED = {"results": "stream.events", "diff": "diff.diff", "summary": "run.summary", "site": "site.report"}
"""Name of each schema's file, before .schema.json, and of the module whose schema() gives it."""


def schema_of(kind: object, title: str) -> dict[str, Any]:
    """Give the JSON Schema of one msgspec type."""
    from msgspec.json import schema_components

    (top,), components = schema_components([kind], ref_template="#/$defs/{name}")
    return {"$schema": DIALECT, "title": title, **top, "$defs": components}


def text_of(name: str) -> str:
    """Give the text of a published schema, from the types."""
    module = import_module(f"slurm_jwt_reports.{PUBLISHED[name]}")
    return json.dumps(module.schema(), indent=2) + "\n"


if __name__ == "__main__":
    for name in PUBLISHED:
        (FOLDER / f"{name}.schema.json").write_text(text_of(name), "utf-8")
