"""Find the known messages in the lines of logs and errors, each message once, with its line numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site import explain as loglines
from slurm_jwt_reports.redaction import log_line

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.explain import Explained


class Found(NamedTuple):
    """Messages by id with the numbers of their lines, unknown lines by number, and whether all was read."""

    known: dict[str, tuple[Explained, list[int]]]
    unknown: dict[int, str]
    complete: bool


def find(text: str, release: str | None, *, complete: bool) -> Found:
    """Explain each line of a text; a message is explained once, by its first line."""
    found = Found({}, {}, complete)
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        explained = loglines.explain(line, release)
        if not explained:
            found.unknown[number] = log_line(line, 100)
        for one in explained:
            found.known.setdefault(one.message.id, (one, []))[1].append(number)
    return found


def recorded(one: Explained) -> dict[str, dict[str, int]]:
    """Return the records of the releases that can log this line."""
    order = releases.series().index
    first, last = map(order, one.releases)
    seen = loglines.recorded(one.message.id)
    return {release: counts for release, counts in seen.items() if first <= order(release) <= last}
