"""Three tokens to try a program with, under a published test key: one that works and two that teach."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab.sandbox.accounts import ACCOUNTS
from slurm_jwt_conformance.site.changes.verdicts import fates, suite

if TYPE_CHECKING:
    from slurm_jwt.slurmctld import Release
    from slurm_jwt_conformance.site.changes.verdicts import Fate
    from slurm_jwt_vectors.models import Case

TOKENS = (
    ("claims.scontrol", "As `scontrol token` makes them: your program's token looks like this one."),
    ("exp.past", "The same, expired in 2020. Your program must refuse it, or ask for a new one."),
    (
        "fallback.sub-instead",
        "The user in sub, as identity providers have it, and no sun: Slurm reads no sub.",
    ),
)


class Golden(NamedTuple):
    """A token with what the documents say of it, and what this release does with it."""

    case: Case
    lesson: str
    fate: Fate

    @property
    def user(self) -> str | None:
        """The account of the lab that it is served as; None if it is refused."""
        return next((name for name, uid in ACCOUNTS.items() if uid == self.fate.uid), None)


def tokens(release: Release) -> tuple[Golden, ...]:
    """Return the three tokens for a release."""
    return tuple(Golden(suite().cases[name], lesson, fates(release)[name]) for name, lesson in TOKENS)


def key_base64() -> str:
    """Return the published test key that signs them all."""
    return suite().keys[suite().cases[TOKENS[0][0]].key].base64
