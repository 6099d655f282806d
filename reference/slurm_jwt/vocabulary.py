"""The words that every room uses: what a Slurm release does with a token, how that is known, what follows.

This module imports nothing of the project, so that every room may import it.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from dataclasses import dataclass
from typing import Literal

Basis = Literal["observed", "modelled"]
"""observed: the model of this release was compared with its real daemon. modelled: read from its sources."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The release accepts the token. uid: the user that it assigns, None if no user database was given.

    user: the name that the user database has for this uid, None if it has none.
    """

    uid: int | None
    user: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The release refuses the token. log: the line that the daemon logs, in the form of the records."""

    log: str | None


@dataclass(frozen=True, slots=True)
class DoesNotStart:
    """The daemon does not start with this key or configuration. log: its fatal line."""

    log: str | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """What the release does is not known. reason: why, one sentence."""

    reason: str


Verdict = Accepted | Refused | DoesNotStart | Unknown
"""What a Slurm release does with a token."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The decision that every format shows: exit code 0 for pass, 1 for fail and undetermined.

    reasons: what keeps the subject from passing, one sentence each; empty for pass.
    """

    verdict: Literal["pass", "fail", "undetermined"]
    reasons: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Return 0 for pass, otherwise 1."""
        return 0 if self.verdict == "pass" else 1
