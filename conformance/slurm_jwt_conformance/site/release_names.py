"""Names of several releases, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.slurmctld import releases

if TYPE_CHECKING:
    from collections.abc import Sequence


def releases_text(series: Sequence[str]) -> str:
    """Name releases; those that follow each other by the first and the last."""
    every = releases.series()
    names = list(dict.fromkeys(series))
    places = [every.index(name) for name in names]
    if len(places) > 2 and places == list(range(places[0], places[-1] + 1)):
        return f"{names[0]} to {names[-1]}"
    return ", ".join(names)
