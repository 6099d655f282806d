"""The plan of a rotation as a document: who holds the key, the steps, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_reports.diagnostic import Bullets, Code, Document, Fact, Paragraph, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.rotate.evidence import Statement
    from slurm_jwt_conformance.site.rotate.plan import Plan
    from slurm_jwt_conformance.site.rotate.rollover import Rollover, RolloverStep
    from slurm_jwt_conformance.site.rotate.steps import Step
    from slurm_jwt_reports.diagnostic import Block


def document(plan: Plan) -> Document:
    """Return the document of a plan; its outcome is fail if something must be fixed first."""
    return Document(
        tool="rotate",
        title=_title(plan),
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


def _title(plan: Plan) -> str:
    if plan.rollover is None:
        return "Rotation of the HS256 key"
    return "Rotation of the HS256 key and of the RS256 keys" if plan.steps else "Rotation of the RS256 keys"


def _summary(plan: Plan) -> str:
    if not plan.steps and plan.rollover is None:
        return "There is no key to rotate here"
    parts = [_hs256_summary(plan)] if plan.steps else []
    if plan.rollover:
        count = len(plan.rollover.steps)
        parts.append(
            f"{count} steps for the JWKS. The old and the new RS256 key work at the same time: tokens with"
            " the old kid stop working only at the last step, after all of them have expired"
        )
    return ". ".join(parts)


def _hs256_summary(plan: Plan) -> str:
    counts = {
        daemon: sum(each.daemon == daemon and each.takes_tokens != "no" for each in plan.holders)
        for daemon in ("slurmctld", "slurmdbd")
    }
    daemons = " and ".join(f"{count} {daemon}" for daemon, count in counts.items() if count)
    restart = next(number for number, each in enumerate(plan.steps, 1) if each.id == "slurmctld")
    kind = "HS256 " if plan.rollover else ""
    return (
        f"{len(plan.steps)} steps for {daemons}. All existing {kind}tokens stop working at step {restart},"
        f" because the old and the new {kind}key never work at the same time"
    )


def _blocks(plan: Plan) -> Iterator[Block]:
    if plan.steps or (plan.holders and plan.rollover is None):
        yield Section("Who holds the key", (_holders(plan),))
    if plan.steps:
        yield Section("Never do this", (Bullets(tuple(map(_statement, plan.never))),))
        yield Section("Steps", tuple(_steps("Step", plan.steps)))
        yield Section("The way back", tuple(_steps("Back", plan.back)))
        log = f"slurmctld's log line for a token of the other key: `{plan.refused}`"
        yield Section("Notes", (Bullets((*map(_statement, plan.remarks), log)),))
    if plan.rollover:
        yield Section("RS256 keys (JWKS)", tuple(_rollover(plan.rollover)))


def _rollover(public: Rollover) -> Iterator[Block]:
    rows = tuple((each.daemon, each.host, each.role, each.file) for each in public.places)
    yield Table(("daemon", "host", "role", "JWKS"), rows)
    kids = ", ".join(f"`{kid}`" for kid in public.kids[:10])
    unknown = "none" if public.read else "not known, because the file was not read here"
    yield Paragraph(f"The kids that verify tokens now: {kids or unknown}.")
    for word, steps in (("RS256 step", public.steps), ("RS256 back", public.back)):
        for number, step in enumerate(steps, 1):
            yield Section(f"{word} {number}: {step.title}", tuple(_rollover_step(step)))
    basis = (
        "compared with real daemons of this release"
        if public.basis == "observed"
        else "read from the sources"
    )
    yield Bullets((*public.notes, f"When the daemons read the file: {basis}."))


def _rollover_step(step: RolloverStep) -> Iterator[Block]:
    if step.commands:
        yield Code("\n".join(f"{each.host or 'anywhere'}$ {each.line}" for each in step.commands))
    if step.note:
        yield Paragraph(step.note)
    if step.breaks:
        yield Paragraph(f"Effect: {step.breaks}")
    plural = "kids" if " and " in step.accepts else "kid"
    yield Paragraph(
        f"After this step: daemons accept RS256 tokens with the {step.accepts} {plural}; the issuer signs"
        f" with the {step.signs} key."
    )


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
