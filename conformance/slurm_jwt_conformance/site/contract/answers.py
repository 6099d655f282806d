"""How to send a token, and what a refusal looks like: from the studies of the release or a similar one."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Mapping

from slurm_jwt.slurmctld import Release
from slurm_jwt.vocabulary import Basis
from slurm_jwt_reports.schema import Strict
from slurm_jwt_vectors.studies import StudyRow, load_studies

BEARER_SINCE, ANSWER_SINCE = "23.02", "24.11"
"""Since when slurmrestd accepts Bearer, and slurmctld answers a client that it refuses (Slurm's sources)."""

STYLES = ("name-and-token", "token-alone", "bearer-alone", "bearer-and-name", "both", "bearer-lower-case")
REFUSALS = ("another-key", "expired", "no-sun", "unknown-user", "nothing")


class Answer(Strict, frozen=True):
    """slurmrestd's answer to a way of sending, or to a token that does not work.

    status: the HTTP status. works: slurmrestd serves the request.
    """

    id: str
    ask: str
    result: str
    status: int | None
    works: bool
    log: str | None
    basis: Basis


def styles(release: Release) -> tuple[Answer, ...]:
    """Return for each way to send a token whether slurmrestd accepts it."""
    return _answers(release, STYLES)


def refusals(release: Release) -> tuple[Answer, ...]:
    """Return slurmrestd's answers to tokens that do not work."""
    return _answers(release, REFUSALS)


def _answers(release: Release, names: tuple[str, ...]) -> tuple[Answer, ...]:
    rows, basis = _rows(release)
    return tuple(_answer(rows[name], basis) for name in names)


def _answer(row: StudyRow, basis: Basis) -> Answer:
    return Answer(
        id=row.id,
        ask=row.ask,
        result=row.result,
        status=row.status,
        works=row.status == 200 and row.uid is not None,
        log=row.log,
        basis=basis,
    )


def _rows(release: Release) -> tuple[Mapping[str, StudyRow], Basis]:
    """Return the rows of the release, or of a release whose sources do not differ in this."""
    records = load_studies()
    series = _similar(release.series, tuple(records))
    basis: Basis = "observed" if release.recorded and series == release.series else "modelled"
    return {row.id: row for row in records[series].studies["rest-answers"].rows}, basis


def _similar(series: str, recorded: tuple[str, ...]) -> str:
    """Return the nearest recorded series on the same side of each change; an earlier one is preferred."""

    def side(name: str) -> tuple[bool, bool]:
        return name >= BEARER_SINCE, name >= ANSWER_SINCE

    if series in recorded:
        return series
    same = [name for name in recorded if side(name) == side(series)]
    if not same:  # 23.02 to 24.05: headers as in 24.11, answers as before
        same = [name for name in recorded if name >= BEARER_SINCE]
    earlier = [name for name in same if name <= series]
    return earlier[-1] if earlier else same[0]
