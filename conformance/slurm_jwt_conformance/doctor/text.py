"""A doctor's report for a terminal: the verdict first, then one finding after the other, as compilers do."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.doctor.report import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.doctor.documents import Document, FindingFacts, OutlookFacts

_COLOURS = {"error": "31", "warning": "33", "note": "36", "sound": "32", "head": "1"}
_STARTS = {True: "starts", False: "does not start", None: "may not start"}
_TAKES = {
    True: "takes HS256 tokens",
    False: "refuses every HS256 token",
    None: "may refuse HS256 tokens: see below",
}


class Style(NamedTuple):
    """How to write: width in characters, and whether the terminal shows colours."""

    width: int = 100
    colour: bool = False

    def paint(self, text: str, name: str) -> str:
        """Colour a text, where colours are shown."""
        return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if self.colour else text


def render(document: Document, style: Style) -> str:
    """Return the whole report as text."""
    return "\n".join(_lines(document, style)) + "\n"


def _lines(document: Document, style: Style) -> Iterator[str]:
    yield from _head(document, style)
    for finding in document.findings:
        yield ""
        yield from _finding(finding, style, several=len(document.hosts) > 1)
    if document.not_checked:
        yield ""
        yield style.paint("not checked", "head")
        for each in document.not_checked:
            where = f"{each.host}: " if len(document.hosts) > 1 and each.host else ""
            yield from _wrapped("  - ", f"{where}{each.what}: {each.why}", style)


def _head(document: Document, style: Style) -> Iterator[str]:
    counts = [
        f"{number} {severity}{'s' * (number != 1)}"
        for severity in SEVERITIES
        if (number := sum(each.severity == severity for each in document.findings))
    ]
    counts += [f"{len(document.not_checked)} not checked"] if document.not_checked else []
    colour = {"broken": "error", "doubtful": "warning", "incomplete": "warning"}.get(
        document.verdict, "sound"
    )
    yield f"{style.paint(document.verdict, colour)}: {', '.join(counts) or 'nothing found'}"
    for host in document.hosts:
        libjwt = f", libjwt {host.libjwt}" if host.libjwt else ""
        yield f"  {host.host}: Slurm {host.slurm} ({host.slurm_from}){libjwt}"
        for daemon in host.daemons:
            yield f"    {daemon.daemon}: {daemon.conf}"
            for outlook in document.outlooks:
                if (outlook.host, outlook.daemon) == (host.host, daemon.daemon):
                    yield f"      {_outlook(outlook)}"


def _outlook(outlook: OutlookFacts) -> str:
    """Say what a daemon will do; whether it takes tokens matters only if it starts."""
    basis = (
        "compared with real daemons of this release" if outlook.basis == "observed" else "from the sources"
    )
    if outlook.starts is False:
        return f"{_STARTS[False]} ({basis})"
    return f"{_STARTS[outlook.starts]}, {_TAKES[outlook.takes]} ({basis})"


def _finding(finding: FindingFacts, style: Style, *, several: bool) -> Iterator[str]:
    tag = style.paint(f"{finding.severity}[{finding.rule}]", finding.severity)
    yield from _wrapped(
        f"{tag} ", finding.what, style, hidden=len(tag) - len(finding.severity + finding.rule) - 2
    )
    if finding.file is not None:
        place = f":{finding.line}:{finding.column}" if finding.line else ""
        host = f"{finding.host}:" if several and finding.host else ""
        yield f"  --> {host}{finding.file}{place}"
    if finding.excerpt is not None and finding.line:
        yield from _excerpt(finding, style)
    yield from _wrapped("  why: ", finding.why, style)
    if finding.log:
        yield from _wrapped("  log: ", finding.log, style)
    yield from _wrapped("  do:  ", finding.do, style)


def _excerpt(finding: FindingFacts, style: Style) -> Iterator[str]:
    """Show the setting with a mark below the part that matters; a line that was joined is shown as one."""
    number = str(finding.line)
    margin = " " * len(number)
    yield f"  {margin} |"
    yield f"  {number} | {finding.excerpt}"
    mark = " " * finding.excerpt_start + style.paint("^" * finding.excerpt_width, finding.severity)
    yield f"  {margin} | {mark}"


def _wrapped(head: str, text: str, style: Style, hidden: int = 0) -> list[str]:
    """Break a text at the width; `hidden` characters of the head are colour and take no room."""
    room = max(40, style.width)
    bare = len(head) - hidden
    pieces = textwrap.wrap(
        text, room - 7, initial_indent=" " * max(0, bare - 7), break_long_words=False, break_on_hyphens=False
    ) or [""]
    return [head + pieces[0].lstrip(), *(" " * 7 + piece for piece in pieces[1:])]
