"""What the lab recorded about key changes in one release: sentences with the study rows that show them."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from slurm_jwt.slurmctld import releases
from slurm_jwt.vocabulary import Basis
from slurm_jwt_conformance.site import texts
from slurm_jwt_reports.schema import Strict
from slurm_jwt_vectors.studies import StudyRow, load_studies

REREADS_SINCE = "23.11"
"""From here on `scontrol reconfigure` starts slurmctld again (src/slurmctld/controller.c)."""


class Statement(Strict, frozen=True):
    """A sentence about this release, and the rows of the lab's studies that show it."""

    id: str
    text: str
    basis: Basis
    rows: tuple[str, ...]


class _Text(NamedTuple):
    """What evidence.toml says of a statement."""

    text: str
    rows: Sequence[str] = ()


_TEXTS = texts.beside(__file__, _Text)


@cache
def _rows(series: str) -> Mapping[str, StudyRow]:
    record = load_studies().get(series)
    if record is None:
        return {}
    return {f"{study}:{row.id}": row for study, each in record.studies.items() for row in each.rows}


def has_study(series: str) -> bool:
    """Return whether the lab recorded key changes with daemons of this series."""
    return series in releases.RECORDED and "rotation:rename-written" in _rows(series)


def known_rows(series: str, rows: tuple[str, ...]) -> tuple[str, ...]:
    """Return the rows if the series has a record of each; otherwise none."""
    return rows if has_study(series) and all(row in _rows(series) for row in rows) else ()


def statement(name: str, series: str) -> Statement:
    """Return a sentence of evidence.toml with its basis: observed if the series has a record of every row."""
    text, rows = _TEXTS[name]
    known = known_rows(series, tuple(rows))
    return Statement(id=name, text=text, basis="observed" if known else "modelled", rows=known)


def rereads(series: str) -> bool:
    """Return whether slurmctld reads its key file again after scontrol reconfigure."""
    return series >= REREADS_SINCE


def never(series: str) -> tuple[Statement, ...]:
    """Return what not to do with a key file that a daemon has loaded, and why."""
    return tuple(statement(name, series) for name in ("in-place", "emptied", "no-overlap"))


def refusal(series: str) -> str:
    """Return the log line of slurmctld for a token that another key has signed."""
    row = _rows(series).get("rotation:rename-restarted")
    if row is not None:
        return row.log or ""
    reason = "jwt_decode failure" if series < "21.08" else "jwt_decode failure: Invalid argument"
    return f"error: {releases.parse(series).plugin.verifier}: {reason}"
