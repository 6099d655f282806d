"""Three tokens to test a program with, signed with a published test key: one works, two do not."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from typing import Literal

from slurm_jwt.slurmctld import Release
from slurm_jwt.vocabulary import Basis
from slurm_jwt_conformance.lab.sandbox.accounts import ACCOUNTS
from slurm_jwt_conformance.site.changes.verdicts import suite, verdicts
from slurm_jwt_reports.schema import Strict

TOKENS = (
    ("claims.scontrol", "A token as `scontrol token` issues it. Your program's token looks like this one."),
    ("exp.past", "The same token, expired in 2020. Your program must refuse it, or fetch a new one."),
    (
        "fallback.sub-instead",
        "The user is in sub, as identity providers write it, and there is no sun. Slurm does not read sub.",
    ),
)


class GoldenToken(Strict, frozen=True):
    """A token signed with the published test key.

    verdict: the documented verdict. accepted, user, log: what this release does.
    """

    case: str
    token: str
    lesson: str
    verdict: Literal["valid", "invalid", "either"]
    rules: tuple[str, ...]
    accepted: bool | None
    user: str | None
    log: str | None
    basis: Basis


def tokens(release: Release) -> tuple[GoldenToken, ...]:
    """Return the three tokens for a release."""
    return tuple(_token(release, name, lesson) for name, lesson in TOKENS)


def _token(release: Release, name: str, lesson: str) -> GoldenToken:
    case, verdict = suite().cases[name], verdicts(release)[name]
    return GoldenToken(
        case=name,
        token=case.token or "",
        lesson=lesson,
        verdict=case.verdict,
        rules=case.rules,
        accepted=verdict.accepted,
        user=next((user for user, uid in ACCOUNTS.items() if uid == verdict.uid), None),
        log=verdict.log,
        basis=verdict.basis,
    )


def key_base64() -> str:
    """Return the published test key that signs all three."""
    return suite().keys[suite().cases[TOKENS[0][0]].key].base64
