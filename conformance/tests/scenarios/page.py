"""Write docs/scenarios.md: every scenario with the command and the first lines of its answer."""

from __future__ import annotations

import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios import answering
from scenarios.catalogue import SCENARIOS
from scenarios.rows import ROWS
from scenarios.scenario import Loaded, Raised
from tools.pages import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scenarios.answering import Answer
    from scenarios.scenario import Scenario

PAGE = FOLDER / "scenarios.md"
NOW = 1795410000
"""2026-11-23T05:00:00Z, where the clock of the page stands."""

LINES = 9
"""Lines of an answer that are shown."""

_HEAD = """\
# What sites struggle with, and what to type

`python -m tools.regenerate scenarios` writes this page from what the commands print.
Each scenario was first brought about on a real daemon of the release that its command names. That one and the
others named with it were asked, and the test (`conformance/tests/scenarios/test_live.py`) compares what
daemon and command say of each: accepted or refused, as which uid, by which line, started or ended. Keys,
tokens and users are made up; the files of each scenario are in `conformance/tests/scenarios/`.

The clock of this page stands at 2026-11-23 05:00 UTC. `check` and `explain` were run in a folder with the
files; what `check` says of the site (slurm.conf, key, release, users) is cut. The doctor looked at a made-up
host, whose /etc/slurm holds them. Long answers are cut behind the first lines.
"""


def files() -> dict[Path, bytes]:
    """Return the page."""
    return {PAGE: written(answers()).encode()}


def answers() -> dict[str, Answer]:
    """Return every scenario's answer, by its id."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip((scenario.id for scenario in SCENARIOS), pool.map(_answer, SCENARIOS), strict=True))


def written(answered: Mapping[str, Answer]) -> str:
    """Return the page with these answers."""
    return "\n".join(_lines(answered))


def _answer(scenario: Scenario) -> Answer:
    with tempfile.TemporaryDirectory() as folder:
        return answering.on_page(scenario, Path(folder), NOW)


def _lines(answers: Mapping[str, Answer]) -> Iterator[str]:
    yield _HEAD
    for row in ROWS:
        yield f"## {row.title}\n"
        yield f"Met at: {', '.join(_link(each) for each in row.met)}\n"
        scenarios = [scenario for scenario in SCENARIOS if scenario.row == row.id]
        yield "| scenario | command | the answer begins |"
        yield "|---|---|---|"
        for scenario in scenarios:
            begins = "<br>".join(_cell(line) for line in headlines(scenario, answers[scenario.id].out))
            yield f"| {_text(scenario.says)} | `{_command(scenario)}` | {begins} |"
        yield ""
        for scenario in scenarios:
            yield from _section(scenario, answers[scenario.id])


def _section(scenario: Scenario, answer: Answer) -> Iterator[str]:
    yield f"<details><summary><code>{scenario.id}</code>, {_where(scenario)}</summary>\n"
    yield "Seen:\n\n```text"
    yield from scenario.said.splitlines()
    yield "```\n\n```console"
    yield f"$ {_command(scenario)}"
    yield from shortened(answer.out)
    yield "```\n"
    yield "</details>\n"


def _where(scenario: Scenario) -> str:
    if scenario.began:
        return f"as it was said on a cluster of {scenario.releases[0]}"
    if isinstance(scenario.fault, Loaded):
        again = f"the test asks anew where {scenario.fault.variable} names the library"
        return f"recorded on {scenario.fault.recorded} with Slurm {scenario.releases[0]}; {again}"
    if isinstance(scenario.fault, Raised):
        asked = ", ".join(sorted(scenario.releases))
        return f"with the issuer's library, and with slurmctld {asked}, which takes such keys"
    return f"asked of Slurm {', '.join(sorted(scenario.releases))}"


def _now(scenario: Scenario) -> int:
    return NOW + getattr(scenario.fault, "ahead", 0)


def _command(scenario: Scenario) -> str:
    return scenario.command.format(release=scenario.releases[0], now=_now(scenario))


def shortened(out: str) -> list[str]:
    """Return the first lines of an answer, without what `check` says of the site before it."""
    bare = re.sub(
        r"^  conf:.*?\n(?=\n|\S)", "  (the site: cut)\n", out, count=1, flags=re.DOTALL | re.MULTILINE
    )
    lines = bare.rstrip().splitlines()
    return lines if len(lines) <= LINES + 4 else [*lines[:LINES], f"({len(lines) - LINES} more lines)"]


def headlines(scenario: Scenario, out: str) -> list[str]:
    """Return the rows that tell most: the verdict, then what the scenario is about."""
    rows = list(_rows(out))
    if scenario.kind == "explain":
        line = next((row.partition("] ")[2] for row in rows if row.startswith("note[")), "")
        means = next((row.removeprefix("means: ") for row in rows if row.startswith("means: ")), "")
        causes = [row.removeprefix("may be: ") for row in rows if row.startswith("may be: ")]
        fitting = [row for row in causes if scenario.shows and scenario.shows[0] in row]
        return list(dict.fromkeys([line, means.rpartition(" [")[0], *fitting[:1]]))
    if scenario.kind in {"check", "doctor"}:
        marks = [f"[{each}]" for each in scenario.finds]
        found = [row for row in rows if any(mark in row for mark in marks)]
        verdict = rows[0].partition(":")[0]
    else:
        found, verdict = [], rows[0]
    plain = [row for row in rows[1:] if not re.match(r"\d+ \|", row)]
    shown = [row for row in plain if any(words in row for words in scenario.shows)]
    return list(dict.fromkeys([verdict, *found, *shown[-1:]]))


def _rows(out: str) -> Iterator[str]:
    """Yield the rows of an answer, each with the lines that it was wrapped to, blanks taken together."""
    row, indent = "", 0
    for line in out.splitlines():
        own = len(line) - len(line.lstrip())
        starts = re.match(r" *(?:-->|- |[\w-]+: |does not pass: |Slurm |may be: |\w+ +\|)", line)
        if row and line.strip() and own > indent and not starts:
            row += " " + line.strip()
            continue
        if row:
            yield " ".join(row.split())
        row, indent = line.strip(), own
    if row:
        yield " ".join(row.split())


def _link(address: str) -> str:
    found = re.fullmatch(r"https://github\.com/([^/]+/[^/]+)/(?:issues|pull)/(\d+)", address)
    shown = f"{found[1]} {found[2]}" if found else address.removeprefix("https://").rstrip("/")
    return f"[{shown}]({address})"


def _text(value: str) -> str:
    for char in "\\`*_[]|":
        value = value.replace(char, f"\\{char}")
    return value.replace("<", "&lt;")


def _cell(line: str) -> str:
    return "`{}`".format(line.strip().replace("|", "\\|").replace("`", "'"))
