"""A doctor's report as JSON: for `--json`, for `--export`, and for what reads exports."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

import msgspec

from slurm_jwt.config.auth import auth_types, find
from slurm_jwt.config.lines import Place
from slurm_jwt.vocabulary import Basis  # noqa: TC001 - msgspec reads it from the annotations
from slurm_jwt_conformance.site.discovery.conf import uses_jwt
from slurm_jwt_conformance.site.discovery.showing import Excerpt, claim_name, plain, plugin_name
from slurm_jwt_conformance.site.doctor.catalogue import RULES
from slurm_jwt_conformance.site.doctor.report import Daemon, Finding, NotChecked, Outlook, Report, Severity
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.schema import Strict

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.survey import Cluster

FORMAT = 1
MOST_BYTES = 4 << 20


class FindingFacts(Strict, frozen=True):
    """A finding, flat. host: where it was found."""

    rule: str
    severity: Severity
    title: str
    what: str
    why: str
    do: str
    host: str
    file: str | None
    line: int
    column: int
    excerpt: str | None
    excerpt_start: int
    excerpt_width: int
    daemon: Daemon
    effect: Literal["stops", "may stop", "refuses", "may refuse", ""]
    log: str


class NotCheckedFacts(Strict, frozen=True):
    """Something that was not checked."""

    what: str
    why: str
    decisive: bool
    daemon: Daemon | Literal[""]
    host: str


class OutlookFacts(Strict, frozen=True):
    """What a daemon will do; null where that cannot be told."""

    daemon: Daemon
    starts: bool | None
    takes: bool | None
    basis: Basis
    host: str


class DaemonFacts(Strict, frozen=True):
    """What has to agree between two hosts. key: fingerprint, null if the key was not read."""

    daemon: Daemon
    conf: str
    cluster: str | None
    auth_types: tuple[str, ...]
    loads_jwt: bool
    key: str | None
    key_bytes: int | None
    user_claim: str | None
    client_ids: bool


class HostFacts(Strict, frozen=True):
    """A host and the Slurm on it that was judged."""

    host: str
    time: str
    slurm: str
    slurm_from: str
    libjwt: str
    clock_synchronised: bool | None
    daemons: tuple[DaemonFacts, ...]


class Document(Strict, frozen=True):
    """A report with the hosts that it is about: one, or two that were compared."""

    format: int
    verdict: Literal["sound", "incomplete", "broken", "doubtful"]
    hosts: tuple[HostFacts, ...]
    outlooks: tuple[OutlookFacts, ...]
    findings: tuple[FindingFacts, ...]
    not_checked: tuple[NotCheckedFacts, ...]


def document(survey: Cluster, report: Report) -> Document:
    """Return the document of one host."""
    host = plain(survey.machine.name)
    return Document(
        format=FORMAT,
        verdict=report.verdict,
        hosts=(_host(survey, host),),
        outlooks=tuple(OutlookFacts(**each._asdict(), host=host) for each in report.outlooks),
        findings=tuple(facts(each, host) for each in report.findings),
        not_checked=tuple(NotCheckedFacts(**each._asdict(), host=host) for each in report.not_checked),
    )


def facts(finding: Finding, host: str) -> FindingFacts:
    """Return a finding as the document has it."""
    place, excerpt = finding.place, finding.excerpt
    return FindingFacts(
        rule=finding.rule,
        severity=finding.severity,
        title=RULES[finding.rule],
        what=finding.what,
        why=finding.why,
        do=finding.do,
        host=host,
        file=place.file if place else None,
        line=place.line if place else 0,
        column=place.column if place else 0,
        excerpt=excerpt.text if excerpt else None,
        excerpt_start=excerpt.start if excerpt else 0,
        excerpt_width=excerpt.width if excerpt else 0,
        daemon=finding.daemon,
        effect=finding.effect,
        log=finding.log,
    )


def finding(each: FindingFacts) -> Finding:
    """Return a finding of a document."""
    place = Place(each.file, each.line, each.column) if each.file is not None else None
    excerpt = None
    if each.excerpt is not None:
        excerpt = Excerpt(each.excerpt, each.excerpt_start, each.excerpt_width)
    return Finding(
        each.rule, each.severity, each.what, each.why, each.do,
        place, excerpt, each.effect, each.daemon, each.log,
    )  # fmt: skip


def _host(survey: Cluster, host: str) -> HostFacts:
    version, now = survey.version, time.gmtime(survey.machine.now)
    return HostFacts(
        host=host,
        time=time.strftime("%Y-%m-%dT%H:%M:%SZ", now),
        slurm=plain(version.slurm),
        slurm_from=plain(version.source),
        libjwt=plain(version.libjwt),
        clock_synchronised=survey.machine.synchronised,
        daemons=tuple(_daemon(survey, conf) for conf in survey.confs),
    )


def _daemon(survey: Cluster, conf: Conf) -> DaemonFacts:
    key = survey.key_of(conf.daemon)
    known = key.facts if key else None
    setting = conf.parsed.last("AuthAltParameters")
    claim = find(setting.value, "userclaimfield", survey.series) if setting else None
    ids = find(setting.value, "use_jwt_client_ids", survey.series) if setting else None
    cluster = conf.parsed.last("ClusterName")
    names = [each.plugin for each in auth_types(conf.parsed, survey.series)]
    return DaemonFacts(
        daemon=conf.daemon,
        conf=plain(conf.path),
        cluster=plain(cluster.value.lower(), 40) if cluster else None,
        auth_types=tuple(plugin_name(name).strip("`") for name in names),
        loads_jwt=uses_jwt(conf, survey.series),
        key=known.fingerprint if known else None,
        key_bytes=known.length if known else None,
        user_claim=claim_name(claim.value) if claim else None,
        client_ids=ids is not None,
    )


def to_json(made: Document) -> str:
    """Write a document; the same one gives the same text."""
    return msgspec.json.format(msgspec.json.encode(made), indent=2).decode()


def from_json(text: bytes, name: str) -> Document:
    """Read an export; Problem says what is wrong with it."""
    try:
        made = msgspec.json.decode(text, type=Document)
    except msgspec.DecodeError:
        raise Problem(
            f"{name} is no export of `slurm-jwt doctor` of this version.",
            "Make it with: slurm-jwt doctor --export FILE",
        ) from None
    unknown = sorted({each.rule for each in made.findings} - set(RULES))
    if made.format != FORMAT or unknown:
        raise Problem(
            f"{name} was made by another version of slurm-jwt (format {made.format}).",
            "Use the same version on both hosts.",
        )
    if len(made.hosts) != 1:
        raise Problem(f"{name} is about {len(made.hosts)} hosts.", "Export each host by itself.")
    return msgspec.convert(_clean(msgspec.to_builtins(made)), Document)


def _clean(value: object) -> object:
    """Let nothing of a file from elsewhere act on a terminal."""
    if isinstance(value, str):
        return plain(value, 2000)
    if isinstance(value, dict):
        return {name: _clean(each) for name, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, (list, tuple)) else value


def not_checked(each: NotCheckedFacts) -> NotChecked:
    """Return something of a document that was not checked."""
    return NotChecked(each.what, each.why, each.decisive, each.daemon)


def outlook(each: OutlookFacts) -> Outlook:
    """Return an outlook of a document."""
    return Outlook(each.daemon, each.starts, each.takes, each.basis)
