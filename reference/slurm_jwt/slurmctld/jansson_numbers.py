"""Numbers as jansson reads them: 64-bit integers and finite doubles; ValueError for all others."""

from __future__ import annotations


def integer(text: str) -> int:
    """Read an integer; ValueError outside 64 bits."""
    value = int(text) if len(text) < 21 else 1 << 64
    if -(1 << 63) <= value < 1 << 63:
        return value
    raise ValueError("too big integer")


def real(text: str) -> float:
    """Read a number with a fraction or an exponent; ValueError if no double is big enough."""
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        raise ValueError("real number overflow")
    return value
