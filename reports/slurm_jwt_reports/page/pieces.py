"""Small pieces of markup that the page repeats many thousand times, and how it shows foreign text.

They are functions and not template macros, for speed. Foreign text passes `redaction` and is escaped.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from slurm_jwt_reports.redaction import block as visible_lines
from slurm_jwt_reports.redaction import one_line, visible
from slurm_jwt_reports.run.marks import DIFFERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slurm_jwt_reports.run.marks import Mark
    from slurm_jwt_reports.stream.events import Cell, Deviation, Outcome, RuleText

_PLAIN_ID = re.compile(r"[A-Za-z0-9_.:/+-]{1,100}")
_RFC = re.compile(r"\bRFC (\d{3,5})(?: (\d{1,3}(?:\.\d{1,3}){0,4}))?")
_WEB = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][A-Za-z0-9._~:/?#@!$&()*+,;=%-]*)?")

_MANY = 4096
"""Entries of each cache: more than the cases or rules of any run that one would look at."""


def anchor(kind: str, name: str) -> str:
    """Return the id of an element: readable where the name allows it, else by a hash of the name."""
    if _PLAIN_ID.fullmatch(name):
        return f"{kind}-{name}"
    return f"{kind}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def moment(seconds: int) -> str:
    """Show seconds since 1970 as a time in UTC, beside the number itself."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ} ({seconds})"
    except (OverflowError, ValueError, OSError):
        return str(seconds)


@lru_cache(_MANY)
def cite(text: str) -> Markup:
    """Show a source; the sections of RFCs in it become links."""
    text = one_line(text)
    parts: list[Markup] = []
    end = 0
    for match in _RFC.finditer(text):
        number, section = match.groups()
        place = f"https://www.rfc-editor.org/rfc/rfc{number}" + (f"#section-{section}" if section else "")
        parts += [
            escape(text[end : match.start()]),
            Markup('<a href="{}">{}</a>').format(place, match.group()),
        ]
        end = match.end()
    return Markup().join([*parts, escape(text[end:])])


def link(address: str) -> Markup:
    """Show an address: as a link if it is a plain one of the web, as mere text otherwise."""
    shown = one_line(address)
    if _WEB.fullmatch(address) and len(address) <= 300:
        return Markup('<a href="{}" rel="noreferrer">{}</a>').format(address, shown)
    return escape(shown)


def block(text: str, limit: int) -> Markup:
    """Show text of several lines inside an element, where the many quotes of JSON need no escaping."""
    shown = visible_lines(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Markup(shown)  # noqa: S704 - escaped above


@lru_cache(_MANY)
def cell(mark: Mark, word: str) -> Markup:
    """Return one cell of a matrix; a deviation is also in words, for screen readers."""
    heard = Markup('<i class="vh"> {}</i>').format(mark.label) if mark.code in DIFFERS else ""
    return Markup('<td class="{}">{} {}{}').format(mark.code, mark.symbol, word, heard)


def cells(row: Iterable[tuple[Mark, str]]) -> Markup:
    """Return all cells of one row."""
    return Markup("".join(cell(mark, word) for mark, word in row))  # noqa: S704 - each is markup


@lru_cache(_MANY)
def tag(mark: Mark, text: str = "") -> Markup:
    """Show a mark by symbol, word and colour."""
    return Markup('<b class="{}">{} {}</b>').format(mark.code, mark.symbol, visible(text) or mark.label)


@lru_cache(_MANY)
def tally(mark: Mark, number: int) -> Markup:
    """Show how many implementations have a mark, in the line of a case."""
    return Markup('<b class="{}" title="{}">{} {}<span class="vh"> {}</span></b>').format(
        mark.code, mark.label, mark.symbol, number, mark.label
    )


@lru_cache(_MANY)
def case_link(name: str) -> Markup:
    """Return a link to the entry of a case."""
    return Markup('<a href="#{}"><code>{}</code></a>').format(anchor("case", name), one_line(name, 80))


@lru_cache(_MANY)
def rule_link(name: str) -> Markup:
    """Return a link to a rule."""
    return Markup('<a href="#{}"><code>{}</code></a>').format(anchor("rule", name), one_line(name, 80))


@lru_cache(_MANY)
def rule_item(rule: RuleText) -> Markup:
    """Return a rule as the entries of cases list it: link, sentence, what to do."""
    return Markup("<li>{} {} <small>{}</small>").format(
        rule_link(rule.id), one_line(rule.sentence), one_line(rule.hint)
    )


@lru_cache(_MANY)
def deviation(one: Deviation) -> Markup:
    """Return the note of a known difference."""
    address = Markup(" {}").format(link(one.link)) if one.link else ""
    return Markup('<p class="note"><b>{}:</b> {}{}</p>').format(
        one.class_, one_line(one.reason, 600), address
    )


def said(one: Outcome | Cell) -> Markup:
    """Return all that somebody said to a case: uid, own error, reason, log line; each once."""
    parts = []
    if one.uid is not None and f"UID={one.uid}" not in (one.log or ""):
        parts.append(Markup("<small>as uid {}</small> ").format(one.uid))
    if one.error:
        parts.append(Markup("<samp>{}</samp>").format(one_line(one.error)))
    if one.reason and one.status != "recorded" and one.reason != one.error:
        parts.append(Markup("<small>{}</small>").format(one_line(one.reason)))
    if one.log and one.log != one.error:
        parts.append(Markup("<samp>{}</samp>").format(one_line(one.log)))
    return Markup().join([*parts, deviation(one.deviation) if one.deviation else ""])
