"""The plan of a rotation: who holds the key, the steps in their order, and what to fix before them."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Iterator

from msgspec.structs import replace

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site.discovery.showing import plain, word
from slurm_jwt_conformance.site.discovery.survey import Cluster
from slurm_jwt_conformance.site.doctor.report import Finding, Report
from slurm_jwt_conformance.site.rotate import steps
from slurm_jwt_conformance.site.rotate.evidence import (
    Statement,
    has_study,
    never,
    refusal,
    rereads,
    statement,
)
from slurm_jwt_conformance.site.rotate.holders import Holder, find_holders
from slurm_jwt_conformance.site.rotate.hosts import Trouble
from slurm_jwt_conformance.site.rotate.rollover import Rollover, rollover
from slurm_jwt_conformance.site.rotate.steps import Step
from slurm_jwt_reports.diagnostic import Diagnostic
from slurm_jwt_reports.schema import Strict

FORMAT = 1


class Plan(Strict, frozen=True):
    """A plan. ready: there are no obstacles. back: the steps that undo the rotation.

    steps: for the HS256 key; none if only RS256 keys are loaded. refused: slurmctld's log line for HS256
    tokens of the other key. rollover: the steps for the RS256 keys of jwks=, null without a JWKS.
    """

    format: int
    slurm: str
    series: str
    slurm_from: str
    ready: bool
    holders: tuple[Holder, ...]
    obstacles: tuple[Diagnostic, ...]
    never: tuple[Statement, ...]
    steps: tuple[Step, ...]
    back: tuple[Step, ...]
    remarks: tuple[Statement, ...]
    refused: str
    rollover: Rollover | None


def plan(survey: Cluster, report: Report) -> Plan:
    """Return the plan for a site. report: the doctor's findings about it."""
    holders, troubles = find_holders(survey)
    public = rollover(survey, holders)
    obstacles = tuple(_obstacles(survey, report, holders, troubles))
    rotation = steps.Rotation(survey.series, holders, _owner(survey))
    return Plan(
        format=FORMAT,
        slurm=survey.version.slurm,
        series=survey.series,
        slurm_from=plain(survey.version.source),
        ready=not obstacles,
        holders=holders,
        obstacles=obstacles,
        never=never(survey.series),
        steps=steps.forward(rotation),
        back=steps.back(rotation),
        remarks=tuple(_remarks(survey, holders)),
        refused=refusal(survey.series),
        rollover=public,
    )


def _owner(survey: Cluster) -> str:
    conf = survey.conf or survey.dbd_conf
    setting = conf.parsed.last("SlurmUser") if conf else None
    return word(setting.value) if setting else "root"


WRITTEN_RULES = frozenset(
    {
        *("key.path", "key.unset", "jwks.path", "jwks.content", "jwks.private"),
        *("auth.off", "library.refuses-all", "parameters.hidden"),
    }
)
"""Rules of the doctor about configuration files. After such a finding the steps do not do what they say."""

HOST_RULES = frozenset(
    {
        "key.differs",
        "key.others",
        "key.unreadable",
        "daemon.stale-key",
        "daemon.key-newer",
        "daemon.key-changed",
        "daemon.stale-config",
    }
)
"""The same about files and processes. They apply only on a host of the plan."""


def _obstacles(
    survey: Cluster, report: Report, holders: tuple[Holder, ...], troubles: tuple[Trouble, ...]
) -> Iterator[Diagnostic]:
    for each in troubles:
        yield _obstacle(f"{each.what} ({each.file}:{each.line})", "Fix the setting.")
    here = is_on_a_host(survey, holders)
    for finding in report.findings:
        written = finding.id in WRITTEN_RULES and finding.level != "note"
        if written or (here and _blocks(finding)):
            yield _obstacle(finding.message, finding.fix, finding.id)
    controllers = [holder for holder in holders if holder.daemon == "slurmctld"]
    if not controllers:
        do = "Name slurm.conf with --conf, and set SlurmctldHost there."
        yield _obstacle("The configuration names no host of slurmctld.", do)
    elif all(holder.takes_tokens != "yes" for holder in controllers) and not survey.jwks:
        what = "slurmctld loads no HS256 key, so there is no key to rotate."
        yield _obstacle(what, "Run `slurm-jwt doctor`.")


def _obstacle(message: str, fix: str, rule: str = "rotate.hosts") -> Diagnostic:
    """Return something to fix before the rotation. rule: of `slurm-jwt doctor`, otherwise of the plan."""
    return Diagnostic(id=rule, level="error", message=message, fix=fix)


def _blocks(finding: Finding) -> bool:
    """Return whether the steps cannot work. That no HS256 key is loaded is no obstacle by itself."""
    refuses = finding.effect == "refuses" and finding.id != "jwks.alone"
    return finding.id in HOST_RULES or finding.effect == "stops" or refuses


def is_on_a_host(survey: Cluster, holders: tuple[Holder, ...]) -> bool:
    """Return whether this machine is one of the hosts of the plan: only there files show what daemons do."""
    own = survey.machine.name.split(".")[0].lower()
    return bool({own, "localhost"} & {holder.host.split(".")[0].lower() for holder in holders})


def _remarks(survey: Cluster, holders: tuple[Holder, ...]) -> Iterator[Statement]:
    series = survey.series
    if not is_on_a_host(survey, holders):
        yield statement("elsewhere", series)
    reconfigure = statement("reconfigure" if rereads(series) else "no-reconfigure", series)
    yield replace(reconfigure, id="reconfigure")
    if sum(holder.daemon == "slurmctld" for holder in holders) > 1:
        yield replace(statement("backups", series), basis="observed" if has_study(series) else "modelled")
    yield statement("slurmrestd", series)
    if releases.SERIES[series].plugin.slurmd_loads_key:
        yield statement("slurmd", series)
    conf = survey.conf
    if conf and conf.parsed.last("AccountingStorageExternalHost"):
        yield statement("external", series)
