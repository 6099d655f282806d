"""A rotation's plan as JSON, and what its text and page are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from slurm_jwt_reports.schema import Strict

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.rotate.plan import Holder, Plan
    from slurm_jwt_conformance.site.rotate.shown import Shown
    from slurm_jwt_conformance.site.rotate.steps import Step

FORMAT = 1
Basis = Literal["observed", "modelled"]
Which = Literal["old", "new"]


class HolderFacts(Strict, frozen=True):
    """A daemon on a host, where that is written, and the key file that it loads.

    takes_tokens: whether it loads auth/jwt with an HS256 key. key: "<KEY>" where the name may not be shown,
    "" where it loads none. default_place: the key is the one in StateSaveLocation.
    """

    daemon: Literal["slurmctld", "slurmdbd"]
    host: str
    address: str
    role: Literal["primary", "backup"]
    source: str
    file: str
    line: int
    key: str
    default_place: bool
    takes_tokens: Literal["yes", "no", "not known"]


class ObstacleFacts(Strict, frozen=True):
    """Something to mend before the rotation; rule: of `slurm-jwt doctor`, or "" for one of the plan's own."""

    rule: str
    what: str
    do: str


class ShownFacts(Strict, frozen=True):
    """A sentence about this release, and the rows of the lab's studies that it rests on."""

    id: str
    text: str
    basis: Basis
    rows: tuple[str, ...]


class CommandFacts(Strict, frozen=True):
    """A command for a person to type, and the host that it is for; "" for any."""

    host: str
    line: str


class StepFacts(Strict, frozen=True):
    """A step. takes: the key whose tokens each daemon accepts after it; issues: that of scontrol token."""

    id: str
    title: str
    commands: tuple[CommandFacts, ...]
    note: str
    breaks: str
    takes: dict[str, Which]
    issues: Which
    basis: Basis
    rows: tuple[str, ...]


class Document(Strict, frozen=True):
    """A plan. ready: nothing stands in its way. refused: the log line of tokens of the other key."""

    format: int
    slurm: str
    series: str
    slurm_from: str
    ready: bool
    holders: tuple[HolderFacts, ...]
    obstacles: tuple[ObstacleFacts, ...]
    never: tuple[ShownFacts, ...]
    steps: tuple[StepFacts, ...]
    back: tuple[StepFacts, ...]
    remarks: tuple[ShownFacts, ...]
    refused: str


def document(plan: Plan) -> Document:
    """Return a plan as its document."""
    return Document(
        format=FORMAT,
        slurm=plan.slurm,
        series=plan.series,
        slurm_from=plan.source,
        ready=not plan.obstacles,
        holders=tuple(_holder(each) for each in plan.holders),
        obstacles=tuple(ObstacleFacts(**each._asdict()) for each in plan.obstacles),
        never=tuple(_shown(each) for each in plan.never),
        steps=tuple(_step(each) for each in plan.steps),
        back=tuple(_step(each) for each in plan.back),
        remarks=tuple(_shown(each) for each in plan.remarks),
        refused=plan.refused,
    )


def _holder(each: Holder) -> HolderFacts:
    return HolderFacts(
        **each.target._asdict(), key=each.key, default_place=each.default, takes_tokens=each.takes
    )


def _shown(each: Shown) -> ShownFacts:
    return ShownFacts(**each._asdict())


def _step(each: Step) -> StepFacts:
    commands = tuple(CommandFacts(**command._asdict()) for command in each.commands)
    takes: dict[str, Which] = dict(each.takes.items())
    return StepFacts(**(each._asdict() | {"commands": commands, "takes": takes}))


def to_json(made: Document) -> str:
    """Return the document as JSON."""
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode()
