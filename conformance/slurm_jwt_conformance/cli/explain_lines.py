"""`slurm-jwt explain -`: lines of logs and errors, each message explained once, with its count."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site import explain as loglines
from slurm_jwt_reports import terminal
from slurm_jwt_reports.problems import Problem, nearest
from slurm_jwt_reports.redaction import log_line

if TYPE_CHECKING:
    import argparse

    from slurm_jwt_conformance.site.explain import Explained
    from slurm_jwt_conformance.site.explain.message import Cause

MOST_BYTES = 1024 * 1024
"""Of stdin that are read: the rest of a log is left unread, and this is said."""

MOST_UNKNOWN = 5
"""Unknown lines that are shown; the rest is counted."""

MOST_RULES = 4
"""Combinations of rules that are shown for each release, the most frequent first."""


class Found(NamedTuple):
    """Messages by id with the numbers of their lines, unknown lines by number, and whether all was read."""

    known: dict[str, tuple[Explained, list[int]]]
    unknown: dict[int, str]
    complete: bool


def run(args: argparse.Namespace, line: str | None) -> int:
    """Explain this line, or those of stdin (None); return 1 if none of them is known."""
    release = _series(args.release)
    text, complete = (line, True) if line is not None else _stdin()
    found = find(text, release, complete=complete)
    if not found.known and not found.unknown:
        raise Problem("There is no line to explain.", "Give the lines of a log on stdin.")
    if args.json:
        print(json.dumps(_found_json(found), indent=2))
    else:
        _print(found)
    return 0 if found.known else 1


def _series(name: str | None) -> str | None:
    if name is None:
        return None
    series = ".".join(name.split("/")[0].split(".")[:2])
    if series not in releases.series():
        known = list(releases.series())
        raise Problem(f"There is no release {log_line(name, 60)!r} here.", nearest(name[:60], known))
    return series


def _stdin() -> tuple[str, bool]:
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    return data[:MOST_BYTES].decode("utf-8", "backslashreplace"), len(data) <= MOST_BYTES


def find(text: str, release: str | None, *, complete: bool) -> Found:
    """Explain each line of a text; the first line of a message stands for all of them."""
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


def as_json(one: Explained) -> dict[str, object]:
    """Return one explained message as JSON shows it."""
    return {
        "message": one.message.id,
        "place": one.message.place,
        "line": one.line,
        "means": one.means,
        "releases": list(one.releases),
        "causes": [cause._asdict() for cause in one.causes],
        "next": list(one.message.next),
        "recorded": _recorded(one),
    }


def _recorded(one: Explained) -> dict[str, dict[str, int]]:
    """Return the records of the releases that can have said this line."""
    order = releases.series().index
    first, last = map(order, one.releases)
    seen = loglines.recorded(one.message.id)
    return {release: counts for release, counts in seen.items() if first <= order(release) <= last}


def _found_json(found: Found) -> dict[str, object]:
    return {
        "kind": "lines",
        "complete": found.complete,
        "explained": [as_json(one) | {"lines": numbers} for one, numbers in found.known.values()],
        "unknown_lines": list(found.unknown),
    }


def _print(found: Found) -> None:
    style = terminal.style(sys.stdout)
    for one, numbers in found.known.values():
        print(f"{_where(numbers)}{style.paint(one.line, 'head')}")
        print("\n".join(_entry(one, style)) + "\n")
    for number, line in list(found.unknown.items())[:MOST_UNKNOWN]:
        print(f"line {number} is not known: {line}")
    more = len(found.unknown) - MOST_UNKNOWN
    if more > 0:
        print(f"{more} more line{'' if more == 1 else 's'} not known")
    if found.unknown and not found.known:
        print(
            "Known are the lines of auth/jwt, of its key files, and what clients and slurmrestd make of them."
        )
    if not found.complete:
        print(f"Only the first {MOST_BYTES:,} bytes were read.", file=sys.stderr)


def _where(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    if len(numbers) == 1:
        return f"line {shown}: "
    return f"{len(numbers)} lines ({shown}{', ...' if len(numbers) > 5 else ''}): "


def _entry(one: Explained, style: terminal.Style) -> list[str]:
    first, last = one.releases
    span = f"Slurm {first}" if first == last else f"Slurm {first} to {last}"
    lines = _filled(style, "means", [f"{one.means} [{one.message.place}, {span}]"])
    lines += _filled(style, "may be", [_cause(cause, one.releases) for cause in one.causes])
    lines += _filled(style, "seen", [_seen(release, counts) for release, counts in _recorded(one).items()])
    return lines + _filled(style, "next", list(one.message.next))


def _cause(cause: Cause, span: tuple[str, str]) -> str:
    """Return a cause with its releases, where they are fewer than those in question."""
    order = releases.series().index
    late, early = order(cause.since) > order(span[0]), order(cause.until) < order(span[1])
    if late and early:
        return f"{cause.text} [{cause.since} to {cause.until}]"
    if late:
        return f"{cause.text} [since {cause.since}]"
    return f"{cause.text} [until {cause.until}]" if early else cause.text


def _seen(release: str, counts: dict[str, int]) -> str:
    shown = [f"{rules} ({count})" for rules, count in list(counts.items())[:MOST_RULES]]
    return f"{release}, from {sum(counts.values())} recorded cases, by broken rule: {', '.join(shown)}"


def _filled(style: terminal.Style, head: str, texts: list[str]) -> list[str]:
    lines: list[str] = []
    for text in texts:
        mark = "- " if len(texts) > 1 else ""
        start = f"  {head if not lines else '':<7} {mark}"
        lines += style.wrap(text, start)
    return lines
