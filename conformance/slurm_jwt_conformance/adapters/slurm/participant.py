"""slurmctld as a participant of a run: verifier and issuer, one daemon for each key and clock.

It is asked at the moment that each question names, by daemons whose clock stands still there
(libfaketime). Questions whose answer is the same at any time may go to daemons with the machine's own
clock: `any_time` names them.
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
from slurm_jwt_conformance.adapters.slurm.pool import KeyAndClock, Pool
from slurm_jwt_conformance.lab.errors import DaemonDied, KeyRefused, NoAnswer, SlurmError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from slurm_jwt_conformance.lab.daemons.cluster import Cluster
    from slurm_jwt_conformance.lab.install.release import Installation

NAME: Final = "slurmctld"
WORKERS = 4
"""Clusters asked at once: slurmctld sleeps 10 ms on each refusal, so more than there are cores."""
CHUNK = 50
"""Questions that one worker takes to a cluster at a time."""

Request = TypeVar("Request", VerifyRequest, IssueRequest)


class SlurmctldParticipant:
    """One installed release; its id in a run is `slurmctld:<release>`.

    any_time: ids of questions that a daemon with the machine's own clock may answer.
    """

    basis: Final = "live"

    def __init__(self, installation: Installation, any_time: Collection[str] = ()) -> None:
        self._installation = installation
        self._any_time = frozenset(any_time)
        self._pool: Pool | None = None

    @property
    def id(self) -> str:
        """Its name in a run."""
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
        )

    def verify(self, requests: Iterable[VerifyRequest]) -> Iterator[Outcome]:
        """Ask slurmctld for its verdict on each token: `scontrol show config` with it in SLURM_JWT."""
        return self._spread(list(requests), answers.verify)

    def issue(self, requests: Iterable[IssueRequest]) -> Iterator[Outcome]:
        """Have `scontrol token` make each token that it can make: exactly exp, iat = now, and sun."""
        return self._spread(list(requests), answers.issue)

    def _spread(
        self, requests: list[Request], ask: Callable[[Cluster, Request], Outcome]
    ) -> Iterator[Outcome]:
        """Send the questions to daemons in parallel; give the answers in order, each once it is there."""
        if self._pool is None:
            self._pool = Pool(self._installation)
        promised: list[Future[Outcome]] = [Future() for _ in requests]
        executor = ThreadPoolExecutor(WORKERS, thread_name_prefix=NAME)
        try:
            for daemon, places in self._groups(requests).items():
                for start in range(0, len(places), CHUNK):
                    part = [(requests[place], promised[place]) for place in places[start : start + CHUNK]]
                    executor.submit(_work, self._pool, daemon, part, ask)
            for future in promised:
                yield future.result()
        finally:
            executor.shutdown(wait=False, cancel_futures=True)

    def _groups(self, requests: list[Request]) -> dict[KeyAndClock | None, list[int]]:
        """Sort the questions' places by the daemon that they need, the largest groups first."""
        groups: dict[KeyAndClock | None, list[int]] = {}
        for place, request in enumerate(requests):
            groups.setdefault(self._key_and_clock(request), []).append(place)
        return dict(sorted(groups.items(), key=lambda group: -len(group[1])))

    def _key_and_clock(self, request: VerifyRequest | IssueRequest) -> KeyAndClock | None:
        """Return which daemon a question needs; None if no daemon here can answer it."""
        if isinstance(request, VerifyRequest) and request.id in self._any_time:
            return KeyAndClock(request.key, None)
        return KeyAndClock(request.key, request.now) if self._installation.faketime else None

    def close(self) -> None:
        """End all daemons; safe to call twice."""
        if self._pool is not None:
            self._pool.close()


class _ClusterSpent(Exception):
    """A question went wrong, so the next ones need another cluster."""


def _work(
    pool: Pool,
    daemon: KeyAndClock | None,
    part: list[tuple[Request, Future[Outcome]]],
    ask: Callable[[Cluster, Request], Outcome],
) -> None:
    """Answer some questions for the same daemon; after a death the rest goes to a new one."""
    left = part[::-1]
    while left:
        try:
            if daemon is None:
                _answer_all(left, "unsupported", "asking at a set moment needs libfaketime (apt: faketime)")
                return
            with pool.cluster(daemon) as cluster:
                while left:
                    _answer_one(cluster, *left.pop(), ask)
        except _ClusterSpent:
            continue
        except KeyRefused as error:
            _answer_all(left, "reject", f"{error.what}: {error.reason}", error.reason)
        except SlurmError as error:
            _answer_all(left, "not run", error.what)
        except BaseException as error:
            for _, promise in left:
                promise.set_exception(error)
            raise


def _answer_one(
    cluster: Cluster,
    request: Request,
    promise: Future[Outcome],
    ask: Callable[[Cluster, Request], Outcome],
) -> None:
    try:
        promise.set_result(ask(cluster, request))
    except SlurmError as error:
        promise.set_result(Outcome(request.id, _trouble(error), error=error.what))
        raise _ClusterSpent from error
    except BaseException as error:
        promise.set_exception(error)
        raise


def _trouble(error: SlurmError) -> Answer:
    """Say in the run's words what became of a question that got no verdict."""
    if isinstance(error, DaemonDied):
        return "crash"
    return "hang" if isinstance(error, NoAnswer) else "not run"


def _answer_all(
    left: list[tuple[Request, Future[Outcome]]], answer: Answer, reason: str, log: str | None = None
) -> None:
    while left:
        request, promise = left.pop()
        promise.set_result(Outcome(request.id, answer, error=reason, log=log))
