"""How the answers of real Slurm are judged: by its own record, and by the documents as a finding.

A run requires of Slurm that it does what its record says, not what the documents say. A difference between
the record and the documents is a finding: a trap, a gap or an impostor.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

import msgspec

from slurm_jwt.vocabulary import Accepted, DoesNotStart, Refused, Unknown, Verdict
from slurm_jwt_conformance.lab.sandbox.accounts import ACCOUNTS
from slurm_jwt_reports.stream import events
from slurm_jwt_vectors import load_observed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_vectors import Observation, Observed
    from slurm_jwt_vectors.models import Case

SLURM = "slurmctld:"
Kind = Literal["trap", "gap", "impostor"]
_SENTENCES = {
    "trap": "{who} refuses this {verdict} token: {log}",
    "gap": "{who} accepts this invalid token{uid}",
    "impostor": "{who} accepts this token for {user!r}{uid}, who is not that user",
}


def verdict_of(seen: Observation) -> Verdict:
    """Return what the release did, according to its record."""
    match seen.verdict:
        case "accepted":
            return Accepted(seen.uid, seen.user)
        case "refused":
            return Refused(seen.log)
        case "daemon-does-not-start":
            return DoesNotStart(seen.log)
    return Unknown("The token cannot be carried to the daemon.")


def classify(
    documented: events.Verdict, observed: Verdict, user: str | None, users: Mapping[str, int]
) -> Kind | None:
    """Compare a documented verdict with that of a release.

    user: the name that the token gives, None if it gives none. users: the user database of the release,
    names to uids.

    A trap is a token that should work, but the release refuses it. A gap is one that must not work, but
    the release accepts it. An impostor is accepted, but as another uid than the database has for its name;
    a name that the database lacks has no uid, so any uid is another one.
    """
    match observed:
        case Refused() | DoesNotStart():
            return None if documented == "invalid" else "trap"
        case Accepted() if documented == "invalid":
            return "gap"
        case Accepted(uid=int(uid)) if user is not None and users.get(user) != uid:
            return "impostor"
    return None


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
    """Judge an answer of slurmctld by its record; live: whether a daemon was asked in this run."""
    if plain.outcome not in {"accept", "reject"}:
        return plain
    if not live:
        return msgspec.structs.replace(
            plain,
            status="recorded",
            basis="recorded",
            reason="from the record; no daemon was asked in this run",
        )
    record = record_of(plain.implementation)
    seen = record.cases.get(case.id) if record else None
    if seen is None:
        return msgspec.structs.replace(
            plain, status="fail", reason="this case is not in the record: run `python -m tools.record`"
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
    kind = classify(case.verdict, _verdict(outcome), case.user, ACCOUNTS)
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


def _verdict(outcome: events.Outcome) -> Verdict:
    if outcome.outcome == "accept":
        return Accepted(outcome.uid, outcome.user)
    return Refused(outcome.log) if outcome.outcome == "reject" else Unknown(outcome.outcome)
