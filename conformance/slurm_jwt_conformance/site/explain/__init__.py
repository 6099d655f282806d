"""What a line of a Slurm log, or of a client's error, means: at night there is a line and no token.

The catalogue is in token (refusals), daemon (keys and starts) and client (what
people see). Its entries rest on Slurm's and libjwt's sources, and on what real daemons were recorded to say.
Lines are hostile: they hold text of tokens. Nothing of a line is shown without passing `redaction.log_line`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import releases
from slurm_jwt_reports.redaction import MOST_LINE, log_line

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.explain.message import Cause, Message

_SEPARATOR = " | "


class Explained(NamedTuple):
    """One message within a line: `means` is filled in, `causes` are those of the releases in question."""

    message: Message
    line: str
    means: str
    causes: tuple[Cause, ...]
    releases: tuple[str, str]


def explain(line: str, release: str | None = None) -> list[Explained]:
    """Return what each message in this line means; nothing for a line that is not known.

    release: a series such as "24.11", to hear of its causes alone.
    """
    parts = line[:MOST_LINE].split(_SEPARATOR)
    explained = [_message(part, release) for part in parts]
    found: dict[str, Explained] = {}
    for one in explained:
        if one is not None:
            found.setdefault(one.message.id, one)
    return list(found.values())


def _message(part: str, release: str | None) -> Explained | None:
    for message in catalogue():
        found = message.pattern.search(part)
        if found is not None:
            span = _releases(part, message) if release is None else (release, release)
            causes = tuple(cause for cause in message.causes if _overlap(cause, span))
            values = {name: log_line(value or "", 120) for name, value in found.groupdict().items()}
            return Explained(message, log_line(part), message.means.format_map(values), causes, span)
    return None


def _releases(part: str, message: Message) -> tuple[str, str]:
    """Return the first and the last release that can have said this."""
    for speaker, (first, *others) in _speakers().items():
        if f"{speaker}: " in part:
            return first, others[-1] if others else first
    return message.since, message.until


@cache
def _speakers() -> dict[str, list[str]]:
    """Return the plugin's functions that name themselves in a line, with the series that have them."""
    found: dict[str, list[str]] = {}
    for series, entry in releases.SERIES.items():
        for name in {entry.plugin.verifier, entry.plugin.user_handler}:
            found.setdefault(name, []).append(series)
    return found


def _overlap(cause: Cause, span: tuple[str, str]) -> bool:
    order = releases.series().index
    return order(cause.since) <= order(span[1]) and order(span[0]) <= order(cause.until)


@cache
def catalogue() -> tuple[Message, ...]:
    """Return every message that is known, the particular before the general."""
    from slurm_jwt_conformance.site.explain import client, daemon, token

    return token.MESSAGES + daemon.MESSAGES + client.MESSAGES


@cache
def recorded(message_id: str) -> dict[str, dict[str, int]]:
    """Return by release how many recorded cases drew this message, by the rules that they break.

    Only the slurmctld's own word counts: what a client prints is the same for every refusal.
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
