"""What an answer is worth: a pure function of the case, the implementation and the ledger.

Only pass is a pass. A crash or a hang is a failure even where the documents leave the choice between
accepting and refusing; what an implementation says not to check is "not claimed", as neither pass nor
failure; a failure that the ledger explains is "known".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.strict.rules import BY_ID

if TYPE_CHECKING:
    from slurm_jwt_conformance.adapters import Description, Outcome
    from slurm_jwt_conformance.harness.ledger import Ledger
    from slurm_jwt_reports.stream.events import Deviation, Status
    from slurm_jwt_vectors.models import Case


class Judgement(NamedTuple):
    """A status, the reason if it is neither pass nor plain failure, and the ledger's explanation if known."""

    status: Status
    reason: str | None = None
    deviation: Deviation | None = None


def judge(
    case: Case, implementation: str, description: Description, answer: Outcome, ledger: Ledger
) -> Judgement:
    """Say what this implementation's answer to this case is worth."""
    plain = _without_ledger(case, description, answer)
    if plain.status != "fail":
        return plain
    deviation = ledger.explain(implementation, description.version, case.id, answer.outcome)
    return plain if deviation is None else Judgement("known", plain.reason, deviation)


def unaskable(case: Case, description: Description) -> str | None:
    """Say why the case cannot be put to the implementation at all, or None."""
    if "verifier" not in description.roles:
        return "it is not a verifier"
    if case.jwks is not None and "RS256" not in description.algorithms:
        return "it does not verify RS256 with a JWKS"
    if description.clock == "system" and not case.any_time:
        return "its clock cannot be set, and the case is true at one moment only"
    return None


def _without_ledger(case: Case, description: Description, answer: Outcome) -> Judgement:
    reason = unaskable(case, description)
    if reason:
        return Judgement("unsupported", reason)
    if answer.outcome in {"unsupported", "not run"}:
        return Judgement("unsupported" if answer.outcome == "unsupported" else "not run", answer.error)
    if answer.outcome not in {"accept", "reject"}:
        return Judgement("fail", f"{answer.outcome} instead of an answer")
    if case.verdict == "invalid":
        return _of_invalid(case, description, accepted=answer.outcome == "accept")
    return _of_acceptable(case, answer)


def _of_invalid(case: Case, description: Description, *, accepted: bool) -> Judgement:
    if not accepted:
        return Judgement("pass")
    broken = {rule for rule in case.rules if BY_ID[rule].severity == "error"}
    if broken and broken <= set(description.not_checked):
        return Judgement("not claimed", f"it does not check {', '.join(sorted(broken))}")
    return Judgement("fail", "accepted, though invalid")


def _of_acceptable(case: Case, answer: Outcome) -> Judgement:
    """Judge the answer to a valid or an either case; who accepts must act for the right user."""
    if answer.outcome == "accept" and None not in {case.user, answer.user} and case.user != answer.user:
        return Judgement("fail", f"accepted for user {answer.user!r} instead of {case.user!r}")
    if case.verdict == "either":
        return Judgement("either")
    return Judgement("pass") if answer.outcome == "accept" else Judgement("fail", "refused, though valid")
