"""What is new since last time, as the page shows it: marks for its filter, and one table of what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.diff.diff import Diff, Kind, Result, diff
from slurm_jwt_reports.diff.document import headline, result_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_reports.stream.index import Results

_LETTERS: dict[Kind, str] = {"regression": "r", "mended": "m", "judged otherwise": "j"}
_TITLES: dict[Kind, str] = {"case changed": "the case changed"}
_CODES: dict[Kind, str] = {"regression": "f", "mended": "p"}


class Moved(NamedTuple):
    """Answers to the same cases that changed in one way, and whose they are."""

    title: str
    code: str
    """the mark whose colour it has"""
    implementations: tuple[str, ...]
    before: str
    after: str
    cases: tuple[str, ...]
    pairs: tuple[str, ...]
    """whose token, under which key"""


class Since(NamedTuple):
    """What is new since last time."""

    diff: Diff
    headline: str
    moved: tuple[Moved, ...]
    letters: Mapping[tuple[str, str], str]
    """by (case, implementation): r, m, j or c for what changed, n for what is new itself"""


def since(old: Results, new: Results) -> Since:
    """Work out what is new since an older run."""
    found = diff(old, new)
    letters = {
        (one.case, one.implementation): _LETTERS.get(one.kind, "c") for one in found.changes if one.case
    }
    fresh_cases, fresh_names = set(found.new_cases), set(found.new_implementations)
    for case, name in new.outcomes:
        if case in fresh_cases or name in fresh_names:
            letters[case, name] = "n"
    return Since(found, headline(found), _moved(found), letters)


def _moved(found: Diff) -> tuple[Moved, ...]:
    """Put together what changed alike: who did in the same case or pair, then what the same changed in."""
    whose: dict[tuple[Kind, Result, Result, str | None, str | None], list[str]] = {}
    for one in found.changes:
        pair = None if one.case else f"{one.issuer} under {one.key}"
        same = (one.kind, _wordless(one.before), _wordless(one.after), one.case, pair)
        whose.setdefault(same, []).append(one.implementation)
    where: dict[tuple[Kind, Result, Result, tuple[str, ...]], tuple[list[str], list[str]]] = {}
    for (kind, before, after, case, pair), names in whose.items():
        cases, pairs = where.setdefault((kind, before, after, tuple(names)), ([], []))
        cases += [case] if case else []
        pairs += [pair] if pair else []
    return tuple(
        Moved(
            _TITLES.get(kind, kind),
            _CODES.get(kind, "e"),
            names,
            result_text(before),
            result_text(after),
            tuple(cases),
            tuple(pairs),
        )
        for (kind, before, after, names), (cases, pairs) in where.items()
    )


def _wordless(side: Result) -> Result:
    """Leave out the own error: the entries of the cases have it, and no two are alike."""
    return Result(mark=side.mark, outcome=side.outcome, uid=side.uid, user=side.user)
