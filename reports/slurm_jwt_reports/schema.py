"""JSON documents: the type of their parts, and the schemas that are made from these types.

`python -m tools.regenerate schemas` writes the schema files of all packages.
"""

from __future__ import annotations

from typing import Any

import msgspec

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a JSON document. Its members have names, and decoding refuses unknown members."""


def schema_of(kind: object, title: str) -> dict[str, Any]:
    """Return the JSON Schema of a msgspec type."""
    (top,), components = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    schema: dict[str, Any] = _with_clean_docstrings({"title": title, **top, "$defs": components})
    return {"$schema": DIALECT, **schema}


def _with_clean_docstrings(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return value with every description free of the indentation of its docstring.

    Python 3.13 removes this indentation, earlier ones keep it; the schema files are the same for all.
    """
    import inspect  # slow to load, and only needed where a schema is made

    if isinstance(value, list):
        return [_with_clean_docstrings(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: inspect.cleandoc(each)
        if name == "description" and isinstance(each, str)
        else _with_clean_docstrings(each)
        for name, each in value.items()
    }
