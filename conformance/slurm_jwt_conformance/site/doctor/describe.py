"""An examination of one host or two as the document that all formats show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_reports.diagnostic import Document, Fact
from slurm_jwt_reports.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.doctor.documents import Examination, HostFacts
    from slurm_jwt_conformance.site.doctor.report import NotChecked, Outlook

_STARTS = {True: "starts", False: "does not start", None: "may not start"}
_TAKES = {
    True: "accepts HS256 tokens",
    False: "refuses every HS256 token",
    None: "may refuse HS256 tokens: see below",
}
_BASIS = {"observed": "compared with real daemons of this release", "modelled": "read from the sources"}


def describe(examination: Examination) -> Document:
    """Return the document: the outcome, what each daemon will do, and every finding."""
    several = len(examination.hosts) > 1
    hosts = [host.host for host in examination.hosts]
    return Document(
        tool="doctor",
        title=f"Slurm on {' and '.join(hosts)}",
        headline=f"{examination.verdict}: {_counts(examination)}",
        outcome=outcome(examination),
        facts=tuple(_facts(examination, several=several)),
        diagnostics=examination.findings,
        not_checked=tuple(_not_checked(each, several=several) for each in examination.not_checked),
        data=examination,
    )


def outcome(examination: Examination) -> Outcome:
    """Return pass for sound, undetermined for incomplete, and fail for warnings and errors."""
    if examination.verdict == "sound":
        return Outcome("pass")
    if examination.verdict == "incomplete":
        unchecked = [each for each in examination.not_checked if each.decisive]
        return Outcome("undetermined", tuple(f"{each.what} was not checked" for each in unchecked))
    decide = [each for each in examination.findings if each.level != "note"]
    return Outcome("fail", tuple(f"{each.level} {each.id}" for each in decide))


def _counts(examination: Examination) -> str:
    severities = [each.level for each in examination.findings]
    counts = [
        plural(number, severity)
        for severity in ("error", "warning", "note")
        if (number := severities.count(severity))
    ]
    counts += [f"{len(examination.not_checked)} not checked"] if examination.not_checked else []
    return ", ".join(counts) or "no findings"


def _facts(examination: Examination, *, several: bool) -> Iterator[Fact]:
    for host in examination.hosts:
        yield Fact(name=host.host, value=_host(host))
        for daemon in host.daemons:
            outlooks = [
                _outlook(each)
                for each in examination.outlooks
                if (each.host, each.daemon) == (host.host, daemon.daemon)
            ]
            where = f" on {host.host}" if several else ""
            yield Fact(name=f"{daemon.daemon}{where}", value=", ".join([daemon.conf, *outlooks]))


def _host(host: HostFacts) -> str:
    libjwt = f", libjwt {host.libjwt}" if host.libjwt else ""
    return f"Slurm {host.slurm} ({host.slurm_from}){libjwt}"


def _outlook(outlook: Outlook) -> str:
    """Return what a daemon will do; whether it accepts tokens matters only if it starts."""
    takes = "" if outlook.starts is False else f", {_TAKES[outlook.takes]}"
    if outlook.starts is not False and outlook.rs256 is not False:
        takes += ", accepts RS256 tokens of its JWKS" if outlook.rs256 else ", may refuse RS256 tokens"
    return f"{_STARTS[outlook.starts]}{takes} ({_BASIS[outlook.basis]})"


def _not_checked(each: NotChecked, *, several: bool) -> str:
    host = f"{each.host}: " if several and each.host else ""
    return f"{host}{each.what}: {each.why}"
