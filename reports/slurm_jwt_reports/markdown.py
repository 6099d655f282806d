"""Markdown for a CI step summary: one table of implementations, what is new first, under its size limit.

Foreign text is escaped with numeric character references, which no Markdown reader takes for markup: it
stays on its line and in its cell, and is no link, mention, image, formula or HTML.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slurm_jwt_reports.marks import all_marks, tally
from slurm_jwt_reports.safe import one_line
from slurm_jwt_reports.sentences import answer, known_classes, label_of, plural, standouts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_reports.events import Finding
    from slurm_jwt_reports.index import Results

LIMIT = 900_000
"""Bytes. A step summary over 1,024 KiB is not shown at all."""

MOST_FINDINGS = 200

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>()#+!|~$&@^=]|:(?=//)|(?<=www)\.|(?<=[Ww][Ww][Ww])\.")
_CODE = re.compile(r"[\w.:/ =,+-]+", re.ASCII)

_TITLES = {
    "new": "New differences",
    "harness": "Failures of the suite itself",
    "stale": "Stale entries of the ledger",
    "impostor": "Impostors: real Slurm takes the token for another user",
    "gap": "Gaps: real Slurm accepts what the documents forbid",
    "trap": "Traps: real Slurm refuses what the documents allow",
}


def markdown(results: Results) -> str:
    """Give the summary; where it would be too long, it ends early and says so."""
    lines: list[str] = []
    size = 0
    for line in _lines(results):
        size += len(line.encode()) + 1
        if size > LIMIT - 200:
            lines += ["", "The rest is left out here: see index.html."]
            break
        lines.append(line)
    return "\n".join(lines) + "\n"


def escape(text: str, limit: int = 300) -> str:
    """Show foreign text as text on one line, whatever Markdown or HTML is in it."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match.group())};", one_line(text, limit))


def code(text: str, limit: int = 100) -> str:
    """Show a name as code where nothing in it could end the code; escaped otherwise."""
    shown = one_line(text, limit)
    return f"`{shown}`" if _CODE.fullmatch(shown) and shown == shown.strip() else escape(text, limit)


def _lines(results: Results) -> Iterator[str]:
    cases = plural(len(results.cases), "case")
    implementations = plural(len(results.implementations), "implementation")
    yield "## Slurm JWT conformance"
    yield ""
    yield f"{cases} put to {implementations}, started {escape(results.header.started, 40)}."
    for problem in results.problems:
        yield ""
        yield f"**Not the whole run.** {problem}"
    yield from _findings(results, ("harness", "new", "stale"))
    yield from _standouts(results)
    yield from _table(results)
    yield from _findings(results, ("impostor", "gap", "trap"))
    yield ""
    yield (
        f"Suite {escape(results.header.suite, 40)}, vectors {code(results.header.vectors_sha256[:16])}, "
        + (f"{escape(results.header.python, 60)}. Command: {code(results.header.command, 300)}")
    )


def _standouts(results: Results) -> Iterator[str]:
    found = [one for one in standouts(results, all_marks(results)) if one.title != "New in this run"]
    if found:
        yield ""
    for one in found[:4]:
        yield f"- **{one.title}.** {escape(one.text, 400)}"


def _table(results: Results) -> Iterator[str]:
    marks = all_marks(results)
    labels = label_of(results)
    classes = known_classes(results, marks)
    yield ""
    yield "| Implementation | Version | Answer |"
    yield "| --- | --- | --- |"
    for one in results.implementations.values():
        said = answer(one, tally(results, marks, one.id), classes[one.id])
        text = f"**{said.label.capitalize()}.** {escape(said.sentence, 400)}"
        yield f"| {escape(labels[one.id], 80)} | {escape(one.version, 60)} | {text} |"


def _findings(results: Results, kinds: tuple[str, ...]) -> Iterator[str]:
    for kind in kinds:
        found = [one for one in results.findings if one.kind == kind]
        if found:
            yield ""
            yield f"### {_TITLES[kind]}"
            yield ""
        yield from (_finding(results, one) for one in found[:MOST_FINDINGS])
        if len(found) > MOST_FINDINGS:
            yield f"- **and {len(found) - MOST_FINDINGS:,} more**, see index.html"


def _finding(results: Results, one: Finding) -> str:
    names = [code(one.implementation)] if one.implementation else []
    names += [code(one.case)] if one.case else []
    words = f"**{', '.join(names)}:** " if names else "**Note:** "
    detail = ""
    outcome = results.outcomes.get((one.case or "", one.implementation or ""))
    if outcome and one.case:
        said = f" ({escape(outcome.error or outcome.log or '', 200)})" if outcome.error or outcome.log else ""
        detail = f" Documented {results.cases[one.case].verdict}, got {outcome.outcome}{said}."
    return f"- {words}{escape(one.text, 400)}{detail}"
