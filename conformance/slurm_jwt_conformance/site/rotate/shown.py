"""What the lab has shown about changing keys, for one release: sentences with the rows that they rest on."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt.slurmctld import releases
from slurm_jwt_vectors.studies import load_studies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_vectors.studies import StudyRow

Basis = Literal["observed", "modelled"]
REREADS_SINCE = "23.11"
"""From here on `scontrol reconfigure` starts slurmctld anew (src/slurmctld/controller.c)."""


class Shown(NamedTuple):
    """A sentence about a release, and what it rests on."""

    id: str
    text: str
    basis: Basis
    rows: tuple[str, ...]


@cache
def _rows(series: str) -> Mapping[str, StudyRow]:
    record = load_studies().get(series)
    if record is None:
        return {}
    return {f"{study}:{row.id}": row for study, each in record.studies.items() for row in each.rows}


def asked(series: str) -> bool:
    """Tell whether the lab has asked daemons of this series about keys."""
    return series in releases.RECORDED and "rotation:rename-written" in _rows(series)


def shown(name: str, series: str, text: str, *rows: str) -> Shown:
    """Return a sentence with its basis: observed if each of the rows is there."""
    there = bool(rows) and asked(series) and all(row in _rows(series) for row in rows)
    return Shown(name, text, "observed" if there else "modelled", rows if there else ())


def result(series: str, row: str) -> str | None:
    """Return what came of a row in a recorded series; None if it was not asked."""
    found = _rows(series).get(row) if asked(series) else None
    return found.result if found else None


def rereads(series: str) -> bool:
    """Tell whether scontrol reconfigure lets slurmctld read its key file again."""
    return series >= REREADS_SINCE


def never(series: str) -> tuple[Shown, ...]:
    """Say what not to do with a key file that a daemon has loaded, and why."""
    return (
        shown(
            "in-place",
            series,
            "Do not write the new key over the old one (cp, dd, >, editors): slurmctld maps the file, so that"
            " the new bytes count at once for it alone, and no further than the old length. Between a PEM and"
            " 32 bytes neither the old nor the new key works until the restart.",
            "rotation:in-place-written",
            "rotation:shorter-written",
            "rotation:longer-written",
        ),
        shown(
            "emptied",
            series,
            "Do not empty or truncate it, even for a moment: slurmctld ends with SIGBUS at the next token.",
            "rotation:emptied-written",
        ),
        shown(
            "no-overlap",
            series,
            "There is no time in which both keys work: Slurm has one HS256 key, and kid does not choose one."
            " Every token of the old key dies with the restart.",
            "rotation:rename-restarted",
        ),
    )


def refusal(series: str) -> str:
    """Return the log line of a token that another key has signed."""
    for study in load_studies().values():
        if study.release == series:
            rows = {row.id: row for row in study.studies["rotation"].rows}
            return rows["rename-restarted"].log or ""
    reason = "jwt_decode failure" if series < "21.08" else "jwt_decode failure: Invalid argument"
    return f"error: {releases.parse(series).plugin.verifier}: {reason}"
