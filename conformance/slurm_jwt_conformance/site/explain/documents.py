"""Explanations as JSON: of lines and of a rule."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from typing import TYPE_CHECKING, Literal

from msgspec import UNSET, UnsetType

from slurm_jwt_conformance.site.explain.lines import Found, recorded
from slurm_jwt_reports.schema import Strict

if TYPE_CHECKING:
    from slurm_jwt.strict.rules import Rule
    from slurm_jwt_conformance.site.explain import Explained
    from slurm_jwt_vectors.sides import Sides


class CauseFacts(Strict, frozen=True):
    """A possible cause, in the releases from `since` to `until`, both included."""

    text: str
    since: str
    until: str


class MessageFacts(Strict, frozen=True):
    """One message. releases: the first and the last that can log it. lines: the numbers of its lines."""

    message: str
    place: str
    line: str
    means: str
    releases: tuple[str, str]
    causes: tuple[CauseFacts, ...]
    next: tuple[str, ...]
    recorded: dict[str, dict[str, int]]
    lines: tuple[int, ...] | UnsetType = UNSET


class LinesReport(Strict, frozen=True):
    """The messages in lines of logs. complete: all lines were read."""

    kind: Literal["lines"]
    complete: bool
    explained: tuple[MessageFacts, ...]
    unknown_lines: tuple[int, ...]


class RuleReport(Strict, frozen=True):
    """A documented rule. edition: the only edition that has the rule, null for a rule of both.

    valid, broken: the cases that pass the rule, and those that break only this rule.
    """

    kind: Literal["rule"]
    id: str
    layer: str
    severity: str
    sentence: str
    sources: tuple[str, ...]
    hint: str
    edition: Literal["2020", "later"] | None
    valid: tuple[str, ...]
    broken: tuple[str, ...]


def message_facts(one: "Explained", lines: tuple[int, ...] | UnsetType = UNSET) -> MessageFacts:
    """Return one explained message."""
    return MessageFacts(
        message=one.message.id,
        place=one.message.place,
        line=one.line,
        means=one.means,
        releases=one.releases,
        causes=tuple(CauseFacts(**cause._asdict()) for cause in one.causes),
        next=one.message.next,
        recorded=recorded(one),
        lines=lines,
    )


def lines_report(found: Found) -> LinesReport:
    """Return everything about the lines."""
    return LinesReport(
        kind="lines",
        complete=found.complete,
        explained=tuple(message_facts(one, tuple(numbers)) for one, numbers in found.known.values()),
        unknown_lines=tuple(found.unknown),
    )


def rule_report(rule: "Rule", sides: "Sides") -> RuleReport:
    """Return everything about a rule."""
    return RuleReport(kind="rule", **rule._asdict(), valid=sides.valid, broken=sides.broken)
