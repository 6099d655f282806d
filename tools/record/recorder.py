"""The recorder: the verdict of a real release on every test vector.

scontrol sends the tokens to the daemon. Tokens that SLURM_JWT cannot carry go to the release's plugin.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from slurm_jwt_conformance.adapters.slurm.pool import WORKERS, KeyAndClock, Pool, portions
from slurm_jwt_conformance.lab.daemons.clocks import name_of
from slurm_jwt_conformance.lab.daemons.observation import Observation as Seen
from slurm_jwt_conformance.lab.errors import KeyRefused
from slurm_jwt_conformance.lab.plugin import by_plugin
from slurm_jwt_reports import output
from slurm_jwt_vectors import Observation, Observed, load_observed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from slurm_jwt_conformance.lab.install.release import Installation
    from slurm_jwt_vectors import Case, Suite

ROUTE = "scontrol"


class Difference(msgspec.Struct, frozen=True):
    """A field that differs in a fresh record. case: "" for a field of the release."""

    case: str
    what: str
    recorded: str | None
    fresh: str | None

    def __str__(self) -> str:
        return f"{self.case or 'release'}: {self.what} was {self.recorded}, is {self.fresh}"


class Comparison(msgspec.Struct, frozen=True):
    """A fresh record compared with the one before.

    differences: verdicts, uids or log lines. versions: package versions, which are not a failure.
    added, removed: cases in only one of the records, or about another token.
    """

    differences: tuple[Difference, ...]
    versions: tuple[Difference, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def changed(self) -> set[str]:
        """The cases that are not as recorded."""
        return {*self.added, *self.removed, *(each.case for each in self.differences)}


def record(
    installation: Installation,
    suite: Suite,
    *,
    today: dt.date,
    progress: Callable[[int], None] = lambda _count: None,
) -> Observed:
    """Return the verdicts of a release on every case. `progress` gets the number of new answers.

    Cases that are the same at any time go to daemons with the machine's clock, the others to daemons
    whose clock stands still at the case's moment. Raises SlurmError if a question gets no clear answer.
    """
    pool = Pool(installation)
    executor = ThreadPoolExecutor(WORKERS)
    try:
        parts = portions(suite.cases.values(), lambda case: _daemon_of(case, suite))
        jobs = [executor.submit(_ask_part, pool, *part, progress) for part in parts]
        answers = {case: seen for job in jobs for case, seen in job.result().items()}
    finally:
        executor.shutdown(wait=False, cancel_futures=True)  # interrupted, it asks no more
        pool.close()
    return Observed(
        release=installation.label,
        slurm=installation.version,
        libjwt=installation.libjwt or "unknown",
        packages=dict(sorted(installation.packages.items())),
        recorded=today.isoformat(),
        cases=dict(sorted(answers.items())),
    )


def _daemon_of(case: Case, suite: Suite) -> KeyAndClock:
    return KeyAndClock(suite.keys[case.key].bytes, None if case.any_time else case.now, suite.jwks_of(case))


def _ask_part(
    pool: Pool, daemon: KeyAndClock, cases: Sequence[Case], progress: Callable[[int], None]
) -> dict[str, Observation]:
    seen: dict[str, Observation] = {}
    left: list[Case] = []
    try:
        with pool.cluster(daemon) as cluster:
            for case in cases:
                answer = cluster.ask(case.token_bytes)
                if answer.verdict == "cannot-be-carried":
                    left.append(case)
                    continue
                seen[case.id] = _observation(case, daemon, answer)
                progress(1)
    except KeyRefused as error:
        for case in cases:
            seen[case.id] = _observation(case, daemon, Seen("daemon-does-not-start", log=error.reason))
            progress(1)
    return seen | _ask_plugin(pool.installation, daemon, left, progress)


def _ask_plugin(
    installation: Installation, daemon: KeyAndClock, cases: Sequence[Case], progress: Callable[[int], None]
) -> dict[str, Observation]:
    """Return the plugin's verdicts on tokens that no environment variable can carry."""
    if not cases:
        return {}
    questions = [(case.token_bytes, None) for case in cases]
    answers = by_plugin.ask(installation, daemon.key, questions, daemon.clock, daemon.jwks)
    progress(len(cases))
    return {
        case.id: _observation(case, daemon, answer, by_plugin.ROUTE)
        for case, answer in zip(cases, answers, strict=True)
    }


def _observation(case: Case, daemon: KeyAndClock, seen: Seen, route: str = ROUTE) -> Observation:
    return Observation(
        token_sha256=hashlib.sha256(case.token_bytes).hexdigest(),
        key=case.key,
        route=route,
        clock=name_of(daemon.clock),
        verdict=seen.verdict,
        uid=seen.uid,
        user=seen.user,
        log=seen.log,
        client=seen.client,
        jwks=case.jwks,
    )


_QUESTION = ("token_sha256", "key", "jwks", "route")
_COMPARED = ("clock", "verdict", "uid", "user", "log", "client")


def compare(recorded: Observed, fresh: Observed) -> Comparison:
    """Return how a fresh record differs. A case whose token or key has changed counts as another case."""
    both = recorded.cases.keys() & fresh.cases.keys()
    same = {case for case in both if _same_question(recorded.cases[case], fresh.cases[case])}
    fields = [
        (case, what, getattr(recorded.cases[case], what), getattr(fresh.cases[case], what))
        for case in sorted(same)
        for what in _COMPARED
    ]
    names = sorted(recorded.packages.keys() | fresh.packages.keys())
    versions = [("", name, recorded.packages.get(name), fresh.packages.get(name)) for name in names]
    return Comparison(
        differences=_differences(fields),
        versions=_differences(versions),
        added=tuple(sorted(fresh.cases.keys() - same)),
        removed=tuple(sorted(recorded.cases.keys() - same)),
    )


def _differences(fields: Sequence[tuple[str, str, object, object]]) -> tuple[Difference, ...]:
    return tuple(
        Difference(case, what, _text(before), _text(after))
        for case, what, before, after in fields
        if before != after
    )


def _same_question(before: Observation, after: Observation) -> bool:
    return all(getattr(before, name) == getattr(after, name) for name in _QUESTION)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def write(folder: Path, fresh: Observed) -> Path:
    """Write a record as <release>.json and return the file. A record without a change keeps its date."""
    path = folder / f"{fresh.release}.json"
    before = load_observed(folder).get(fresh.release)
    if before is not None and msgspec.structs.replace(fresh, recorded=before.recorded) == before:
        fresh = before
    text = msgspec.json.format(msgspec.json.encode(fresh), indent=1) + b"\n"
    output.make_folder(str(folder))
    output.write(output.File(str(path), text), overwrite=before is not None)
    return path
