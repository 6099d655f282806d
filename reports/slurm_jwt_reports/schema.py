"""JSON documents: the type of their parts. tools/schemas.py makes the schemas from the types."""

from __future__ import annotations

from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from slurm_jwt_reports.record import Record, plain


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a JSON document. Its members have names, and decoding refuses unknown members."""


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
