"""The recorder: asks a real release about every vector, records the answers, and compares records.

The daemon is asked through scontrol. What SLURM_JWT cannot carry there goes to the release's plugin. The
command is `slurm-jwt lab record`.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from slurm_jwt_conformance.adapters.slurm.pool import KeyAndClock, Pool
from slurm_jwt_conformance.lab.daemons.clocks import name_of
from slurm_jwt_conformance.lab.daemons.observation import Observation as Seen
from slurm_jwt_conformance.lab.errors import KeyRefused, SlurmError
from slurm_jwt_conformance.lab.plugin import by_plugin
from slurm_jwt_conformance.lab.sandbox.sandbox import HOW_TO_HAVE_NAMESPACES, possible_mode
from slurm_jwt_reports import output
from slurm_jwt_vectors import Observation, Observed, load_observed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from slurm_jwt_conformance.lab.install.release import Installation
    from slurm_jwt_vectors import Case, Suite

ROUTE = "scontrol"
WORKERS = 4
CHUNK = 50


class Difference(NamedTuple):
    """One difference of a fresh record: of a case, or of the release ("")."""

    case: str
    what: str
    recorded: str | None
    fresh: str | None

    def __str__(self) -> str:
        return f"{self.case or 'release'}: {self.what} was {self.recorded}, is {self.fresh}"


class Comparison(NamedTuple):
    """differences: verdicts, uids or log lines. versions: package versions, no failure in themselves.

    added, removed: cases in only one of the records, or about another token.
    """

    differences: tuple[Difference, ...]
    versions: tuple[Difference, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


def record(
    installation: Installation,
    suite: Suite,
    *,
    today: dt.date,
    progress: Callable[[int], None] = lambda _count: None,
) -> Observed:
    """Ask a release about every case; `progress` gets the number of new answers.

    Cases that are the same at any time go to daemons with the machine's clock, the others to daemons
    whose clock stands still at the case's moment. Raises SlurmError if a question gets no clear answer,
    or where this machine's own users would stand in for the test users.
    """
    if possible_mode() == "bare":
        raise SlurmError("a record needs test users, so it needs namespaces", HOW_TO_HAVE_NAMESPACES)
    pool = Pool(installation)
    try:
        with ThreadPoolExecutor(WORKERS) as executor:
            jobs = [
                executor.submit(_ask_part, pool, daemon, cases, progress) for daemon, cases in _parts(suite)
            ]
            answers = {case: seen for job in jobs for case, seen in job.result().items()}
    finally:
        pool.close()
    return Observed(
        release=installation.label,
        slurm=installation.version,
        libjwt=installation.libjwt or "unknown",
        packages=dict(sorted(installation.packages.items())),
        recorded=today.isoformat(),
        cases=dict(sorted(answers.items())),
    )


def _parts(suite: Suite) -> list[tuple[KeyAndClock, list[Case]]]:
    """Sort the cases by the daemon that they need, in portions for one worker each."""
    groups: dict[KeyAndClock, list[Case]] = {}
    for case in suite.cases.values():
        daemon = KeyAndClock(suite.keys[case.key].bytes, None if case.any_time else case.now)
        groups.setdefault(daemon, []).append(case)
    largest_first = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [
        (daemon, cases[start : start + CHUNK])
        for daemon, cases in largest_first
        for start in range(0, len(cases), CHUNK)
    ]


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
    """Ask about what no environment variable can carry, so that a release has a verdict on every case."""
    if not cases:
        return {}
    questions = [(case.token_bytes, None) for case in cases]
    answers = by_plugin.ask(installation, daemon.key, questions, daemon.clock)
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
    )


_COMPARED = ("clock", "verdict", "uid", "user", "log", "client")


def compare(recorded: Observed, fresh: Observed) -> Comparison:
    """Return the differences of a fresh record; a case with another token or key counts as another case."""
    both = recorded.cases.keys() & fresh.cases.keys()
    same = {case for case in both if _same_question(case, recorded, fresh)}
    differences = [each for case in sorted(same) for each in _differences(case, recorded, fresh)]
    names = sorted(recorded.packages.keys() | fresh.packages.keys())
    versions = [
        Difference("", name, recorded.packages.get(name), fresh.packages.get(name))
        for name in names
        if recorded.packages.get(name) != fresh.packages.get(name)
    ]
    return Comparison(
        differences=tuple(differences),
        versions=tuple(versions),
        added=tuple(sorted(fresh.cases.keys() - same)),
        removed=tuple(sorted(recorded.cases.keys() - same)),
    )


def _differences(case: str, recorded: Observed, fresh: Observed) -> list[Difference]:
    pairs = [
        (what, getattr(recorded.cases[case], what), getattr(fresh.cases[case], what)) for what in _COMPARED
    ]
    return [Difference(case, what, _text(one), _text(other)) for what, one, other in pairs if one != other]


def _same_question(case: str, recorded: Observed, fresh: Observed) -> bool:
    one, other = recorded.cases[case], fresh.cases[case]
    return (one.token_sha256, one.key, one.route) == (other.token_sha256, other.key, other.route)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def write(folder: Path, fresh: Observed) -> Path:
    """Write a record as <release>.json; one that says the same as before keeps its old date."""
    path = folder / f"{fresh.release}.json"
    before = load_observed(folder).get(fresh.release)
    if before is not None and msgspec.structs.replace(fresh, recorded=before.recorded) == before:
        fresh = before
    text = msgspec.json.format(msgspec.json.encode(fresh), indent=1) + b"\n"
    output.make_folder(str(folder))
    output.write(output.File(str(path), text), overwrite=before is not None)
    return path
