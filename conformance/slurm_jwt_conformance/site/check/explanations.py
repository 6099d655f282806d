"""Why Slurm treats a token that breaks a rule as it does, rule by rule, and what each release does.

explanations.toml has the texts, read from the sources that it names, and the verdicts on the vectors that
break only this rule: those of real daemons of four releases, and of the model for the others. A test computes
the verdicts again from the records.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from slurm_jwt.slurmctld import releases

SERIES = releases.series()
"""The series of the model."""

OBSERVED = tuple(releases.RECORDED)
"""The series whose daemons were recorded; the others are modelled from their sources."""


class Explanation(NamedTuple):
    """Why Slurm behaves so, where that is written, and a letter for each series: see explanations.toml."""

    text: str
    source: str
    releases: str


@cache
def explanations() -> dict[str, Explanation]:
    """Return the explanation of every rule by its id."""
    from tomllib import loads  # slow to load, and only needed for a token that breaks a rule

    entries = loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {rule: Explanation(**entry) for rule, entry in entries.items()}


FEW = 0.25
"""The part of the vectors below which they are "a few"."""

_WORDS = {
    "T": "accept such tokens",
    "t": "accept nearly all such tokens",
    "S": "accept some such tokens and refuse others",
    "r": "refuse nearly all such tokens",
    "R": "refuse such tokens",
    "D": "do not start",
}


def releases_text(rule: str) -> str:
    """Return what the releases do with tokens that break only this rule, and how it is known, or ""."""
    parts, at = [], 0
    letters = explanations()[rule].releases
    if not letters:
        return ""
    for letter, same in groupby(letters.ljust(len(SERIES), letters[-1])):
        count = len([*same])
        parts.append(f"{_range(at, count)} {_WORDS[letter]}")
        at += count
    return (
        f"{'; '.join(parts)} (observed on {', '.join(OBSERVED[:-1])} and {OBSERVED[-1]}, otherwise modelled)"
    )


def _range(first: int, count: int) -> str:
    """Return the name of adjacent releases."""
    if count == len(SERIES):
        return f"all releases from {SERIES[0]} to {SERIES[-1]}"
    last = SERIES[first + count - 1]
    return last if count == 1 else f"{SERIES[first]} to {last}"
