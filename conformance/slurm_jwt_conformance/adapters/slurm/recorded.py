"""A slurmctld that is not installed: its answers are the record of its release."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from slurm_jwt_conformance.adapters import Answer, Description, IssueRequest, Outcome, VerifyRequest
from slurm_jwt_conformance.adapters.slurm.participant import ALGORITHMS, NAME
from slurm_jwt_conformance.lab.daemons.clocks import holds_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from slurm_jwt_vectors import Observation, Observed

_ANSWERS: Mapping[str, Answer] = {
    "accepted": "accept",
    "refused": "reject",
    "daemon-does-not-start": "reject",
    "cannot-be-carried": "unsupported",
}


class RecordedParticipant:
    """Answers for tokens that are in a release's record, with the same key and moment.

    keys, jwks: the published keys and JWKS files by id. Every other question is `not run`.
    """

    basis: Final = "recorded"

    def __init__(
        self, observed: Observed, keys: Mapping[str, bytes], jwks: Mapping[str, bytes] | None = None
    ) -> None:
        self._observed = observed
        self._known: dict[tuple[str, bytes | None, bytes | None], list[Observation]] = {}
        files = jwks or {}
        for seen in observed.cases.values():
            if seen.key in keys and (seen.jwks is None or seen.jwks in files):
                question = (seen.token_sha256, keys[seen.key], files.get(seen.jwks or ""))
                self._known.setdefault(question, []).append(seen)

    @property
    def id(self) -> str:
        """The participant's name in a run."""
        return f"{NAME}:{self._observed.release}"

    def describe(self) -> Description:
        """Return which release was recorded."""
        return Description(
            library=NAME,
            version=f"{self._observed.slurm} with libjwt {self._observed.libjwt or 'of unknown version'}",
            language="C",
            roles=("verifier",),
            clock="patched",
            algorithms=ALGORITHMS,
        )

    def verify(self, requests: Iterable[VerifyRequest]) -> Iterator[Outcome]:
        """Yield the recorded verdicts; `not run` for a token that is not in the record."""
        return (self._answer(request) for request in requests)

    def _answer(self, request: VerifyRequest) -> Outcome:
        digest = hashlib.sha256(request.token).hexdigest()
        for seen in self._known.get((digest, request.key, request.jwks), ()):
            if holds_at(seen.clock, request.now):
                return _outcome(request.id, seen)
        return Outcome(request.id, "not run", error=f"not in the record of {self._observed.recorded}")

    def issue(self, requests: Iterable[IssueRequest]) -> Iterator[Outcome]:
        """Yield `not run`: a record has only verdicts."""
        return (Outcome(request.id, "not run", error="a record issues no tokens") for request in requests)

    def close(self) -> None:
        """Do nothing: no daemon runs."""


def _outcome(request_id: str, seen: Observation) -> Outcome:
    answer = _ANSWERS[seen.verdict]
    error = None if answer == "accept" else seen.log or seen.client or seen.verdict
    return Outcome(request_id, answer, error=error, user=seen.user, uid=seen.uid, log=seen.log)
