"""An answer as Markdown, for a step summary or a ticket; foreign text is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.check import items, words
from slurm_jwt_conformance.site.check.answer import reasons
from slurm_jwt_reports.markup import code, escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.items import Item


def render(made: Answer) -> str:
    """Return the text."""
    return "\n".join(_lines(made)) + "\n"


def _lines(made: Answer) -> Iterator[str]:
    done, why = made.done, reasons(made)
    outcome = "does not pass" if why else "passes"
    yield f"## Slurm token: {done.result.verdict}, {outcome}"
    yield ""
    told = f"Token of {len(done.token):,} bytes from {made.place}, judged at {items.moment(done.now)}."
    yield f"{escape(told)} {escape('; '.join(why) or words.passing(made), 1000)}."
    yield ""
    for name, text in words.context(made):
        yield f"- {name}: {escape(text)}"
    found = items.items(made)
    if found:
        yield from ("", "| What | Found | Expected | Do |", "| --- | --- | --- | --- |")
        yield from map(_row, found)
    if done.predictions:
        yield from ("", "| Slurm | Answer | Log | Basis |", "| --- | --- | --- | --- |")
        yield from _releases(made)
    if done.result.not_checked:
        yield from ("", f"**Not checked:** {', '.join(map(code, done.result.not_checked))}")
    for note in words.notes(made):
        yield from ("", f"**Note:** {escape(note, 600)}")


def _row(item: Item) -> str:
    found = item.found if item.is_rule else f"{item.title} {item.found}"
    fits = "".join(f" The issuer signs with {fit}." for fit in item.fits)
    waived = f" (waived {words.waiver(item.waiver)})" if item.waiver else ""
    cells = (found + waived, item.expected, item.do + fits)
    return f"| **{item.level}** {code(item.id)} | {' | '.join(escape(cell, 600) for cell in cells)} |"


def _releases(made: Answer) -> Iterator[str]:
    where = made.question.where
    for name, told in made.done.predictions.items():
        if told.accepted is None:
            answer = "unknown"
        elif told.accepted:
            known = where is not None and where.known
            uid = f"uid {told.uid} ({told.user or 'no such user'})" if known else "uid not known"
            answer = f"accepted, {uid}"
        else:
            answer = "refused"
        log = code(told.log, 300) if told.log else ""
        yield f"| {code(name)} | {escape(answer)} | {log} | {told.basis} |"
