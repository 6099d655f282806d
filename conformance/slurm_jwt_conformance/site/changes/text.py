"""The changes between two releases for a terminal: what breaks first, then what begins, then the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.changes.documents import told
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.changes.documents import Document, FindingFacts, SiteFacts, TokenFacts
    from slurm_jwt_reports.terminal import Style

MOST_CASES, MOST_LINES = 6, 6
COLOURS = {"refused": "error", "other user": "error", "accepted": "warning", "not known": "note"}


def summary(made: Document) -> str:
    """Return the answer in a sentence."""
    counts = {
        effect: sum(each.effect == effect for each in made.tokens) for effect in ("refused", "accepted")
    }
    others = len(made.tokens) - sum(counts.values())
    tokens = [
        f"{count} kind{'s' * (count != 1)} of token {verb if count == 1 else plural}"
        for count, verb, plural in (
            (counts["refused"], "stops working", "stop working"),
            (counts["accepted"], "begins to work", "begin to work"),
            (others, "is served as another user", "are served as other users"),
        )
        if count
    ]
    rest = f"{len(made.settings)} setting{'s' * (len(made.settings) != 1)} or rules change"
    return f"{'; '.join(tokens) or 'no token changes its fate'}; {rest}"


def verdict(made: Document) -> tuple[str, str]:
    """Return the first line's word and its colour."""
    if made.site is not None:
        if made.site.breaks:
            return "breaks", "error"
        return ("holds", "sound") if made.site.complete else ("not known", "warning")
    return ("breaks", "error") if made.breaks else ("changes", "warning")


def render(made: Document, style: Style) -> str:
    """Return everything as text."""
    return "\n".join(_lines(made, style)) + "\n"


def _lines(made: Document, style: Style) -> Iterator[str]:
    word, colour = verdict(made)
    head = f"{style.paint(word, colour)}: "
    yield from style.wrap(f"from {told(made.old)} to {told(made.new)}: {summary(made)}.", head, "  ")
    if made.site is not None:
        yield from _site(made.site, style)
    for each in made.tokens:
        yield ""
        yield from _token(each, style)
    if made.settings:
        yield from _head("settings and rules", style)
        for change in made.settings:
            yield from style.wrap(f"{change.what} [{change.basis}]", f"  {change.since}  ")
            yield from style.wrap(change.do, "         do: ", "             ")
    yield from _words(made, style)
    if made.seen:
        yield from _head("seen in the lab besides", style)
        for row in made.seen:
            yield from style.wrap(f"{row.ask}: {row.old} -> {row.new}", "  - ")


def _head(title: str, style: Style) -> Iterator[str]:
    yield ""
    yield style.paint(title, "head")


def _token(each: TokenFacts, style: Style) -> Iterator[str]:
    tag = style.paint(f"{each.effect}[{each.kind}]", COLOURS[each.effect])
    yield from style.wrap(each.sentence, f"{tag} ", "  ")
    yield from style.wrap(each.why, "  why: ")
    yield from style.wrap(each.do, "  do:  ")
    names = ", ".join(case.case for case in each.cases[:MOST_CASES])
    more = f" and {len(each.cases) - MOST_CASES} more" if len(each.cases) > MOST_CASES else ""
    yield from style.wrap(f"{names}{more} ({each.basis})", "  cases: ")


def _words(made: Document, style: Style) -> Iterator[str]:
    for title, lines in (
        ("log lines of refused tokens", made.log_lines),
        ("what a refused client prints", made.messages),
    ):
        if lines:
            yield from _head(title, style)
            for each in lines[:MOST_LINES]:
                yield f"  - {one_line(each.old)}"
                yield f"    -> {one_line(each.new)}  ({each.vectors} vectors, as {each.case})"
            if len(lines) > MOST_LINES:
                yield f"  - and {len(lines) - MOST_LINES} rarer ones: --json has them"


def _site(site: SiteFacts, style: Style) -> Iterator[str]:
    yield from _head("this site", style)
    for path in site.conf:
        yield f"  {path}"
    if not (site.turns or site.new or site.gone):
        yield "  Its daemons do the same under both."
    for turn in site.turns:
        tag = style.paint("worse", "error") if turn.worse else style.paint("other", "note")
        yield from style.wrap(turn.what, f"  {tag}: ", "    ")
    for title, findings in (("then found", site.new), ("found no more", site.gone)):
        for each in findings:
            yield from _finding(each, title, style)
    for what in site.not_checked:
        yield from style.wrap(what, "  not checked: ", "    ")


def _finding(each: FindingFacts, title: str, style: Style) -> Iterator[str]:
    tag = style.paint(f"{each.severity}[{each.rule}]", each.severity)
    yield from style.wrap(each.what, f"  {title}: {tag} ", "    ")
    if each.file and each.line:
        yield f"    --> {each.file}:{each.line}:{each.column}"
    if title == "then found":
        yield from style.wrap(each.why, "    why: ")
        if each.log:
            yield f"    log: {each.log}"
        yield from style.wrap(each.do, "    do:  ")
