"""What issuers make of sensible and of nonsensical requests; the reference examines every token they make.

None of the six libraries claims to check claims when it issues. A token that breaks only rules of claims is
therefore "not claimed", with the rules named. A token with a wrong form, header or signature is a failure, as
is a refusal of a request that must lead to a token.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt import examine
from slurm_jwt.strict.rules import BY_ID
from slurm_jwt_conformance.adapters import IssueRequest
from slurm_jwt_conformance.harness.batch import Absent, of_each
from slurm_jwt_conformance.harness.ledger import Seen
from slurm_jwt_reports.stream import events

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from slurm_jwt_conformance.adapters import Outcome, Participant
    from slurm_jwt_conformance.harness.ledger import Ledger
    from slurm_jwt_vectors.models import IssuingCase, Key

OWN_LAYERS = frozenset({"form", "header", "signature"})
"""Layers of rules that an issuer follows by itself, whatever claims the request has."""
VERDICTS: dict[str, events.Verdict] = {"token": "valid", "refuse": "invalid", "either": "either"}
"""Issuing cases in the words of reports: must lead to a token, must be refused, or either."""


class Settled(NamedTuple):
    """A judged answer, and what the ledger needs to find stale entries."""

    outcome: events.Outcome
    seen: Seen | None


class Worth(NamedTuple):
    """What an answer is worth, without the ledger."""

    outcome: events.OutcomeName
    status: events.Status
    reason: str | None = None


def issuing(
    participants: Mapping[str, Participant],
    cases: Collection[IssuingCase],
    keys: Mapping[str, Key],
    ledger: Ledger,
) -> Iterator[Settled | Absent]:
    """Yield one settled answer for each issuer and request, as they come."""

    def work(name: str, participant: Participant) -> Iterator[Settled]:
        return _of(name, participant, cases, keys, ledger)

    for _, item in of_each(participants, work):
        yield item


def _of(
    name: str,
    participant: Participant,
    cases: Collection[IssuingCase],
    keys: Mapping[str, Key],
    ledger: Ledger,
) -> Iterator[Settled]:
    description = participant.describe()
    by_id = {case.id: case for case in cases}
    requests = [IssueRequest(case.id, case.claims, keys[case.key].bytes, case.now) for case in cases]
    for answer in participant.issue(requests):
        case = by_id[answer.id]
        worth = judge(case, keys[case.key].bytes, answer)
        yield _settled(name, description.version, answer, worth, ledger)


def _settled(name: str, version: str, answer: Outcome, worth: Worth, ledger: Ledger) -> Settled:
    deviation = ledger.explain(name, version, answer.id, worth.outcome) if worth.status == "fail" else None
    outcome = events.Outcome(
        case=answer.id,
        implementation=name,
        outcome=worth.outcome,
        status="known" if deviation else worth.status,
        error=answer.error,
        reason=worth.reason,
        deviation=deviation,
        milliseconds=answer.milliseconds,
    )
    silent = worth.status in {"unsupported", "not run"}
    seen = Seen(answer.id, name, version, worth.outcome, worth.status == "fail")
    return Settled(outcome, None if silent else seen)


def judge(case: IssuingCase, key: bytes, answer: Outcome) -> Worth:
    """Say what an issuer's answer is worth: a token counts as accept, a refusal as reject."""
    match answer.outcome:
        case "unsupported" | "not run" as silent:
            return Worth(silent, silent, answer.error)
        case "refuse":
            return _of_refusal(case)
        case "crash" | "hang" as broken:
            return Worth(broken, "fail", f"{broken} instead of an answer")
    return _of_token(case, key, (answer.token or "").encode("utf-8", "surrogatepass"))


def _of_refusal(case: IssuingCase) -> Worth:
    if case.expected == "token":
        return Worth("reject", "fail", "refused to issue an expected token")
    return Worth("reject", "either" if case.expected == "either" else "pass")


def _of_token(case: IssuingCase, key: bytes, token: bytes) -> Worth:
    examination = examine(token, key, case.now)
    broken = [finding.rule for finding in examination.findings if finding.severity == "error"]
    own = [rule for rule in broken if BY_ID[rule].layer in OWN_LAYERS]
    if own:
        return Worth("accept", "fail", f"its token breaks {', '.join(own)}")
    if case.expected == "refuse":
        if broken:
            return Worth("accept", "not claimed", f"it issues any claims: {', '.join(broken)}")
        return Worth("reject", "pass", "it issued a valid token instead of the requested one")
    if case.expected == "token" and examination.verdict != "valid":
        loose = ", ".join(finding.rule for finding in examination.findings)
        return Worth("accept", "fail", f"a valid token is expected, and this one breaks {loose}")
    if not _holds(token, case.held):
        return Worth("accept", "fail", "its token has other claims than the request")
    return Worth("accept", "either" if case.expected == "either" else "pass")


def _holds(token: bytes, expected: Mapping[str, object]) -> bool:
    """Return whether the claims of a token include these."""
    try:
        part = token.split(b".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (IndexError, ValueError, RecursionError):
        return False
    return isinstance(claims, dict) and all(claims.get(name) == value for name, value in expected.items())
