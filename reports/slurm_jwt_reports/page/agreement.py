"""How far everyone agrees with the documents and with each Slurm release: numbers, and their chart.

Only accepted or refused is compared, also for rules that a library does not claim to check. A crash or a
hang counts as a disagreement. With
the documents: the cases that they decide. With a release: the cases to which it gave an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.run.enforced import releases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slurm_jwt_reports.run.overview import Overview

_LEFT, _RIGHT, _TOP, _STEP = 190, 24, 34, 6
_WIDTH = 760
_ANSWERS = {"accept": 1, "reject": -1}
_VERDICTS = {"valid": 1, "invalid": -1}

_SHAPES = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "M-3.5-3.5h7v7h-7z",
    "M0-4.6L4.4 3.4H-4.4z",
    "M0-5L5 0L0 5L-5 0z",
    "M0 4.6L4.4-3.4H-4.4z",
    "M-1.4-4.5h2.8v3.1h3.1v2.8h-3.1v3.1h-2.8v-3.1h-3.1v-2.8h3.1z",
)
"""Outlines of the points, one a series, around 0 0: series do not differ by colour only."""


class Share(NamedTuple):
    """In how many of so many cases two agree."""

    agree: int
    of: int

    @property
    def percent(self) -> float:
        """The same in percent, with one decimal place."""
        return round(100 * self.agree / self.of, 1)


class Line(NamedTuple):
    """One implementation: how far it agrees with each series, None where they share no case."""

    name: str
    shares: tuple[Share | None, ...]


class Point(NamedTuple):
    """One share in the chart, at its place in the units of the drawing."""

    x: float
    y: float
    series: int
    title: str


class Row(NamedTuple):
    """One implementation in the chart."""

    name: str
    y: float
    points: tuple[Point, ...]


class Agreement(NamedTuple):
    """The numbers, and the drawing of them."""

    series: tuple[str, ...]
    """the documents first, then the releases, oldest first"""
    lines: tuple[Line, ...]
    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, int], ...]
    """place and percent of each line of the grid"""
    width: int
    height: float


def agreement(run: Overview) -> Agreement | None:
    """Return the agreement of each pair; None if no answer can be compared."""
    did = {
        name: _answers(run, name) for name, one in run.results.implementations.items() if one.status == "ran"
    }
    asked = [one.id for one in releases(run.results)]
    documents: list[int | None] = [_VERDICTS.get(case.verdict, 0) for case in run.results.cases.values()]
    others = {"the documents": documents} | {run.labels[name]: did[name] for name in asked}
    lines = [
        # Nobody is compared with itself.
        Line(run.labels[name], tuple(None if one is mine else _share(mine, one) for one in others.values()))
        for name, mine in did.items()
    ]
    lines = [line for line in lines if any(line.shares)]
    return _drawn(tuple(others), tuple(lines)) if lines else None


def shape(series: int) -> str:
    """Return the outline of the points of one series, as a path around 0 0."""
    return _SHAPES[series % len(_SHAPES)]


def _answers(run: Overview, name: str) -> list[int | None]:
    """Return what it did in every case: 1 accepted, -1 refused, 0 broke, None no answer."""
    outcomes = run.results.outcomes
    said = (outcomes.get((case, name)) for case in run.results.cases)
    broke = ("crash", "hang")
    return [
        None if one is None else _ANSWERS.get(one.outcome, 0 if one.outcome in broke else None)
        for one in said
    ]


def _share(mine: Sequence[int | None], theirs: Sequence[int | None]) -> Share | None:
    both = [(here, there) for here, there in zip(mine, theirs, strict=True) if there and here is not None]
    return Share(sum(here == there for here, there in both), len(both)) if both else None


def _drawn(series: tuple[str, ...], lines: tuple[Line, ...]) -> Agreement:
    shares = [share.percent for line in lines for share in line.shares if share]
    lowest = min(90, int(min(shares)) // 10 * 10)
    pitch = _STEP * len(series) + 10

    def across(percent: float) -> float:
        return round(_LEFT + (percent - lowest) / (100 - lowest) * (_WIDTH - _LEFT - _RIGHT), 1)

    rows = []
    for number, line in enumerate(lines):
        top = _TOP + number * pitch
        points = tuple(
            Point(
                across(share.percent), top + (place + 0.5) * _STEP, place, _title(line, series[place], share)
            )
            for place, share in enumerate(line.shares)
            if share
        )
        rows.append(Row(line.name, top + _STEP * len(series) / 2, points))
    step = 10 if lowest > 40 else 20
    ticks = tuple((across(percent), percent) for percent in range(lowest, 101, step))
    return Agreement(series, lines, tuple(rows), ticks, _WIDTH, _TOP + len(lines) * pitch)


def _title(line: Line, against: str, share: Share) -> str:
    return f"{line.name} agrees with {against} in {share.agree:,} of {share.of:,} cases, {share.percent} %"
