"""What each Slurm release does with each test vector: as recorded, otherwise as the model predicts."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from slurm_jwt.slurmctld import releases
from slurm_jwt.vocabulary import Accepted, DoesNotStart, Unknown
from slurm_jwt_conformance.lab.daemons.prediction import predicted
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_vectors import load_observed
from slurm_jwt_vectors.release import Outcome, Outcomes

if TYPE_CHECKING:
    from slurm_jwt.slurmctld import Prediction
    from slurm_jwt_vectors import Observation, Suite


def outcomes(suite: Suite) -> Outcomes:
    """Return the outcome of every case on every series of Slurm, oldest first."""
    observed = load_observed()
    found: dict[str, dict[str, Outcome]] = {}
    for case in suite.cases.values():
        digest = hashlib.sha256(case.token_bytes).hexdigest()
        each = found.setdefault(case.id, {})
        for series in releases.series():
            record = observed[series].cases.get(case.id) if series in observed else None
            if record is not None and record.token_sha256 == digest:
                each[series] = _observed(record, observed[series].slurm)
            else:
                each[series] = _modelled(predicted(case, suite, series), series)
    return Outcomes(dict(accounts.ACCOUNTS), found)


def _observed(record: Observation, slurm: str) -> Outcome:
    return Outcome("observed", slurm, record.verdict, record.uid, record.log)


def _modelled(one: Prediction, series: str) -> Outcome:
    match one.verdict:
        case Accepted(uid):
            return Outcome("modelled", series, "accepted", uid)
        case Unknown(reason):
            return Outcome("modelled", series, "unknown", None, None, reason)
        case DoesNotStart(log):
            return Outcome("modelled", series, "daemon-does-not-start", None, log)
    return Outcome("modelled", series, "refused", None, one.log)
