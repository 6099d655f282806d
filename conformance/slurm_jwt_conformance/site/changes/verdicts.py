"""What each release does with each vector: as it was recorded, or, where nothing was, as the model says."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt.slurmctld import Account, Settings, Users, predict
from slurm_jwt_conformance.lab.sandbox.accounts import ACCOUNTS, SLURM_USER
from slurm_jwt_vectors import load, load_observed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt.slurmctld import Release
    from slurm_jwt_vectors import Observation, Suite
    from slurm_jwt_vectors.models import Case

Basis = Literal["observed", "modelled"]


class Fate(NamedTuple):
    """What becomes of one token.

    accepted: None if that cannot be told, or if no client can carry the token. uid: as whom it is served.
    log: slurmctld's line of a refusal. client: what the client printed, where that was recorded.
    """

    accepted: bool | None
    uid: int | None
    log: str | None
    client: str | None
    basis: Basis


@lru_cache(maxsize=1)
def suite() -> Suite:
    """Return the vectors, loaded once."""
    return load()


@lru_cache(maxsize=8)
def fates(release: Release) -> Mapping[str, Fate]:
    """Return the fate of every vector in a release, by the case's id."""
    if release.recorded:
        record = load_observed().get(release.series)
        if record is not None:
            return {name: _observed(seen) for name, seen in record.cases.items()}
    return {name: modelled(case, release) for name, case in suite().cases.items()}


def _observed(seen: Observation) -> Fate:
    accepted = None if seen.verdict == "cannot-be-carried" else seen.verdict == "accepted"
    log = seen.log if accepted is False else None
    return Fate(accepted, seen.uid, log, seen.client if accepted is False else None, "observed")


def modelled(case: Case, release: Release) -> Fate:
    """Return the model's word on a case, with the users of the lab."""
    users = Users(Account(name, uid, uid) for name, uid in ACCOUNTS.items())
    key = suite().keys[case.key].bytes
    said = predict(case.token_bytes, key, release, case.now, users, Settings(slurm_user=SLURM_USER))
    return Fate(said.accepted, said.uid, said.log, None, "modelled")
