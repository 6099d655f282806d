"""The plan of a rotation as a document: who holds the key, the steps, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_reports.diagnostic import Bullets, Code, Document, Fact, Paragraph, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.rotate.evidence import Statement
    from slurm_jwt_conformance.site.rotate.plan import Plan
    from slurm_jwt_conformance.site.rotate.steps import Step
    from slurm_jwt_reports.diagnostic import Block


def document(plan: Plan) -> Document:
    """Return the document of a plan; its outcome is fail if something must be fixed first."""
    return Document(
        tool="rotate",
        title="Rotation of the HS256 key",
        headline=f"{_summary(plan)}.",
        outcome=Outcome("pass") if plan.ready else Outcome("fail", ("Fix the errors below first.",)),
        facts=(
            Fact("release", f"Slurm {plan.slurm} ({plan.slurm_from})"),
            Fact("changes", "none: this command only plans; you run the commands"),
        ),
        diagnostics=plan.obstacles,
        blocks=tuple(_blocks(plan)),
        data=plan,
    )


def _summary(plan: Plan) -> str:
    if not plan.steps:
        return "There is no key to rotate here"
    counts = {
        daemon: sum(each.daemon == daemon and each.takes_tokens != "no" for each in plan.holders)
        for daemon in ("slurmctld", "slurmdbd")
    }
    daemons = " and ".join(f"{count} {daemon}" for daemon, count in counts.items() if count)
    restart = next(number for number, each in enumerate(plan.steps, 1) if each.id == "slurmctld")
    return (
        f"{len(plan.steps)} steps for {daemons}. All existing tokens stop working at step {restart}, because"
        " the old and the new key never work at the same time"
    )


def _blocks(plan: Plan) -> Iterator[Block]:
    if plan.holders:
        yield Section("Who holds the key", (_holders(plan),))
    if plan.steps:
        yield Section("Never do this", (Bullets(tuple(map(_statement, plan.never))),))
        yield Section("Steps", tuple(_steps("Step", plan.steps)))
        yield Section("The way back", tuple(_steps("Back", plan.back)))
        log = f"slurmctld's log line for a token of the other key: `{plan.refused}`"
        yield Section("Notes", (Bullets((*map(_statement, plan.remarks), log)),))


def _statement(each: Statement) -> str:
    return f"{each.text} ({each.basis})"


def _holders(plan: Plan) -> Table:
    rows = []
    for each in plan.holders:
        host = f"{each.host} ({each.address})" if each.address else each.host
        keys = {"no": "accepts no tokens", "not known": "its slurmdbd.conf is not on this host"}
        place = f"{each.source} {each.file}:{each.line}" if each.line else each.source
        rows.append((each.daemon, host, each.role, keys.get(each.takes_tokens, each.key), place))
    return Table(("daemon", "host", "role", "key", "set by"), tuple(rows))


def _steps(word: str, steps: tuple[Step, ...]) -> Iterator[Section]:
    """Yield a section for each step; the first one, and each that changes it, show which key counts."""
    before = None
    for number, step in enumerate(steps, 1):
        now = (step.takes, step.issues)
        yield Section(f"{word} {number}: {step.title}", tuple(_step(step, show_keys=now != before)))
        before = now


def _step(step: Step, *, show_keys: bool) -> Iterator[Block]:
    if step.commands:
        yield Code("\n".join(f"{each.host or 'anywhere'}$ {each.line}" for each in step.commands))
    if step.note:
        yield Paragraph(step.note)
    if step.breaks:
        yield Paragraph(f"Effect: {step.breaks} ({step.basis})")
    if show_keys:
        accepts = [f"{daemon} accepts tokens of the {which} key" for daemon, which in step.takes.items()]
        keys = ", ".join([*accepts, f"`scontrol token` signs with the {step.issues} key"])
        yield Paragraph(f"After this step: {keys}.")
