"""How real Slurm's answers are judged: against its own record, and against the documents as a finding.

Slurm is not asked to do what the documents say; it is asked to do what it did before. Where its record
and the documents differ, that is the news of this suite: a trap, a gap or an impostor.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec

from slurm_jwt_conformance.adapters.slurm.traps import classify
from slurm_jwt_conformance.lab.sandbox.accounts import ACCOUNTS
from slurm_jwt_reports.stream import events
from slurm_jwt_vectors import load_observed

if TYPE_CHECKING:
    from slurm_jwt_vectors import Observation, Observed
    from slurm_jwt_vectors.models import Case

SLURM = "slurmctld:"
_SENTENCES = {
    "trap": "{who} refuses this {verdict} token: {log}",
    "gap": "{who} accepts this invalid token{uid}",
    "impostor": "{who} accepts this token for {user!r}{uid}, who is not that user",
}


def is_slurm(implementation: str) -> bool:
    """Whether this id names a real slurmctld."""
    return implementation.startswith(SLURM)


@cache
def _records() -> dict[str, Observed]:
    return load_observed()


def record_of(implementation: str) -> Observed | None:
    """Return what was recorded of this release, or None."""
    return _records().get(implementation.removeprefix(SLURM))


def judged(case: Case, plain: events.Outcome, *, live: bool) -> events.Outcome:
    """Judge an answer of slurmctld by its record; `live` tells whether a daemon was asked just now."""
    if plain.outcome not in {"accept", "reject"}:
        return plain
    if not live:
        return msgspec.structs.replace(
            plain,
            status="recorded",
            basis="recorded",
            reason="from the record; nothing was asked in this run",
        )
    record = record_of(plain.implementation)
    seen = record.cases.get(case.id) if record else None
    if seen is None:
        return msgspec.structs.replace(
            plain, status="fail", reason="nothing is recorded of this case: run `slurm-jwt lab record`"
        )
    difference = _difference(seen, plain)
    if difference:
        return msgspec.structs.replace(plain, status="fail", reason=f"not as recorded: {difference}")
    return msgspec.structs.replace(plain, status="pass", reason=None)


def _difference(seen: Observation, now: events.Outcome) -> str | None:
    was = "accept" if seen.verdict == "accepted" else "reject"
    if was != now.outcome:
        return f"the record says {was}"
    if seen.uid != now.uid:
        return f"the record says uid {seen.uid}"
    if seen.log != now.log:
        return f"the record's log line is {seen.log!r}"
    return None


def finding(case: Case, outcome: events.Outcome) -> events.Finding | None:
    """Return the trap, gap or impostor that an answer of slurmctld is, if it is one."""
    observed = {"accept": "accepted", "reject": "refused"}.get(outcome.outcome, "")
    kind = classify(case.verdict, observed, outcome.uid, case.user, ACCOUNTS)
    if kind is None:
        return None
    text = _SENTENCES[kind].format(
        who=outcome.implementation,
        verdict={"valid": "valid", "either": "permitted"}.get(case.verdict, case.verdict),
        log=outcome.log or outcome.error or "no reason given",
        uid="" if outcome.uid is None else f" as uid {outcome.uid}",
        user=case.user,
    )
    return events.Finding(kind=kind, case=case.id, implementation=outcome.implementation, text=text)
