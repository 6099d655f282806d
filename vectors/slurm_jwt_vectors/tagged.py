"""Values that a program may hand to an issuer and that plain JSON cannot hold, as tagged objects.

    {"$float": "NaN"}                              every float; also Infinity, -Infinity, 1893457800.5, 1.0
    {"$int": "9007199254740992"}                   an integer beyond 2^53 - 1
    {"$decimal": "1893457800"}                     a decimal number
    {"$datetime": "2030-01-01T00:30:00+00:00"}     a moment; without an offset: one without a time zone
    {"$date": "2030-01-01"}                        a day
    {"$bytes": "YWxpY2U="}                         bytes, in base64
    {"$utf16": "d83d"}                             text by its UTF-16 code units, in hex: lone surrogates
    {"$pairs": [["sun", "alice"], ...]}            an object whose members stand in this order

Everything else stands for itself. No claim of a case is called by a name that starts with a $ sign.
"""

from __future__ import annotations

import base64
import math
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_EXACT = 2**53 - 1


def tagged(value: object) -> object:
    """Write a Python value as JSON with tags; a TypeError for a type that has none."""
    if isinstance(value, dict):
        return {name: tagged(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [tagged(inner) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= MAX_EXACT else {"$int": str(value)}
    if isinstance(value, str):
        lone = any("\ud800" <= character <= "\udfff" for character in value)
        return {"$utf16": value.encode("utf-16-be", "surrogatepass").hex()} if lone else value
    return _special(value)


def _special(value: object) -> dict[str, str]:
    if isinstance(value, float):
        return {"$float": _spelled(value)}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError(f"no tag for {type(value).__name__}")


def _spelled(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def in_order(members: Mapping[str, object]) -> dict[str, object]:
    """Write an object whose order matters; `untagged` gives it back as a dict of that order."""
    return {"$pairs": [[name, tagged(value)] for name, value in members.items()]}


_READERS: dict[str, Callable[[str], object]] = {
    "$float": float,
    "$int": int,
    "$decimal": Decimal,
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$bytes": lambda text: base64.b64decode(text, validate=True),
    "$utf16": lambda text: bytes.fromhex(text).decode("utf-16-be", "surrogatepass"),
}


def untagged(value: object) -> object:
    """Read JSON with tags as Python values; a ValueError for a tag that does not exist or cannot be read."""
    if isinstance(value, list):
        return [untagged(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    tag = next(iter(value), "")
    if not tag.startswith("$"):
        return {name: untagged(inner) for name, inner in value.items()}
    content = value[tag]
    if tag == "$pairs" and isinstance(content, list):
        return {name: untagged(inner) for name, inner in content}
    if tag not in _READERS or not isinstance(content, str) or len(value) != 1:
        raise ValueError(f"not a tagged value: {tag}")
    return _READERS[tag](content)
