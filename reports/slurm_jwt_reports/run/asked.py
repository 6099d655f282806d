"""What a case asks: to judge a token, or to make one; and the words for both.

In a stream they look alike: a case that asks for a token has none of its own, so no fingerprint of one. There
valid means that a token is due, invalid that there must be none such, accept that one was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slurm_jwt_reports.stream.events import CaseText, ImplementationText

SHORT = {
    "accept": "acc",
    "reject": "rej",
    "crash": "err",
    "hang": "hang",
    "unsupported": "n/s",
    "not run": "n/r",
    "not issued": "no",
}
"""Outcomes, short enough for a matrix; the legend spells them out."""

_VERDICTS = {"valid": "issue", "invalid": "refuse"}
_DID = {"accept": "issued", "reject": "refused"}
_SHORT_DID = {"accept": "iss", "reject": "ref"}


def asks_for_token(case: CaseText) -> bool:
    """Whether the case asks for a token, instead of showing one."""
    return not case.token_sha256


def verdict(case: CaseText) -> str:
    """Say the documented verdict: valid or invalid of a token, issue or refuse where one is asked for."""
    return _VERDICTS.get(case.verdict, case.verdict) if asks_for_token(case) else case.verdict


def did(case: CaseText, outcome: str) -> str:
    """Say an outcome: accept or reject a token, issued or refused where one was asked for."""
    return _DID.get(outcome, outcome) if asks_for_token(case) else outcome


def did_short(case: CaseText, outcome: str) -> str:
    """Say an outcome in as few letters as a matrix has room for."""
    return _SHORT_DID.get(outcome, SHORT[outcome]) if asks_for_token(case) else SHORT[outcome]


def can_be_asked(case: CaseText, implementation: ImplementationText) -> bool:
    """Whether it can be asked this at all: real Slurm issues tokens, but not with claims that one names."""
    return implementation.kind != "slurm" or not asks_for_token(case)
