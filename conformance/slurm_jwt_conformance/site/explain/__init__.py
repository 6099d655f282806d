"""What a line of a Slurm log, or of a client's error, means.

The catalogue is data: data/token.toml (refusals), daemon (keys and starts), settings (configuration), restd
and answers (slurmrestd), client (commands) and issuer (libraries). table explains the other lines of Slurm's
sources.
The entries come from Slurm's and libjwt's sources, and from the records of real daemons.
A line can contain hostile text and tokens: every part of it passes `redaction.log_line` before it is shown.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site.explain import table
from slurm_jwt_conformance.site.explain.message import messages
from slurm_jwt_reports.redaction import MOST_LINE, log_line

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.explain.message import Cause, Message

_SEPARATOR = " | "


class Explained(NamedTuple):
    """One message in a line. causes: those of `releases`, the first and last series that log the line."""

    message: Message
    line: str
    means: str
    causes: tuple[Cause, ...]
    releases: tuple[str, str]


def explain(line: str, release: str | None = None) -> list[Explained]:
    """Return what each message in this line means; an empty list for an unknown line.

    release: a series such as "24.11". The causes are then those of this series, if it logs the line.
    """
    parts = line[:MOST_LINE].split(_SEPARATOR)
    explained = [_message(part, release) for part in parts]
    messages: dict[str, Explained] = {}
    for one in explained:
        if one is not None:
            messages.setdefault(one.message.id, one)
    return list(messages.values())


def _message(part: str, release: str | None) -> Explained | None:
    lines = table.find(part)
    message, values = _entry(part, lines)
    if message is None:
        return None
    span = _releases(lines) or (message.since, message.until)
    if release and _overlap((release, release), span):
        span = (release, release)
    causes = tuple(each for each in message.causes if _overlap((each.since, each.until), span))
    return Explained(message, log_line(part), message.means.format_map(values), causes, span)


def _entry(part: str, lines: tuple[table.Line, ...]) -> tuple[Message | None, dict[str, str]]:
    """Return the entry that explains this text, and the values of the text that the entry names."""
    for message in messages():
        match = message.pattern.search(part) if message.pattern else None
        if match is not None:
            return message, {name: log_line(value or "", 120) for name, value in match.groupdict().items()}
    return table.message(lines[0].message) if lines else None, {}


def _releases(lines: tuple[table.Line, ...]) -> tuple[str, str] | None:
    """Return the first and the last release that log one of these lines; None if the table has no line."""
    if not lines:
        return None
    order = releases.series().index
    return min((line.since for line in lines), key=order), max((line.until for line in lines), key=order)


def _overlap(one: tuple[str, str], other: tuple[str, str]) -> bool:
    order = releases.series().index
    return order(one[0]) <= order(other[1]) and order(other[0]) <= order(one[1])


@cache
def recorded(message_id: str) -> dict[str, dict[str, int]]:
    """Return by release how many recorded cases have this message, by the rules that they break.

    Only slurmctld's log counts: a client prints the same line for every refusal.
    """
    from collections import Counter

    from slurm_jwt_vectors import load, load_observed

    cases = load().cases
    counts: dict[str, Counter[str]] = {}
    for release, record in load_observed().items():
        for name, seen in record.cases.items():
            if seen.log and name in cases and message_id in _ids(seen.log):
                counts.setdefault(release, Counter())[" + ".join(cases[name].rules) or "no rule"] += 1
    return {release: dict(counter.most_common()) for release, counter in counts.items()}


@cache
def _ids(line: str) -> frozenset[str]:
    return frozenset(one.message.id for one in explain(line))
