"""Write docs/pains.md: every pain with the command and the first lines of its answer."""

from __future__ import annotations

import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from scenarios import answering
from scenarios.catalogue import PAINS
from scenarios.rows import ROWS
from scenarios.scenario import Loaded, Raised
from tools.pages import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scenarios.answering import Answer
    from scenarios.scenario import Pain

PAGE = FOLDER / "pains.md"
NOW = 1795410000
"""2026-11-23T05:00:00Z, where the clock of the page stands."""

LINES = 9
"""Lines of an answer that are shown."""

_HEAD = """\
# What sites struggle with, and what to type

`python -m scenarios` writes this page from what the commands say; a test holds it fresh.
Each pain was first brought about on a real daemon of the release that its command names. That one and the
others named with it were asked, and the test (`conformance/tests/test_pains_live.py`) compares what daemon
and command say of each: accepted or refused, as which uid, by which line, started or ended. Keys, tokens and
users are made up; the files of each pain are in `conformance/slurm_jwt_conformance/pains/`.

The clock of this page stands at 2026-11-23 05:00 UTC. `check` and `explain` were run in a folder with the
files; what `check` says of the site (slurm.conf, key, release, users) is cut. The doctor looked at a made-up
host, whose /etc/slurm holds them. Long answers are cut behind the first lines.
"""


def text() -> str:
    """Return the page."""
    return written(answers())


def answers() -> dict[str, Answer]:
    """Return every pain's answer, by its id."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip((pain.id for pain in PAINS), pool.map(_answer, PAINS), strict=True))


def written(answered: Mapping[str, Answer]) -> str:
    """Return the page with these answers."""
    return "\n".join(_lines(answered))


def _answer(pain: Pain) -> Answer:
    with tempfile.TemporaryDirectory() as folder:
        return answering.on_page(pain, Path(folder), NOW)


def _lines(answers: Mapping[str, Answer]) -> Iterator[str]:
    yield _HEAD
    for row in ROWS:
        yield f"## {row.title}\n"
        yield f"Met at: {', '.join(_link(each) for each in row.met)}\n"
        pains = [pain for pain in PAINS if pain.row == row.id]
        yield "| pain | command | the answer begins |"
        yield "|---|---|---|"
        for pain in pains:
            begins = "<br>".join(_cell(line) for line in headlines(pain, answers[pain.id].out))
            yield f"| {_text(pain.says)} | `{_command(pain)}` | {begins} |"
        yield ""
        for pain in pains:
            yield from _section(pain, answers[pain.id])


def _section(pain: Pain, answer: Answer) -> Iterator[str]:
    yield f"<details><summary><code>{pain.id}</code>, {_where(pain)}</summary>\n"
    yield "Seen:\n\n```text"
    yield from pain.said.splitlines()
    yield "```\n\n```console"
    yield f"$ {_command(pain)}"
    yield from shortened(answer.out)
    yield "```\n"
    yield "</details>\n"


def _where(pain: Pain) -> str:
    if pain.began:
        return f"as it was said on a cluster of {pain.releases[0]}"
    if isinstance(pain.fault, Loaded):
        again = f"the test asks anew where {pain.fault.variable} names the library"
        return f"recorded on {pain.fault.recorded} with Slurm {pain.releases[0]}; {again}"
    if isinstance(pain.fault, Raised):
        return f"with PyJWT, and with slurmctld {', '.join(sorted(pain.releases))}, which takes such keys"
    return f"asked of Slurm {', '.join(sorted(pain.releases))}"


def _now(pain: Pain) -> int:
    return NOW + getattr(pain.fault, "ahead", 0)


def _command(pain: Pain) -> str:
    return pain.command.format(release=pain.releases[0], now=_now(pain))


def shortened(out: str) -> list[str]:
    """Return the first lines of an answer, without what `check` says of the site before it."""
    bare = re.sub(
        r"^  conf:.*?\n(?=\n|\S)", "  (the site: cut)\n", out, count=1, flags=re.DOTALL | re.MULTILINE
    )
    lines = bare.rstrip().splitlines()
    return lines if len(lines) <= LINES + 4 else [*lines[:LINES], f"({len(lines) - LINES} more lines)"]


def headlines(pain: Pain, out: str) -> list[str]:
    """Return the rows that tell most: the verdict, then what the pain is about."""
    rows = list(_rows(out))
    if pain.kind == "explain":
        told = next((row for row in rows if row.startswith("means ")), "")
        causes = [
            row.removeprefix("may be ").removeprefix("- ") for row in rows if not row.startswith("means ")
        ]
        fitting = [row for row in causes if pain.shows and pain.shows[0] in row]
        return list(dict.fromkeys([rows[0], told.removeprefix("means ").rpartition(" [")[0], *fitting[:1]]))
    if pain.kind in {"check", "doctor"}:
        marks = [f"[{each}]" for each in pain.finds]
        found = [row for row in rows if any(mark in row for mark in marks)]
        verdict = rows[0].partition(":")[0]
        passes = ""
        if pain.kind == "check":
            passes = next(f", {word}" for word in ("does not pass", "passes") if f"\n  {word}: " in out)
    else:
        found, verdict, passes = [], rows[0], ""
    plain = [row for row in rows[1:] if not re.match(r"\d+ \|", row)]
    shown = [row for row in plain if any(words in row for words in pain.shows)]
    return list(dict.fromkeys([verdict + passes, *found, *shown[-1:]]))


def _rows(out: str) -> Iterator[str]:
    """Yield the rows of an answer, each with the lines that it was wrapped to, blanks taken together."""
    row, indent = "", 0
    for line in out.splitlines():
        own = len(line) - len(line.lstrip())
        starts = re.match(
            r" *(?:-->|- |[\w-]+: |does not pass: |Slurm |(?:means|may be|next) |\w+ +\|)", line
        )
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
