"""Progress of a run, for people: at most one sentence a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 1.0


class Progress:
    """Counts answers and reports the count, at most once in SECONDS."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self._count = 0
        self._next = time.monotonic() + SECONDS

    def step(self, what: str) -> None:
        """Count one more answer; `what` names the kind, such as "outcomes"."""
        self.reached(self._count + 1, what)

    def reached(self, count: int, what: str) -> None:
        """Report the count if SECONDS have passed since the last report."""
        self._count = count
        now = time.monotonic()
        if now >= self._next:
            self._next = now + SECONDS
            self.say(f"{self._count:,} {what} so far")
