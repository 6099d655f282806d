"""Put cases to participants, all of them at once, and yield the judged answers as they come.

The command line, the pytest plugin and the ledger's own test are views of what this yields.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from slurm_jwt_conformance.adapters import NotInstalled, Outcome, VerifyRequest, registry
from slurm_jwt_conformance.adapters.python.serve import printable
from slurm_jwt_conformance.harness import choice, slurm_verdicts
from slurm_jwt_conformance.harness.judge import judge, unaskable
from slurm_jwt_conformance.harness.ledger import Seen
from slurm_jwt_conformance.harness.parallel import Failed, merged
from slurm_jwt_reports.stream import events

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping

    from slurm_jwt_conformance.adapters import Description, Participant
    from slurm_jwt_conformance.harness.ledger import Ledger
    from slurm_jwt_vectors.models import Case, Suite

T = TypeVar("T")


class Introduced(NamedTuple):
    """A participant runs, and says this of itself; comes before its answers."""

    implementation: str
    description: Description


class Absent(NamedTuple):
    """A participant cannot take part on this machine (NotInstalled), or its adapter is broken."""

    implementation: str
    error: Exception


Item = Introduced | Absent | events.Outcome


class Lineup(NamedTuple):
    """The implementations that take part, and those that cannot, with the reason."""

    present: dict[str, Participant]
    absent: dict[str, NotInstalled]


@contextmanager
def lineup(
    implementations: Iterable[str],
    progress: Callable[[str], None] | None = None,
    *,
    live_roots: bool = False,
    programs: registry.Programs = registry.Programs(),  # noqa: B008 - it cannot change
) -> Iterator[Lineup]:
    """Prepare these implementations, and end their processes at the end, however it comes.

    live_roots: also ask releases of Slurm in the lab's roots, not only the machine's own.
    """
    there = Lineup({}, {})
    try:
        for name in implementations:
            try:
                there.present[name] = choice.start(name, progress, live_roots=live_roots, programs=programs)
            except NotInstalled as reason:
                there.absent[name] = reason
        yield there
    finally:
        close_all(there.present)


def close_all(participants: Mapping[str, Participant]) -> None:
    """End all at once: each is given a moment to leave by itself."""

    def closing(participant: Participant) -> Iterator[None]:
        participant.close()
        yield

    for _ in merged({name: partial(closing, participant) for name, participant in participants.items()}):
        pass


def of_each(
    participants: Mapping[str, Participant], work: Callable[[str, Participant], Iterator[T]]
) -> Iterator[tuple[str, T | Absent]]:
    """Yield (participant's name, item) of this work, done by all participants at once.

    A participant that drops out yields an Absent as its last item.
    """
    jobs = {name: partial(work, name, participant) for name, participant in participants.items()}
    for name, item in merged(jobs):
        yield name, Absent(name, expected(item.error)) if isinstance(item, Failed) else item


def verdicts(
    participants: Mapping[str, Participant],
    cases: Collection[Case],
    suite: Suite,
    ledger: Ledger,
    answered: Container[tuple[str, str]] = (),
) -> Iterator[Item]:
    """Yield an Introduced and one judged Outcome a case for each participant, or an Absent.

    answered: pairs of case and participant that are not asked again.
    """

    def work(name: str, participant: Participant) -> Iterator[Item]:
        left = [case for case in cases if (case.id, name) not in answered]
        return _verdicts_of(name, participant, left, suite, ledger)

    for _, item in of_each(participants, work):
        yield item


def expected(error: Exception) -> Exception:
    """Return an error that a participant may raise; raise any other, such as a programming error."""
    from slurm_jwt_reports.problems import Problem

    if not isinstance(error, (NotInstalled, Problem)):
        raise error
    return error


def _verdicts_of(
    name: str, participant: Participant, cases: Collection[Case], suite: Suite, ledger: Ledger
) -> Iterator[Item]:
    description = participant.describe()
    yield Introduced(name, description)
    requests = []
    for case in cases:
        reason = unaskable(case, description)
        if reason:
            yield _judged(case, name, description, Outcome(case.id, "unsupported", reason), ledger)
        else:
            key, jwks = suite.keys[case.key].bytes, suite.jwks_of(case)
            requests.append(VerifyRequest(case.id, case.token_bytes, key, case.now, jwks))
    by_id = {case.id: case for case in cases}
    for answer in participant.verify(requests):
        case = by_id[answer.id]
        outcome = _judged(case, name, description, answer, ledger)
        if slurm_verdicts.is_slurm(name):
            outcome = slurm_verdicts.judged(case, outcome, live=participant.basis == "live")
        yield outcome


def _judged(
    case: Case, name: str, description: Description, answer: Outcome, ledger: Ledger
) -> events.Outcome:
    judgement = judge(case, name, description, answer, ledger)
    return events.Outcome(
        case=case.id,
        implementation=name,
        outcome=cast("events.OutcomeName", answer.outcome),
        status=judgement.status,
        error=answer.error,
        reason=judgement.reason,
        user=answer.user and printable(answer.user, ""),
        uid=answer.uid,
        log=answer.log,
        deviation=judgement.deviation,
        milliseconds=answer.milliseconds,
    )


def seen(outcome: events.Outcome, version: str) -> Seen | None:
    """Return what the ledger needs from an outcome to find stale entries, if anything."""
    if outcome.status in {"unsupported", "not run"}:
        return None
    deviates = outcome.status in {"fail", "known"}
    return Seen(outcome.case, outcome.implementation, version, outcome.outcome, deviates)
