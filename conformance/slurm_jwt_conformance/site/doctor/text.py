"""A doctor's report for a terminal: the verdict first, then one finding after the other, as compilers do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.doctor.report import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.doctor.documents import Document, FindingFacts, OutlookFacts
    from slurm_jwt_reports.terminal import Style

REST = " " * 7
"""What stands before the second line of a finding's sentences and those that follow."""

_STARTS = {True: "starts", False: "does not start", None: "may not start"}
_TAKES = {
    True: "takes HS256 tokens",
    False: "refuses every HS256 token",
    None: "may refuse HS256 tokens: see below",
}


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
            yield from style.wrap(f"{where}{each.what}: {each.why}", "  - ", REST)


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
    yield from style.wrap(finding.what, f"{tag} ", REST)
    if finding.file is not None:
        place = f":{finding.line}:{finding.column}" if finding.line else ""
        host = f"{finding.host}:" if several and finding.host else ""
        yield f"  --> {host}{finding.file}{place}"
    if finding.excerpt is not None and finding.line:
        yield from _excerpt(finding, style)
    yield from style.wrap(finding.why, "  why: ", REST)
    if finding.log:
        yield f"  log: {finding.log}"  # whole, to be searched for
    yield from style.wrap(finding.do, "  do:  ", REST)


def _excerpt(finding: FindingFacts, style: Style) -> Iterator[str]:
    """Show the setting with a mark below the part that matters; a line that was joined is shown as one."""
    number = str(finding.line)
    margin = " " * len(number)
    yield f"  {margin} |"
    yield f"  {number} | {finding.excerpt}"
    mark = " " * finding.excerpt_start + style.paint("^" * finding.excerpt_width, finding.severity)
    yield f"  {margin} | {mark}"
