"""An answer for a terminal: the verdict first, then one finding after the other, as good compilers write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.check import words
from slurm_jwt_conformance.site.check.answer import reasons
from slurm_jwt_conformance.site.check.items import items, moment
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt.slurmctld import Prediction
    from slurm_jwt_conformance.site.check.answer import Answer
    from slurm_jwt_conformance.site.check.items import Item
    from slurm_jwt_reports.terminal import Style

_VERDICTS = {"valid": "sound", "either": "choice", "invalid": "error", "undetermined": "warning"}


def render(made: Answer, style: Style) -> str:
    """Return the whole answer as text."""
    return "\n".join(_lines(made, style)) + "\n"


def _lines(made: Answer, style: Style) -> Iterator[str]:
    yield from _head(made, style)
    for item in items(made):
        yield ""
        yield from _item(item, style)
    if made.done.result.not_checked:
        yield ""
        yield from style.wrap(", ".join(made.done.result.not_checked), "not checked: ")
    if made.mappings:
        yield from ("", style.paint("user", "head"))
        for row in words.users(made):
            yield from style.wrap(row, "  ")
    if made.done.predictions:
        yield from ("", style.paint("releases", "head"))
        for name, prediction in made.done.predictions.items():
            yield from _release(name, prediction, made, style)
    notes = words.notes(made)
    if notes:
        yield ""
        for note in notes:
            yield from style.wrap(note, "note: ")


def _head(made: Answer, style: Style) -> Iterator[str]:
    done = made.done
    verdict = style.paint(done.result.verdict, _VERDICTS[done.result.verdict])
    told = f"token of {len(done.token):,} bytes from {made.place}, judged at {moment(done.now)}"
    yield from style.wrap(told, f"{verdict}: ", "  ")
    why = reasons(made)
    outcome = style.paint("does not pass", "error") if why else style.paint("passes", "sound")
    yield from style.wrap("; ".join(why) or words.passing(made), f"  {outcome}: ", "    ")
    for name, text in words.context(made):
        yield from style.wrap(text, f"  {name + ':':<9}")


def _item(item: Item, style: Style) -> Iterator[str]:
    tag = style.paint(f"{item.level}[{item.id}]", item.level)
    yield from style.wrap(item.title, f"{tag} ", "  ")
    if item.place is not None and (item.place.text or item.place.end):
        yield from _excerpt(item, style)
    if item.offset is not None:
        yield from _row("at", f"byte {item.offset} of the token", style)
    yield from _row("found", item.found, style)
    for fit in item.fits:
        yield from _row("key", f"the issuer signs with {fit}", style)
    yield from _row("expected", item.expected, style)
    yield from _row("why", item.why, style)
    if item.releases:
        yield from _row("slurm", item.releases, style)
    yield from _row("do", item.do, style)
    yield from _row("source", "; ".join(item.sources), style)
    if item.waiver is not None:
        yield from _row("waived", words.waiver(item.waiver), style)


def _row(name: str, text: str, style: Style) -> list[str]:
    return style.wrap(text, f"  {name + ':':<10}")


def _excerpt(item: Item, style: Style) -> Iterator[str]:
    from slurm_jwt_conformance.site.check.excerpt import excerpt

    assert item.place is not None
    head = f"  {item.place.part} | "
    text, marks = excerpt(item.place, style.width - len(head))
    yield head + text
    if marks:
        yield " " * (len(head) - 2) + "| " + style.paint(marks, item.level).rstrip()


def _release(name: str, prediction: Prediction, made: Answer, style: Style) -> Iterator[str]:
    from slurm_jwt_conformance.site.check.predicted import sentence

    where = made.question.where
    yield from style.wrap(sentence(name, prediction, known=where is None or where.known), "  ", "    ")
    if prediction.log:
        yield f"    log: {one_line(prediction.log, 600)}"  # not wrapped: it is to be searched for
