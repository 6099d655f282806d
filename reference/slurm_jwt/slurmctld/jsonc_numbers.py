"""Numbers as json-c reads them once its tokener has gathered their characters."""

from __future__ import annotations

import re

_INTEGER = re.compile(rb"-?[0-9]*")
_DOUBLE = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_ENOUGH = 24
"""Digits of an integer that are read: json-c takes any more for the largest one, and no one asks."""


def as_number(text: bytes) -> int | float | None:
    """Read a gathered number as strtoll, strtoull or strtod would; None if they cannot read it all.

    A number that ends with e, E, + or - loses that ending first, so 1e+ is 1.
    """
    if _INTEGER.fullmatch(text):
        return int(text[:_ENOUGH]) if text != b"-" else None
    while len(text) > 1 and text[-1] in b"eE+-":
        text = text[:-1]
    return float(text) if _DOUBLE.fullmatch(text) else None
