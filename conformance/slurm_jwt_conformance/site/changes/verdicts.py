"""What each release does with each vector: the record of its real daemon, or the model's prediction."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Mapping
from functools import lru_cache

from slurm_jwt.slurmctld import Release
from slurm_jwt.vocabulary import Basis
from slurm_jwt_conformance.lab.daemons.prediction import predicted
from slurm_jwt_reports.schema import Strict
from slurm_jwt_vectors import Observation, Suite, load, load_observed
from slurm_jwt_vectors.models import Case


class CaseVerdict(Strict, frozen=True):
    """What a release does with a token.

    accepted: null if that is not known, or if no client can carry the token. uid: the user that slurmctld
    assigns. log: slurmctld's line for a refusal.
    """

    accepted: bool | None
    uid: int | None
    log: str | None
    basis: Basis


@lru_cache(maxsize=1)
def suite() -> Suite:
    """Return the vectors, loaded once."""
    return load()


@lru_cache(maxsize=8)
def verdicts(release: Release) -> Mapping[str, CaseVerdict]:
    """Return a release's verdict on every vector, by the case's id."""
    record = _record(release)
    if record is not None:
        return {name: _observed(observation) for name, observation in record.items()}
    return {name: _modelled(case, release) for name, case in suite().cases.items()}


def client_messages(release: Release) -> Mapping[str, str | None]:
    """Return what the client printed for each refused vector; empty for a release without a record."""
    record = _record(release) or {}
    return {name: each.client for name, each in record.items() if each.verdict not in _NOT_REFUSED}


_NOT_REFUSED = frozenset({"accepted", "cannot-be-carried"})


def _record(release: Release) -> Mapping[str, Observation] | None:
    record = load_observed().get(release.series) if release.recorded else None
    return record.cases if record else None


def _observed(observation: Observation) -> CaseVerdict:
    carried = observation.verdict != "cannot-be-carried"
    accepted = observation.verdict == "accepted" if carried else None
    log = observation.log if accepted is False else None
    return CaseVerdict(accepted=accepted, uid=observation.uid, log=log, basis="observed")


def _modelled(case: Case, release: Release) -> CaseVerdict:
    """Return the model's prediction for a case, with the users of the lab."""
    prediction = predicted(case, suite(), release)
    return CaseVerdict(accepted=prediction.accepted, uid=prediction.uid, log=prediction.log, basis="modelled")
