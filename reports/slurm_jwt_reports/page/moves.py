"""How verdicts moved across releases: the cases that not every release treats alike, by pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.run.enforced import releases

if TYPE_CHECKING:
    from slurm_jwt_reports.run.overview import Overview

_SYMBOLS = {"accepted": "●", "as another user": "⇄", "refused": "○", "not asked": "·"}
_LEFT, _TOP, _PITCH, _COLUMN, _BAR = 16, 34, 24, 66, 300
_MOST_DRAWN = 16


class Pattern(NamedTuple):
    """One way in which releases differ, and the cases that go this way."""

    states: tuple[str, ...]
    """of each release, in words"""
    symbols: tuple[str, ...]
    cases: tuple[str, ...]
    y: float
    bar: float
    """width of its bar in the units of the drawing"""


class Moves(NamedTuple):
    """What moved, and the drawing of it."""

    releases: tuple[str, ...]
    """oldest first"""
    patterns: tuple[Pattern, ...]
    """those with the most cases first"""
    drawn: int
    """how many of them are in the drawing"""
    steps: tuple[tuple[str, str, int, int], ...]
    """from release to next release: how many cases it newly accepts, and newly refuses"""
    legend: tuple[tuple[str, str], ...]
    columns: tuple[float, ...]
    width: float
    height: float


def moves(run: Overview) -> Moves | None:
    """Work out what moved; None where there are no two releases to compare."""
    asked = [one.id for one in releases(run.results)]
    if len(asked) < 2:
        return None
    found: dict[tuple[str, ...], list[str]] = {}
    for case in run.results.cases:
        states = tuple(_state(run, case, name) for name in asked)
        if len({*states} - {"not asked"}) > 1:
            found.setdefault(states, []).append(case)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    start = _LEFT + _COLUMN * len(asked)
    most = max(map(len, found.values()), default=1)
    patterns = tuple(
        Pattern(states, tuple(_SYMBOLS[state] for state in states), tuple(cases), _TOP + _PITCH * number,
                round(_BAR * len(cases) / most, 1))
        for number, (states, cases) in enumerate(ordered)
    )  # fmt: skip
    drawn = min(len(patterns), _MOST_DRAWN)
    return Moves(
        tuple(run.labels[name] for name in asked),
        patterns,
        drawn,
        _steps([run.labels[name] for name in asked], patterns),
        tuple(
            (symbol, state)
            for state, symbol in _SYMBOLS.items()
            if any(state in one.states for one in patterns)
        ),
        tuple(_LEFT + _COLUMN * (place + 0.5) for place in range(len(asked))),
        start + _BAR + 60,
        _TOP + _PITCH * drawn,
    )


def _state(run: Overview, case: str, name: str) -> str:
    said = run.results.outcomes.get((case, name))
    if said is None or said.outcome not in ("accept", "reject"):
        return "not asked"
    if said.outcome == "reject":
        return "refused"
    odd = run.oddities.get((case, name))
    return "as another user" if odd and odd.code == "i" else "accepted"


def _steps(names: list[str], patterns: tuple[Pattern, ...]) -> tuple[tuple[str, str, int, int], ...]:
    steps = []
    for place in range(1, len(names)):
        pairs = [(one.states[place - 1], one.states[place], len(one.cases)) for one in patterns]
        opened = sum(number for before, after, number in pairs
                     if before == "refused" and after not in ("refused", "not asked"))  # fmt: skip
        closed = sum(number for before, after, number in pairs
                     if after == "refused" and before not in ("refused", "not asked"))  # fmt: skip
        steps.append((names[place - 1], names[place], opened, closed))
    return tuple(steps)
