"""Which clock a daemon had when it was asked, as records name it."""

from __future__ import annotations

import datetime as dt

SYSTEM = "system"
_FROZEN = "faketime "
_FIRST, _LAST = 1767225600, 4070908800
"""2026 to 2098: in between, a verdict that is marked as the same at any time holds."""


def name_of(clock: int | None) -> str:
    """Return a clock's name: "system", or "faketime" with the instant at which it stood still."""
    if clock is None:
        return SYSTEM
    return _FROZEN + dt.datetime.fromtimestamp(clock, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def holds_at(name: str, now: int) -> bool:
    """Tell whether a verdict recorded under this clock answers for the moment `now`."""
    if name == SYSTEM:
        return _FIRST <= now < _LAST
    return name == name_of(now)
