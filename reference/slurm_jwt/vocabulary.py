"""The words that every room uses: what a Slurm release does with a token, how that is known, what follows.

This module imports nothing of the project, so that every room may import it. Its types are NamedTuples,
not dataclasses, because `slurm-jwt check` starts faster without the module dataclasses. `kind` keeps two
verdicts with the same text different.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from typing import Literal, NamedTuple

Basis = Literal["observed", "modelled"]
"""observed: the model of this release was compared with its real daemon. modelled: read from its sources."""


class Accepted(NamedTuple):
    """The release accepts the token. uid: the user that it assigns, None if no user database was given.

    user: the name that the user database has for this uid, None if it has none.
    """

    uid: int | None
    user: str | None = None
    kind: Literal["accepted"] = "accepted"


class Refused(NamedTuple):
    """The release refuses the token. log: the line that the daemon logs, in the form of the records."""

    log: str | None
    kind: Literal["refused"] = "refused"


class DoesNotStart(NamedTuple):
    """The daemon does not start with this key or configuration. log: its fatal line."""

    log: str | None
    kind: Literal["does not start"] = "does not start"


class Unknown(NamedTuple):
    """What the release does is not known. reason: why, one sentence."""

    reason: str
    kind: Literal["unknown"] = "unknown"


Verdict = Accepted | Refused | DoesNotStart | Unknown
"""What a Slurm release does with a token."""


class Outcome(NamedTuple):
    """The decision that every format shows: exit code 0 for pass, 1 for fail and undetermined.

    reasons: what keeps the subject from passing, one sentence each; empty for pass.
    """

    verdict: Literal["pass", "fail", "undetermined"]
    reasons: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """Return 0 for pass, otherwise 1."""
        return 0 if self.verdict == "pass" else 1
