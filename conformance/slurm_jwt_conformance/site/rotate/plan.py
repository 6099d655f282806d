"""A rotation's plan: who holds the key, the steps in their order, and what each daemon takes after each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site.discovery.showing import plain, word
from slurm_jwt_conformance.site.rotate import steps
from slurm_jwt_conformance.site.rotate.hosts import controllers, databases
from slurm_jwt_conformance.site.rotate.shown import Shown, asked, never, refusal, rereads, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Finding, Report
    from slurm_jwt_conformance.site.rotate.hosts import Daemon, Target
    from slurm_jwt_conformance.site.rotate.steps import Step

Takes = Literal["yes", "no", "not known"]


class Holder(NamedTuple):
    """A daemon on a host with the key that it loads.

    key: the file as a shell takes it, or KEY in angle brackets where its name may not be shown. default: it
    is the one beside the state. takes: whether it loads auth/jwt at all.
    """

    target: Target
    key: str
    default: bool
    takes: Takes


class Obstacle(NamedTuple):
    """Something to mend before the rotation. rule: of the doctor, or "" for one of the plan's own."""

    rule: str
    what: str
    do: str


class Plan(NamedTuple):
    """The whole plan. refused: the line that slurmctld logs for tokens of the other key."""

    slurm: str
    series: str
    source: str
    holders: tuple[Holder, ...]
    obstacles: tuple[Obstacle, ...]
    never: tuple[Shown, ...]
    steps: tuple[Step, ...]
    back: tuple[Step, ...]
    remarks: tuple[Shown, ...]
    refused: str


def make(survey: Cluster, report: Report) -> Plan:
    """Plan the rotation for what a survey has found; report: the doctor's word on it."""
    holders, troubles = _holders(survey)
    around = steps.Around(survey.series, holders, _owner(survey))
    return Plan(
        slurm=survey.version.slurm,
        series=survey.series,
        source=plain(survey.version.source),
        holders=holders,
        obstacles=(*troubles, *_obstacles(survey, report, holders)),
        never=never(survey.series),
        steps=steps.forward(around),
        back=steps.back(around),
        remarks=tuple(_remarks(survey, holders)),
        refused=refusal(survey.series),
    )


def _holders(survey: Cluster) -> tuple[tuple[Holder, ...], list[Obstacle]]:
    targets, troubles = controllers(survey.conf.parsed) if survey.conf else ((), ())
    found = [_holder(survey, target, survey.conf) for target in targets]
    found += [_holder(survey, target, survey.dbd_conf) for target in databases(survey)]
    obstacles = [Obstacle("", f"{each.what} ({each.file}:{each.line})", "Mend it.") for each in troubles]
    if not targets:
        obstacles.append(
            Obstacle(
                "", "No host of slurmctld is named here.", "Name slurm.conf with --conf; see SlurmctldHost."
            )
        )
    return tuple(found), obstacles


def _holder(survey: Cluster, target: Target, conf: Conf | None) -> Holder:
    from slurm_jwt_conformance.site.discovery.conf import uses_jwt

    if conf is None:
        return Holder(target, "<KEY>", default=False, takes="not known")
    if not uses_jwt(conf, survey.series):
        return Holder(target, "", default=False, takes="no")
    key = survey.key_of(conf.daemon)
    if key is None or key.choice.path is None:
        return Holder(target, "", default=False, takes="no")
    path = key.choice.path
    shown_as = word(path) if path in survey.paths else "<KEY>"
    return Holder(target, shown_as, key.choice.reason == "default", "yes")


def _owner(survey: Cluster) -> str:
    conf = survey.conf or survey.dbd_conf
    setting = conf.parsed.last("SlurmUser") if conf else None
    return word(setting.value) if setting else "root"


WRITTEN = frozenset(
    {"key.path", "key.unset", "jwks.alone", "auth.off", "library.refuses-all", "parameters.hidden"}
)
"""Findings of the doctor about what is written, after which the steps would not do what they say."""

SEEN = frozenset(
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
"""The same about files and processes, which tell something only on a host of the plan."""


def _obstacles(survey: Cluster, report: Report, holders: tuple[Holder, ...]) -> Iterator[Obstacle]:
    here = on_its_host(survey, holders)
    for finding in report.findings:
        if finding.rule in WRITTEN or (here and _in_the_way(finding)):
            yield Obstacle(finding.rule, finding.what, finding.do)
    taking = {holder.target.daemon for holder in holders if holder.takes == "yes"}
    if "slurmctld" not in taking and any(holder.target.daemon == "slurmctld" for holder in holders):
        yield Obstacle(
            "", "slurmctld loads no HS256 key: there is none to change.", "See the doctor's findings."
        )


def _in_the_way(finding: Finding) -> bool:
    return finding.rule in SEEN or finding.effect in {"stops", "refuses"}


def on_its_host(survey: Cluster, holders: tuple[Holder, ...]) -> bool:
    """Tell whether this machine is one of the hosts of the plan: only there files tell of the daemons."""
    own = survey.machine.name.split(".")[0].lower()
    named = {holder.target.host.split(".")[0].lower() for holder in holders}
    return own in named or "localhost" in named


BACKUPS = (
    "A backup slurmctld loads the key when it is started, not when it takes over: one that was not restarted"
    " brings the old key back, and `scontrol reconfigure` does not reach it. If StateSaveLocation is shared"
    " and the key is in it, one rename changes the file for all of them."
)
"""Seen on all recorded releases with a backup that took over (test_rotation_backup_live.py)."""


def _remarks(survey: Cluster, holders: tuple[Holder, ...]) -> Iterator[Shown]:
    series = survey.series
    if not on_its_host(survey, holders):
        yield shown(
            "elsewhere",
            series,
            "This machine is none of the hosts above, so that key files and running daemons were not looked"
            " at: step 1 does.",
        )
    yield from _of_reconfigure(series)
    if _several(holders, "slurmctld"):
        yield Shown("backups", BACKUPS, "observed" if asked(series) else "modelled", ())
    yield shown(
        "slurmrestd",
        series,
        "slurmrestd holds no key and needs no restart; its clients need new tokens.",
    )
    if releases.SERIES[series].plugin.slurmd_loads_key:
        yield shown(
            "slurmd",
            series,
            "slurmd can load the key, too, to check tokens over HTTP: where nodes have the file, change it"
            " there as well and restart slurmd.",
        )
    conf = survey.conf
    if conf and conf.parsed.last("AccountingStorageExternalHost"):
        yield shown(
            "external",
            series,
            "slurmdbds of other clusters (AccountingStorageExternalHost) have keys of their own: with the"
            " same key they belong into this rotation.",
        )


def _of_reconfigure(series: str) -> Iterator[Shown]:
    if rereads(series):
        yield shown(
            "reconfigure",
            series,
            "`scontrol reconfigure` starts slurmctld anew, which then reads the key file: whoever runs it"
            " between the rename and the restart does the restart. It does not reach slurmdbd. SIGHUP does"
            " the same (by the sources): see that logrotate sends SIGUSR2.",
            "rotation:rename-reconfigured",
        )
    else:
        yield shown(
            "reconfigure",
            series,
            "`scontrol reconfigure` does not read the key again: it takes a restart.",
            "rotation:rename-reconfigured",
        )


def _several(holders: tuple[Holder, ...], daemon: Daemon) -> bool:
    return sum(holder.target.daemon == daemon for holder in holders) > 1
