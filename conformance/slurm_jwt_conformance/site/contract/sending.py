"""How a token is sent, and what a refusal looks like: from the studies of the release or the nearest one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt_vectors.studies import load_studies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt.slurmctld import Release
    from slurm_jwt_vectors.studies import StudyRow

Basis = Literal["observed", "modelled"]
BEARER_SINCE, ANSWER_SINCE = "23.02", "24.11"
"""Since when slurmrestd takes Bearer, and slurmctld answers a client that it refuses (Slurm's sources)."""

STYLES = ("name-and-token", "token-alone", "bearer-alone", "bearer-and-name", "both", "bearer-lower-case")
REFUSALS = ("another-key", "expired", "no-sun", "unknown-user", "nothing")


class Answer(NamedTuple):
    """A question to slurmrestd and what comes of it. status: of HTTP. works: the request is served."""

    id: str
    ask: str
    result: str
    status: int | None
    works: bool
    log: str | None
    basis: Basis


def styles(release: Release) -> tuple[Answer, ...]:
    """Return for each way to send a token whether slurmrestd takes it."""
    return _answers(release, STYLES)


def refusals(release: Release) -> tuple[Answer, ...]:
    """Return what a client gets for tokens that do not work."""
    return _answers(release, REFUSALS)


def _answers(release: Release, names: tuple[str, ...]) -> tuple[Answer, ...]:
    rows, basis = _rows(release)
    return tuple(_answer(rows[name], basis) for name in names)


def _answer(row: StudyRow, basis: Basis) -> Answer:
    works = row.status == 200 and row.uid is not None
    return Answer(row.id, row.ask, row.result, row.status, works, row.log, basis)


def _rows(release: Release) -> tuple[Mapping[str, StudyRow], Basis]:
    """Return the rows of the release, or of one that the sources have no difference to."""
    records = load_studies()
    like = _like(release.series, tuple(records))
    basis: Basis = "observed" if release.recorded and like == release.series else "modelled"
    return {row.id: row for row in records[like].studies["rest-answers"].rows}, basis


def _like(series: str, recorded: tuple[str, ...]) -> str:
    """Return the nearest recorded series, an earlier one if there is one, on the same side of changes."""

    def side(name: str) -> tuple[bool, bool]:
        return name >= BEARER_SINCE, name >= ANSWER_SINCE

    if series in recorded:
        return series
    same = [name for name in recorded if side(name) == side(series)]
    if not same:  # 23.02 to 24.05: headers as in 24.11, answers as before
        same = [name for name in recorded if name >= BEARER_SINCE]
    earlier = [name for name in same if name <= series]
    return earlier[-1] if earlier else same[0]
