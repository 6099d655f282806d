"""slurmctld as a participant of a run: verifier and issuer, one daemon for each key and clock.

Each question names a moment. A daemon whose clock stands still there (libfaketime) answers it. Questions
with the same answer at any time (`any_time`) may go to daemons with the machine's own clock.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from slurm_jwt_conformance.adapters import (
    Answer,
    Description,
    IssueRequest,
    Outcome,
    VerifyRequest,
)
from slurm_jwt_conformance.adapters.slurm import answers
from slurm_jwt_conformance.adapters.slurm.pool import WORKERS, KeyAndClock, Pool, portions
from slurm_jwt_conformance.lab.errors import DaemonDied, KeyRefused, NoAnswer, SlurmError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from slurm_jwt_conformance.lab.daemons.cluster import Cluster
    from slurm_jwt_conformance.lab.install.release import Installation

NAME: Final = "slurmctld"
ALGORITHMS: Final = ("HS256", "RS256")
"""What a release is asked for. 20.11 refuses RS256: it ignores jwks=."""
NO_RS256 = "scontrol token signs with HS256 only"
NO_FAKETIME = "a question for a set moment needs libfaketime (apt: faketime)"

Request = TypeVar("Request", VerifyRequest, IssueRequest)


class SlurmctldParticipant:
    """One installed release. Its id in a run is `slurmctld:<release>`.

    any_time: ids of questions that a daemon with the machine's own clock may answer.
    """

    basis: Final = "live"

    def __init__(self, installation: Installation, any_time: Collection[str] = ()) -> None:
        self._installation = installation
        self._any_time = frozenset(any_time)
        self._pool: Pool | None = None

    @property
    def id(self) -> str:
        """The participant's name in a run."""
        return f"{NAME}:{self._installation.label}"

    def describe(self) -> Description:
        """Return which release this is."""
        found = self._installation
        return Description(
            library=NAME,
            version=f"{found.version} with libjwt {found.libjwt or 'of unknown version'}",
            language="C",
            roles=("issuer", "verifier"),
            clock="patched" if found.faketime else "system",
            algorithms=ALGORITHMS,
        )

    def verify(self, requests: Iterable[VerifyRequest]) -> Iterator[Outcome]:
        """Yield slurmctld's verdict on each token: `scontrol show config` sends it from SLURM_JWT."""
        return self._spread(list(requests), answers.verify)

    def issue(self, requests: Iterable[IssueRequest]) -> Iterator[Outcome]:
        """Yield the tokens of `scontrol token`, which issues exactly exp, iat = now, and sun."""
        return self._spread(list(requests), answers.issue)

    def _spread(
        self, requests: list[Request], ask: Callable[[Cluster, Request], Outcome]
    ) -> Iterator[Outcome]:
        """Send the questions to daemons in parallel; yield the answers in order, each as soon as possible."""
        if self._pool is None:
            self._pool = Pool(self._installation)
        answers_of: dict[int, tuple[Future[list[Outcome]], int]] = {}
        executor = ThreadPoolExecutor(WORKERS, thread_name_prefix=NAME)
        try:
            groups = portions(range(len(requests)), lambda number: self._key_and_clock(requests[number]))
            for daemon, numbers in groups:
                part = [requests[number] for number in numbers]
                future = executor.submit(_answer_part, self._pool, daemon, part, ask)
                answers_of |= {number: (future, place) for place, number in enumerate(numbers)}
            for number in range(len(requests)):
                future, place = answers_of.pop(number)
                yield future.result()[place]
        finally:
            executor.shutdown(wait=False, cancel_futures=True)

    def _key_and_clock(self, request: VerifyRequest | IssueRequest) -> KeyAndClock | None:
        """Return the daemon that a question needs, None if no daemon can answer it."""
        if request.key is None and isinstance(request, IssueRequest):
            return None
        jwks = request.jwks if isinstance(request, VerifyRequest) else None
        if isinstance(request, VerifyRequest) and request.id in self._any_time:
            return KeyAndClock(request.key or b"", None, jwks)
        return KeyAndClock(request.key or b"", request.now, jwks) if self._installation.faketime else None

    def close(self) -> None:
        """End all daemons. A second call does nothing."""
        if self._pool is not None:
            self._pool.close()


def _answer_part(
    pool: Pool,
    daemon: KeyAndClock | None,
    questions: Sequence[Request],
    ask: Callable[[Cluster, Request], Outcome],
) -> list[Outcome]:
    """Return the answers to questions for one daemon. After a failed question a new daemon gets the rest."""
    if daemon is None:
        return [Outcome(each.id, "unsupported", error=_why_unasked(each)) for each in questions]
    answers: list[Outcome] = []
    while rest := questions[len(answers) :]:
        started = False
        try:
            with pool.cluster(daemon) as cluster:
                started = True
                for question in rest:
                    answers.append(ask(cluster, question))  # noqa: PERF401 - an error leaves the answers before
        except KeyRefused as error:
            reason = f"{error.what}: {error.reason or 'it crashes'}"
            return [Outcome(each.id, "reject", error=reason, log=error.reason) for each in questions]
        except SlurmError as error:
            failed = questions[len(answers) :][:1] if started else rest
            answers += [Outcome(each.id, _answer_of(error), error=error.what) for each in failed]
    return answers


def _why_unasked(request: VerifyRequest | IssueRequest) -> str:
    return NO_RS256 if request.key is None and isinstance(request, IssueRequest) else NO_FAKETIME


def _answer_of(error: SlurmError) -> Answer:
    if isinstance(error, DaemonDied):
        return "crash"
    return "hang" if isinstance(error, NoAnswer) else "not run"
