"""A rotation's plan for a terminal, and as Markdown: what dies, who holds the key, the steps, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.rotate.documents import Document, HolderFacts, StepFacts
    from slurm_jwt_reports.terminal import Style


def summary(made: Document) -> str:
    """Return the plan in a sentence."""
    if not made.steps:
        return "there is no key to change here"
    counts = {
        daemon: sum(each.daemon == daemon and each.takes_tokens != "no" for each in made.holders)
        for daemon in ("slurmctld", "slurmdbd")
    }
    daemons = " and ".join(f"{count} {daemon}" for daemon, count in counts.items() if count) or "no daemon"
    restart = next(number for number, each in enumerate(made.steps, 1) if each.id == "slurmctld")
    return (
        f"{len(made.steps)} steps for {daemons}; every token that is alive dies at step {restart},"
        " for old and new key never work at once"
    )


def render(made: Document, style: Style) -> str:
    """Return the plan as text."""
    return "\n".join(_lines(made, style)) + "\n"


def _lines(made: Document, style: Style) -> Iterator[str]:
    word, colour = ("plan", "sound") if made.ready else ("not yet", "error")
    yield from style.wrap(f"{summary(made)}.", f"{style.paint(word, colour)}: ", "  ")
    said = f"Slurm {made.slurm} ({made.slurm_from}). Nothing was changed: the commands are for you to type."
    yield from style.wrap(said, "  ")
    for each in made.obstacles:
        tag = f"[{each.rule}] " if each.rule else ""
        yield from style.wrap(f"{tag}{each.what} {each.do}", f"  {style.paint('first', 'error')}: ", "    ")
    if made.holders:
        yield from _head("who holds the key", style)
        yield from (f"  {line}" for line in _table(made.holders))
    if made.steps:
        yield from _way(made, style)


def _way(made: Document, style: Style) -> Iterator[str]:
    yield from _head("never", style)
    for each in made.never:
        yield from style.wrap(f"{each.text} [{each.basis}]", "  - ")
    yield from _steps("step", made.steps, style)
    yield from _head("the way back", style)
    yield from _steps("back", made.back, style)
    yield from _head("mind", style)
    for each in made.remarks:
        yield from style.wrap(f"{each.text} [{each.basis}]", "  - ")
    yield from style.wrap(f"the log line of a token of the other key: `{made.refused}`", "  - ")


def _steps(word: str, steps: tuple[StepFacts, ...], style: Style) -> Iterator[str]:
    """Write steps; whose tokens are taken is said at first and wherever that changes."""
    before = None
    for number, step in enumerate(steps, 1):
        now = (step.takes, step.issues)
        yield from _step(f"{word} {number}", step, style, state=now != before)
        before = now


def _head(title: str, style: Style) -> Iterator[str]:
    yield ""
    yield style.paint(title, "head")


def _table(holders: tuple[HolderFacts, ...]) -> list[str]:
    return [" ".join(row).rstrip() for row in _rows(holders)]


def _rows(holders: tuple[HolderFacts, ...]) -> list[tuple[str, ...]]:
    rows = []
    for each in holders:
        host = f"{each.host} ({each.address})" if each.address else each.host
        key = {"no": "takes no tokens", "not known": "its slurmdbd.conf is not here"}.get(each.takes_tokens)
        place = f"{each.file}:{each.line}" if each.line else ""
        rows.append((each.daemon, host, each.role, key or each.key, f"{each.source} {place}".strip()))
    widths = [max(len(row[column]) for row in rows) for column in range(5)] if rows else []
    return [tuple(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def _step(number: str, step: StepFacts, style: Style, *, state: bool) -> Iterator[str]:
    yield ""
    yield f"{style.paint(number, 'head')}  {step.title}"
    width = max((len(each.host) for each in step.commands), default=0)
    for each in step.commands:
        yield f"  {each.host.rjust(width)} $ {each.line}"
    if step.note:
        yield from style.wrap(step.note, "  ", "  ")
    if step.breaks:
        basis = f" [{step.basis}]"
        yield from style.wrap(step.breaks + basis, f"  {style.paint('breaks', 'warning')}: ", "          ")
    if state:
        yield from style.wrap(_state(step), "  then: ")


def _state(step: StepFacts) -> str:
    """Say whose tokens each daemon takes after a step, and with which key scontrol token signs."""
    taking = [f"{daemon} takes the {which} key's tokens" for daemon, which in step.takes.items()]
    return ", ".join([*taking, f"scontrol token makes the {step.issues} key's"])


def as_markdown(made: Document) -> str:
    """Return the plan as Markdown, to be ticked off."""
    return "\n".join(_page(made)) + "\n"


def _page(made: Document) -> Iterator[str]:
    from slurm_jwt_conformance.site.changes.markdown import prose

    yield "# Rotation of the HS256 key"
    yield ""
    yield f"{summary(made)}. Slurm {made.slurm}."
    yield ""
    yield from (f"- **First:** {prose(each.what)} {prose(each.do)}" for each in made.obstacles)
    yield "| daemon | host | role | key | named by |"
    yield "|---|---|---|---|---|"
    yield from ("| " + " | ".join(prose(cell.strip()) for cell in row) + " |" for row in _rows(made.holders))
    yield ""
    yield from (f"- {prose(each.text)} ({each.basis})" for each in made.never)
    for title, steps in (("Steps", made.steps), ("The way back", made.back)):
        yield ""
        yield f"## {title}"
        for number, step in enumerate(steps, 1):
            yield ""
            yield f"{number}. [ ] **{prose(step.title)}.** {prose(step.note)}".rstrip()
            if step.breaks:
                yield f"   Breaks: {prose(step.breaks)} ({step.basis})"
            if step.commands:
                yield ""
                yield from (f"        {each.host or 'anywhere'}$ {each.line}" for each in step.commands)
    yield ""
    yield from (f"- {prose(each.text)} ({each.basis})" for each in made.remarks)
    yield f"- The log line of a token of the other key: `{made.refused}`"
