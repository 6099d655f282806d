"""The clock of a daemon: the machine's own, or one that stands still. Its name in records."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from slurm_jwt_conformance.lab.errors import SlurmError

if TYPE_CHECKING:
    from slurm_jwt_conformance.lab.install.release import Installation

SYSTEM = "system"
_FROZEN = "faketime "
_FIRST, _LAST = 1767225600, 4070908800
"""2026 to 2098, in which a verdict for any time holds."""


def name_of(clock: int | None) -> str:
    """Return a clock's name: "system", or "faketime" with the instant at which it stood still."""
    if clock is None:
        return SYSTEM
    return _FROZEN + dt.datetime.fromtimestamp(clock, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def frozen(installation: Installation, clock: int | None) -> dict[str, str]:
    """Return the environment in which a program's clock stands still; {} for the machine's clock (None)."""
    if clock is None:
        return {}
    if installation.faketime is None:
        raise SlurmError(
            "a clock that stands still needs libfaketime, which is not installed",
            "Install it with: apt-get install faketime",
        )
    return {
        "LD_PRELOAD": installation.faketime,
        "FAKETIME": dt.datetime.fromtimestamp(clock, dt.UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def holds_at(name: str, now: int) -> bool:
    """Return whether a verdict recorded under this clock holds at the moment `now`."""
    if name == SYSTEM:
        return _FIRST <= now < _LAST
    return name == name_of(now)
