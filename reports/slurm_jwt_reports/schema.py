"""JSON documents: the type of their parts, and the schemas that are made from these types.

`python -m tools.regenerate schemas` writes the schema files of all packages.
"""

from __future__ import annotations

from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from slurm_jwt_reports.record import Record, plain

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a JSON document. Its members have names, and decoding refuses unknown members."""


def schema_of(kind: object, title: str) -> dict[str, Any]:
    """Return the JSON Schema of a msgspec type."""
    records: dict[str, Any] = {}

    def hook(record: type) -> dict[str, str]:
        records.setdefault(record.__name__, struct_of(record))
        return {"$ref": f"#/$defs/{record.__name__}"}

    template = "#/$defs/{name}"
    (top,), components = msgspec.json.schema_components([kind], schema_hook=hook, ref_template=template)
    _, more = msgspec.json.schema_components(list(records.values()), ref_template=template)
    components = {**components, **more}
    schema: dict[str, Any] = _with_clean_docstrings({"title": title, **top, "$defs": components})
    return {"$schema": DIALECT, **schema}


_STRUCTS: dict[str, type[msgspec.Struct]] = {}


def struct_of(record: type[Record]) -> type[msgspec.Struct]:
    """Return the Struct with a Record's members: what JSON documents hold, and what decoding checks."""
    name = f"{record.__module__}.{record.__name__}"
    if name not in _STRUCTS:
        hints = get_type_hints(record)
        fields: list[Any] = [
            (each, _without_records(hints[each]), *_default(record, each)) for each in record.__match_args__
        ]
        _STRUCTS[name] = msgspec.defstruct(
            record.__name__,
            fields,
            namespace={"__doc__": record.__doc__},
            frozen=True,
            kw_only=True,
            forbid_unknown_fields=True,
            omit_defaults=True,
            tag=record.tag or None,
        )
    return _STRUCTS[name]


def _default(record: type[Record], member: str) -> tuple[object, ...]:
    return (record.defaults[member],) if member in record.defaults else ()


def _without_records(hint: Any) -> Any:  # noqa: ANN401 - any annotation
    """Return an annotation with the Structs of the Records in it."""
    if isinstance(hint, type) and issubclass(hint, Record):
        return struct_of(hint)
    parts = tuple(_without_records(part) for part in get_args(hint))
    if get_origin(hint) in {Union, UnionType}:
        return Union[parts]  # noqa: UP007 - made of parts
    return get_origin(hint)[parts] if get_origin(hint) is tuple else hint


def encode(value: object) -> bytes:
    """Return JSON of a Struct that may hold Records."""
    return msgspec.json.encode(value, enc_hook=plain)


def builtins(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return a Struct that may hold Records as dicts, lists and texts."""
    return msgspec.to_builtins(value, enc_hook=plain)


def record_from(kind: type, value: Any) -> Any:  # noqa: ANN401 - msgspec's hook for decoding
    """Return a Record of this kind from decoded JSON; ValidationError if a member is wrong or unknown."""
    return _record(kind, msgspec.convert(value, struct_of(kind)))


def _record(kind: type[Record], struct: object) -> Record:
    hints = get_type_hints(kind)
    members = {name: getattr(struct, name) for name in kind.__match_args__}
    for name, value in members.items():
        if isinstance(value, msgspec.Struct):
            inner = next(each for each in (hints[name], *get_args(hints[name])) if _is_of(each, value))
            members[name] = _record(inner, value)
    return kind(**members)


def _is_of(kind: object, value: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record) and struct_of(kind) is type(value)


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
