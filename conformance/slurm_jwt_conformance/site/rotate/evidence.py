"""What the lab recorded about key changes in one release: sentences with the study rows that show them."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Mapping
from functools import cache

from slurm_jwt.slurmctld import releases
from slurm_jwt.vocabulary import Basis
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


def statement(name: str, series: str, text: str, *rows: str) -> Statement:
    """Return a sentence with its basis: observed if the series has a record of every row."""
    known = known_rows(series, rows)
    return Statement(id=name, text=text, basis="observed" if known else "modelled", rows=known)


def rereads(series: str) -> bool:
    """Return whether slurmctld reads its key file again after scontrol reconfigure."""
    return series >= REREADS_SINCE


def never(series: str) -> tuple[Statement, ...]:
    """Return what not to do with a key file that a daemon has loaded, and why."""
    return (
        statement(
            "in-place",
            series,
            "Do not write the new key into the old file (cp, dd, >, editors). slurmctld maps the file, so it"
            " uses the new bytes at once, up to the old length; other daemons do not. If one key is a PEM"
            " and the other has 32 bytes, neither works until the restart.",
            "rotation:in-place-written",
            "rotation:shorter-written",
            "rotation:longer-written",
        ),
        statement(
            "emptied",
            series,
            "Do not empty or truncate the file, not even for a moment: slurmctld ends with SIGBUS at the next"
            " token.",
            "rotation:emptied-written",
        ),
        statement(
            "no-overlap",
            series,
            "Both keys never work at the same time: Slurm has one HS256 key, and kid does not choose a key."
            " All tokens of the old key stop working at the restart.",
            "rotation:rename-restarted",
        ),
    )


def refusal(series: str) -> str:
    """Return the log line of slurmctld for a token that another key has signed."""
    row = _rows(series).get("rotation:rename-restarted")
    if row is not None:
        return row.log or ""
    reason = "jwt_decode failure" if series < "21.08" else "jwt_decode failure: Invalid argument"
    return f"error: {releases.parse(series).plugin.verifier}: {reason}"
