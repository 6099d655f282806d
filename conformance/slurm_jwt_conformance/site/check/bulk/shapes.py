"""Claims of a known shape, read in half of the time: the names, the types and the lengths of lists are known.

Tokens of one issuer differ in the values. A payload that has each name and each text of a shape, and as many
quotation marks as the shape, has no name twice and nothing else.
"""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from slurm_jwt.strict.json_text import MAX_EXACT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_Positive = Annotated[int, msgspec.Meta(ge=1, le=MAX_EXACT)]  # 0 may be spelled -0


def reader(claims: Mapping[str, Any], wanted: Mapping[str, str]) -> Callable[[bytes], Any]:
    """Return what reads JSON without escapes into an object; a MsgspecError reports another shape.

    claims: a payload of that shape, without a fraction. wanted: the attribute for some names; without that
    name, or with a value that is no text and no integer, the attribute is None.
    """
    texts = {name: to for name, to in wanted.items() if type(claims.get(name)) in {str, int}}
    absent = [(to, None, None) for to in wanted.values() if to not in texts.values()]
    return msgspec.json.Decoder(_object(claims, texts, absent)).decode


def _object(claims: Mapping[str, Any], wanted: Mapping[str, str], absent: list[Any]) -> type[msgspec.Struct]:
    attributes = {name: wanted.get(name, f"of_{number}") for number, name in enumerate(claims)}
    return msgspec.defstruct(
        "Shape",
        [(attributes[name], _type(value)) for name, value in claims.items()] + absent,
        rename={attribute: name for name, attribute in attributes.items()},
        forbid_unknown_fields=True,
        gc=False,
    )


def _type(value: object) -> Any:  # noqa: ANN401 - a type
    if isinstance(value, dict):
        return _object(value, {}, [])
    if isinstance(value, list):
        return types.GenericAlias(tuple, tuple(map(_type, value)))
    return _Positive if type(value) is int else type(value)
