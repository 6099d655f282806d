"""What changed between two runs, as a document."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_reports.diagnostic import Bullets, Document, Fact, Section
from slurm_jwt_reports.diff.diff import KINDS
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.words import plural, quoted, together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from slurm_jwt_reports.diff.diff import Change, Diff, Kind, Result, Run

MOST = 500
"""Changes of one kind that a document lists; the JSON has all of them."""

_TITLES: dict[Kind, str] = {
    "regression": "Regressions",
    "mended": "Mended",
    "changed": "Changed otherwise",
    "judged otherwise": "The same answer, judged otherwise",
    "case changed": "Answers to cases that were changed themselves",
}
_LISTS = (
    ("new_cases", "new case", "new cases"),
    ("gone_cases", "gone case", "gone cases"),
    ("changed_cases", "changed case", "changed cases"),
    ("new_implementations", "new implementation", "new implementations"),
    ("gone_implementations", "implementation left out", "implementations left out"),
    ("lost", "implementation lost", "implementations lost"),
)
"""Lists of names in a diff, with their words; lost is who ran then and could not now."""


def headline(found: Diff) -> str:
    """Say in one sentence what changed."""
    kinds = Counter(one.kind for one in found.changes)
    parts = [plural(found.regressions, "regression")]
    parts += [f"{kinds[kind]:,} {kind}" for kind in ("mended", "changed", "judged otherwise") if kinds[kind]]
    for member, one, many in _LISTS:
        names = getattr(found, member)
        parts += [plural(len(names), one, many)] if names else []
    if len(parts) == 1 and not found.regressions:
        return "No verdict changed."
    return f"{together(parts)}."


def document(found: Diff) -> Document:
    """Return the document of a diff; it passes if there is no regression."""
    sides = (("old", found.old), ("new", found.new))
    cut = tuple(f"{side} is not whole: {one_line(text)}" for side, run in sides for text in run.problems)
    whole: Literal["pass", "undetermined"] = "undetermined" if cut else "pass"
    return Document(
        tool="report diff",
        title="Slurm JWT conformance: what changed",
        headline=headline(found),
        outcome=Outcome("fail" if found.regressions else whole, cut),
        facts=tuple(_facts(found)),
        blocks=tuple(
            Section(title=_TITLES[kind], blocks=(_bullets(kind, found.changes),))
            for kind in KINDS
            if any(one.kind == kind for one in found.changes)
        ),
        data=found,
    )


def _facts(found: Diff) -> Iterator[Fact]:
    for side, run in (("old", found.old), ("new", found.new)):
        yield Fact(name=side, value=_run(run))
    for one in found.versions:
        value = f"{one_line(one.name)}: {one_line(one.before)} -> {one_line(one.after)}"
        yield Fact(name="version", value=value)
    for member, word, _ in _LISTS:
        names: Sequence[str] = getattr(found, member)
        if names:
            yield Fact(name=word, value=", ".join(_most([quoted(name) for name in names])))


def _run(run: Run) -> str:
    size = f"{plural(run.cases, 'case')}, {plural(run.implementations, 'implementation')}"
    return f"{one_line(run.started, 40)}, {size}: {one_line(run.command)}"


def _bullets(kind: Kind, changes: Iterable[Change]) -> Bullets:
    return Bullets(items=tuple(_most(list(_lines(one for one in changes if one.kind == kind)))))


def _lines(changes: Iterable[Change]) -> Iterator[str]:
    """Yield one line for all implementations that changed in the same way in the same case or pair."""
    alike: dict[tuple[object, ...], tuple[list[str], Change]] = {}
    for one in changes:
        same = (one.case, one.issuer, one.key, one.before, one.after)
        alike.setdefault(same, ([], one))[0].append(quoted(one.implementation))
    for names, one in alike.values():
        error = f": {one_line(one.after.error, 200)}" if one.after.error else ""
        change = f"{result_text(one.before)} -> {result_text(one.after)}{error}"
        yield f"{', '.join(names)}, {_subject(one)}: {change}"


def _subject(one: Change) -> str:
    if one.case is not None:
        return quoted(one.case)
    return f"token of {quoted(one.issuer or '')} under {quoted(one.key or '')}"


def _most(items: list[str]) -> list[str]:
    more = [f"and {len(items) - MOST:,} more"] if len(items) > MOST else []
    return items[:MOST] + more


def result_text(side: Result) -> str:
    """Say what one side of a change did, and what that is called."""
    did = side.outcome or "no answer"
    whom = (
        f" as uid {side.uid}" if side.uid is not None else f" as {one_line(side.user)}" if side.user else ""
    )
    return f"{did}{whom} ({side.mark})"
