"""The words for a case: a case either shows a token to judge, or asks the implementation to issue one.

A case that asks for a token has no token of its own, so the stream has no fingerprint of a token for it. For
such a case, "valid" means that a token is expected, "invalid" that no token is allowed, and the outcome
"accept" that the implementation issued one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slurm_jwt_reports.stream.events import CaseText, Cell, ImplementationText
    from slurm_jwt_reports.stream.index import Results

SHORT = {
    "accept": "acc",
    "reject": "rej",
    "crash": "err",
    "hang": "hang",
    "unsupported": "n/s",
    "not run": "n/r",
    "not issued": "no",
    "bad token": "bad",
}
"""Outcomes, short enough for a matrix; the legend spells them out."""

ISSUERS_FAULT = ("not issued", "bad token")
"""Outcomes of a cell that no verifier is asked about."""

_VERDICTS = {"valid": "issue", "invalid": "refuse"}
_ISSUED = {"accept": "issued", "reject": "refused"}
_SHORT_ISSUED = {"accept": "iss", "reject": "ref"}


def asks_for_token(case: CaseText) -> bool:
    """Return whether the case asks for a token instead of showing one."""
    return not case.token_sha256


def verdict(case: CaseText) -> str:
    """Return the word for the documented verdict: valid or invalid, or for issuing: issue or refuse."""
    return _VERDICTS.get(case.verdict, case.verdict) if asks_for_token(case) else case.verdict


def outcome_word(case: CaseText, outcome: str) -> str:
    """Return the word for an outcome: accept or reject, or issued or refused if the case asks for a token."""
    return _ISSUED.get(outcome, outcome) if asks_for_token(case) else outcome


def short_outcome(case: CaseText, outcome: str) -> str:
    """Return the word for an outcome in as few letters as a matrix has room for."""
    return _SHORT_ISSUED.get(outcome, SHORT[outcome]) if asks_for_token(case) else SHORT[outcome]


def can_carry(case: CaseText, implementation: ImplementationText) -> bool:
    """Return whether the implementation can run the case: Slurm issues tokens, but not with given claims."""
    return implementation.kind != "slurm" or not asks_for_token(case)


def culprit(cell: Cell) -> str:
    """Return whose doing a cell is: the issuer's where there is no good token, otherwise the verifier's."""
    return cell.issuer if cell.outcome in ISSUERS_FAULT else cell.verifier


def failed_pairs(results: Results) -> int:
    """Count the differences of the matrix as findings do: a bad token is one, however many would read it."""
    failed = [one for one in results.cells.values() if one.status == "fail"]
    return len({(one.issuer, one.key, one.outcome in ISSUERS_FAULT or one.verifier) for one in failed})
