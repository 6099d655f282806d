"""The changes between releases as Markdown, and the page docs/upgrades.md for the recorded releases."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site.changes.documents import document, told
from slurm_jwt_conformance.site.changes.text import summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.changes.documents import Document

MOST_CASES = 4
PAGE_HEAD = """\
# What an upgrade of Slurm changes for tokens

Between the four releases that the lab has asked, each with the libjwt of its Debian suite. *observed*: both
releases' real daemons were asked. *modelled*: read from Slurm's and libjwt's sources. For other releases,
and for your own slurm.conf:

    slurm-jwt changes 22.05 24.11 --conf /etc/slurm/slurm.conf

`python -m tools.upgrades_page` makes this page; a test holds it fresh.
"""


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is, outside of code."""
    for char in "\\*_<>[]|":
        text = text.replace(char, f"\\{char}")
    return text


def prose(text: str) -> str:
    """Escape a sentence, and leave what stands in backticks as code."""
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return escaped(text.replace("`", "'"))
    return "`".join(escaped(piece) if at % 2 == 0 else piece for at, piece in enumerate(pieces))


def render(made: Document, level: int = 1) -> str:
    """Return the changes as Markdown; level: of the first heading."""
    return "\n".join(_lines(made, "#" * level)) + "\n"


def _lines(made: Document, head: str) -> Iterator[str]:
    yield f"{head} From {told(made.old)} to {told(made.new)}"
    yield ""
    yield f"{summary(made)[:1].upper()}{summary(made)[1:]}."
    yield ""
    if made.site is not None:
        yield from _site(made, head)
    if made.tokens:
        yield "| token | then | what to do | shown by |"
        yield "|---|---|---|---|"
        for each in made.tokens:
            names = ", ".join(f"`{case.case}`" for case in each.cases[:MOST_CASES])
            more = f" and {len(each.cases) - MOST_CASES} more" if len(each.cases) > MOST_CASES else ""
            cells = (prose(each.sentence), each.effect, prose(each.do), f"{names}{more}, {each.basis}")
            yield f"| {' | '.join(cells)} |"
        yield ""
    if made.settings:
        yield "| since | setting or rule | what to do | |"
        yield "|---|---|---|---|"
        for change in made.settings:
            yield f"| {change.since} | {prose(change.what)} | {prose(change.do)} | {change.basis} |"
        yield ""
    yield from _words(made)


def _words(made: Document) -> Iterator[str]:
    lines = [*made.log_lines, *made.messages]
    if lines:
        yield f"<details><summary>Log lines and messages of refused tokens ({len(lines)})</summary>"
        yield ""
        yield "| before | after | vectors |"
        yield "|---|---|---|"
        for each in lines:
            yield f"| {_code(each.old)} | {_code(each.new)} | {each.vectors} |"
        yield ""
        yield "</details>"
        yield ""


def _code(text: str) -> str:
    return f"`{text.replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def _site(made: Document, head: str) -> Iterator[str]:
    site = made.site
    assert site is not None
    yield f"{head}# This site"
    yield ""
    for turn in site.turns:
        yield f"- {'**Worse:** ' if turn.worse else ''}{prose(turn.what)}"
    for title, findings in (("Then found", site.new), ("Found no more", site.gone)):
        for each in findings:
            place = f" ({escaped(each.file)}:{each.line})" if each.file and each.line else ""
            yield f"- {title}: {each.rule}{place}: {prose(each.what)} {prose(each.do)}"
    yield from (f"- Not checked: {prose(what)}" for what in site.not_checked)
    if not (site.turns or site.new or site.gone):
        yield "- Its daemons do the same under both."
    yield ""


def page() -> str:
    """Return the page: each recorded release against the next."""
    names = list(releases.RECORDED)
    shown = (document(releases.parse(old), releases.parse(new)) for old, new in pairwise(names))
    return PAGE_HEAD + "\n" + "\n".join(render(made, 2) for made in shown)
