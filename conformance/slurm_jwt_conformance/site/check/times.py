"""A token's times against the clock: how old it is, how long it is good for, how long it lives in all."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY = 86400
_SIZES = (("year", 31_556_952, 9.9), ("day", _DAY, 2), ("hour", 3600, 2), ("minute", 60, 2))
_FARTHEST = 2**53

DAY = 86400
"""Seconds. A token that is valid for longer needs an explicit acceptance before a sign-off."""

LAST_MOMENT = 253402300799
"""9999-12-31T23:59:59Z: later moments have no date that people write."""


class Times(NamedTuple):
    """Seconds. age: since iat, negative if that is to come. left: until exp, negative if that is past.

    lifetime: from iat to exp. None: the claim is missing, or is no integer that can be counted with.
    """

    age: int | None
    left: int | None
    lifetime: int | None


def of(claims: Mapping[str, object] | None, now: int) -> Times:
    """Return a token's times at `now`, seconds since 1970."""
    iat, exp = (_integer((claims or {}).get(name)) for name in ("iat", "exp"))
    return Times(
        None if iat is None else now - iat,
        None if exp is None else exp - now,
        None if iat is None or exp is None else exp - iat,
    )


def _integer(value: object) -> int | None:
    return value if type(value) is int and abs(value) <= _FARTHEST else None


def sentence(times: Times) -> str:
    """Say it for a person; "" where nothing is known."""
    texts = []
    if times.age is not None:
        texts.append(
            f"issued {span(times.age)} ago" if times.age >= 0 else f"issued {span(times.age)} in the future"
        )
    if times.left is not None:
        texts.append(
            f"expires in {span(times.left)}" if times.left > 0 else f"expired {span(times.left)} ago"
        )
    if times.lifetime is not None and times.lifetime > 0:
        texts.append(f"lifetime {span(times.lifetime)}")
    return ", ".join(texts)


def span(seconds: int) -> str:
    """Write a length of time in its largest unit that it holds twice, as in "1.5 hours" or "29 minutes".

    Ten or more days are whole, and below ten years they stay days: "1,157 days", "68 years".
    """
    length = abs(seconds)
    for unit, size, least in _SIZES:
        if length >= least * size or (length >= size and length % size == 0):
            number = length / size
            whole = number >= 10 and size >= _DAY
            text = f"{number:,.{0 if whole else 1}f}".removesuffix(".0")
            return f"{text} {unit}{'' if text == '1' else 's'}"
    return f"{length} second{'' if length == 1 else 's'}"


def moment(seconds: int) -> str:
    """Return a moment in UTC as ISO 8601, or as its number if it has no such date."""
    if not 0 <= seconds <= LAST_MOMENT:
        return str(seconds)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
