"""A doctor's report as JSON: for `--json`, for `--export`, and for what reads exports."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.

import time
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from slurm_jwt.config.auth import auth_types, find
from slurm_jwt_conformance.site.discovery.conf import uses_jwt
from slurm_jwt_conformance.site.discovery.showing import claim_name, plain, plugin_name
from slurm_jwt_conformance.site.doctor.catalogue import RULES
from slurm_jwt_conformance.site.doctor.report import Daemon, Finding, NotChecked, Outlook, Verdict
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.schema import Strict, builtins, encode, record_from

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Report

FORMAT = 1
MOST_BYTES = 4 << 20


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


class Examination(Strict, frozen=True):
    """A report with the hosts that it is about: one, or two that were compared."""

    format: int
    verdict: Verdict
    hosts: tuple[HostFacts, ...]
    outlooks: tuple[Outlook, ...]
    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]


def document(survey: "Cluster", report: "Report") -> Examination:
    """Return the document of one host."""
    host = plain(survey.machine.name)
    return Examination(
        format=FORMAT,
        verdict=report.verdict,
        hosts=(_host(survey, host),),
        outlooks=tuple(replace(each, host=host) for each in report.outlooks),
        findings=report.findings,
        not_checked=tuple(replace(each, host=host) for each in report.not_checked),
    )


def _host(survey: "Cluster", host: str) -> HostFacts:
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


def _daemon(survey: "Cluster", conf: "Conf") -> DaemonFacts:
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


def to_json(made: Examination) -> str:
    """Return the JSON text; the same examination gives the same text."""
    return msgspec.json.format(encode(made), indent=2).decode()


def from_json(text: bytes, name: str) -> Examination:
    """Read an export; Problem says what is wrong with it."""
    try:
        made = msgspec.json.decode(text, type=Examination, dec_hook=record_from)
    except msgspec.DecodeError:
        raise Problem(
            f"{name} is not an export of `slurm-jwt doctor` of this version.",
            "Write one: slurm-jwt doctor --export FILE",
        ) from None
    unknown = sorted({each.id for each in made.findings} - set(RULES))
    if made.format != FORMAT or unknown:
        raise Problem(
            f"{name} is of another version of slurm-jwt (format {made.format}).",
            "Use the same version on both hosts.",
        )
    if len(made.hosts) != 1:
        raise Problem(f"{name} is about {len(made.hosts)} hosts.", "Export each host by itself.")
    return msgspec.convert(_clean(builtins(made)), Examination, dec_hook=record_from)


def _clean(value: object) -> object:
    """Make all texts of a file from another host safe to show."""
    if isinstance(value, str):
        return plain(value, 2000)
    if isinstance(value, dict):
        return {name: _clean(each) for name, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, (list, tuple)) else value
