"""Numbers of max_token_lifespan: as atoi() reads them, and as the person who wrote them may mean them."""

from __future__ import annotations

import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_UNIT = re.compile(
    r"(\d{1,9}) ?(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|y|years?)", re.IGNORECASE
)
_CLOCK = re.compile(r"(?:(\d{1,5})-)?(\d{1,5})(?::(\d{1,2}))?(?::(\d{1,2}))?")


def atoi(value: str) -> int:
    """Return the number that the GNU C library reads: 64 bits at most, cut to 32 bits."""
    found = re.match(r"[ \t\n\v\f\r]*([+-]?[0-9]{1,400})", value)
    number = min(max(int(found[1]), -(1 << 63)), (1 << 63) - 1) if found else 0
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)


def intended_seconds(value: str) -> int | None:
    """Return the seconds of a time with a unit ("1h"), or in the form of Slurm ("1-00:00:00").

    None if the form is neither, or has two readings.
    """
    text = value.strip()
    unit = _UNIT.fullmatch(text)
    if unit:
        return int(unit[1]) * _UNITS[unit[2][0].lower()] or None
    clock = _CLOCK.fullmatch(text)
    if not clock or not (clock[1] or clock[4]):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in clock.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds or None
