"""What JSON documents are made of, and their schemas: the same on every Python, to hold the files against."""

from __future__ import annotations

from typing import Any

import msgspec


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a document: its members have names, and nothing unknown is let in."""


def schema_of(kind: object) -> dict[str, Any]:
    """Return the schema of a msgspec type, its descriptions without the indentation of docstrings.

    Python 3.13 takes that indentation off by itself, earlier ones leave it.
    """
    made: dict[str, Any] = _plain(msgspec.json.schema(kind))
    return made


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    import inspect  # slow to load, and only needed where a schema is made

    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: inspect.cleandoc(one) if name == "description" and isinstance(one, str) else _plain(one)
        for name, one in value.items()
    }
