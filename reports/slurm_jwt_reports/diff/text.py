"""What changed between two runs, for people: as text for a terminal, as Markdown for a step summary."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from slurm_jwt_reports.diff.diff import KINDS
from slurm_jwt_reports.markup import code, escape
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.words import plural, together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from slurm_jwt_reports.diff.diff import Change, Diff, Kind, Result, Run

MOST = 100
"""Rows of one kind of change that Markdown lists, to stay under the size limit of summaries."""

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


def text(found: Diff) -> str:
    """Return the lines for a terminal: nothing in them acts on it."""
    return "\n".join(_lines(found)) + "\n"


def markdown(found: Diff) -> str:
    """Return the Markdown: one table for each kind of change."""
    return "\n".join(_markdown_lines(found)) + "\n"


def _lines(found: Diff) -> Iterator[str]:
    yield from (_run_line("old", found.old), _run_line("new", found.new))
    for side, run in (("old", found.old), ("new", found.new)):
        yield from (f"{side} is not whole: {one_line(problem)}" for problem in run.problems)
    yield from (
        f"version  {one_line(one.name)}  {one_line(one.before)} -> {one_line(one.after)}"
        for one in found.versions
    )
    for member, word, _ in _LISTS:
        yield from (f"{word}  {one_line(name)}" for name in getattr(found, member))
    yield from (_change_line(names, one) for names, one in _alike(found.changes))
    yield headline(found)


def _run_line(side: str, run: Run) -> str:
    size = f"{plural(run.cases, 'case')}, {plural(run.implementations, 'implementation')}"
    return f"{side}  {one_line(run.started, 40)}  {size}  {one_line(run.command)}"


def _alike(changes: Iterable[Change]) -> list[tuple[list[str], Change]]:
    """Put together who changed alike in the same case or pair: their names, and the first of the changes."""
    found: dict[tuple[object, ...], tuple[list[str], Change]] = {}
    for one in changes:
        same = (one.kind, one.case, one.issuer, one.key, one.before, one.after)
        found.setdefault(same, ([], one))[0].append(one_line(one.implementation))
    return list(found.values())


def _change_line(names: list[str], one: Change) -> str:
    line = (
        f"{one.kind}  {', '.join(names)}  {_what(one)}  {result_text(one.before)} -> {result_text(one.after)}"
    )
    return line + (f": {one_line(one.after.error, 200)}" if one.after.error else "")


def _what(one: Change) -> str:
    if one.case is not None:
        return one_line(one.case)
    return f"token of {one_line(one.issuer or '')} under {one_line(one.key or '')}"


def result_text(side: Result) -> str:
    """Say what one side of a change did, and what that is called."""
    did = side.outcome or "no answer"
    whom = (
        f" as uid {side.uid}" if side.uid is not None else f" as {one_line(side.user)}" if side.user else ""
    )
    return f"{did}{whom} ({side.mark})"


def _markdown_lines(found: Diff) -> Iterator[str]:
    yield "## Slurm JWT conformance: what changed"
    yield ""
    yield f"**{headline(found)}** From {escape(found.old.started, 40)} to {escape(found.new.started, 40)}."
    for side, run in (("old", found.old), ("new", found.new)):
        yield from (f"\n**The {side} run is not whole.** {escape(problem)}" for problem in run.problems)
    if found.versions:
        yield from ("", "| What | Before | After |", "| --- | --- | --- |")
        yield from (
            f"| {escape(one.name, 80)} | {escape(one.before, 80)} | {escape(one.after, 80)} |"
            for one in found.versions
        )
    for member, one, many in _LISTS:
        names: Sequence[str] = getattr(found, member)
        if names:
            yield from ("", f"**{plural(len(names), one, many)}:** {_few(names)}")
    for kind in KINDS:
        yield from _table(_TITLES[kind], [one for one in found.changes if one.kind == kind])


def _table(title: str, changes: list[Change]) -> Iterator[str]:
    if changes:
        yield from ("", f"### {title}", "", "| Who | What | Before | After |", "| --- | --- | --- | --- |")
    alike = _alike(changes)
    for names, one in alike[:MOST]:
        said = f": {escape(one.after.error, 200)}" if one.after.error else ""
        before, after = escape(result_text(one.before)), escape(result_text(one.after))
        who = ", ".join(code(name) for name in names)
        yield f"| {who} | {code(_what(one))} | {before} | {after}{said} |"
    if len(alike) > MOST:
        yield from ("", f"and {len(alike) - MOST:,} more")


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(code(name) for name in names[:MOST])
    return shown if len(names) <= MOST else f"{shown} and {len(names) - MOST:,} more"
