"""What of an upgrade concerns one site: the doctor's checks of its configuration under both releases.

Nothing is started: what a daemon of either release makes of the same files is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.config.auth import PARAMETERS, find, key_choice
from slurm_jwt_conformance.site.discovery.conf import uses_jwt
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.doctor.diagnose import diagnose
from slurm_jwt_conformance.site.doctor.report import NotChecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt.slurmctld import Release
    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.host import Host
    from slurm_jwt_conformance.site.discovery.machine import Machine
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Daemon, Finding, Outlook, Report


PLUGINS = frozenset({"auth_jwt.so", "auth_munge.so", "auth_none.so", "auth_slurm.so", "rest_auth_jwt.so"})
"""Plugins of authentication that a release with JWT brings; auth/slurm came with 23.11."""


class Turn(NamedTuple):
    """What a daemon does under each release, where that differs. worse: what works today will not."""

    daemon: Daemon
    what: str
    worse: bool


class SiteChange(NamedTuple):
    """One site under two releases.

    conf: its files. turns: what daemons and parameters do otherwise. new, gone: findings of the doctor under
    the later release alone, and under the earlier one alone. unseen: what could not be looked at.
    """

    conf: tuple[str, ...]
    turns: tuple[Turn, ...]
    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    unseen: tuple[NotChecked, ...]

    @property
    def complete(self) -> bool:
        """Tell whether all that decides could be looked at."""
        return not any(each.decisive for each in self.unseen)

    @property
    def breaks(self) -> bool:
        """Tell whether something that works under the earlier release will not under the later one."""
        return any(turn.worse for turn in self.turns)


def compare(
    options: Options,
    releases: tuple[Release, Release],
    host: Host | None = None,
    machine: Machine | None = None,
) -> SiteChange:
    """Hold a site's configuration under two releases against each other; Problem if there is none."""
    surveys = [survey(_under(options, each), host, machine) for each in releases]
    reports = [diagnose(each) for each in surveys]
    working = {each.daemon for each in reports[0].outlooks if each.starts and each.takes}
    turns = (*_daemons(reports[0], reports[1]), *_parameters(surveys[0], surveys[1], working))
    before, after = ({_mark(finding): finding for finding in each.findings} for each in reports)
    return SiteChange(
        tuple(conf.path for conf in surveys[1].confs),
        turns,
        tuple(finding for mark, finding in after.items() if mark not in before),
        tuple(finding for mark, finding in before.items() if mark not in after),
        (
            *_broken_today(surveys[0], reports[0]),
            *_packages(surveys[1]),
            *(each for each in reports[1].not_checked if each.decisive),
        ),
    )


def _broken_today(found: Cluster, report: Report) -> Iterator[NotChecked]:
    """Name the daemons that take no tokens even now: of them it cannot be told what would break.

    The files may lie on another machine than the daemon's, which lacks its accounts and folders.
    """
    uses = {conf.daemon for conf in found.confs if uses_jwt(conf, found.series)}
    for look in report.outlooks:
        if look.daemon in uses and not (look.starts and look.takes):
            rules = sorted(
                {each.rule for each in report.findings if each.effect and each.daemon == look.daemon}
            )
            yield NotChecked(
                f"what would break for {look.daemon}",
                f"here it {_does(look)} already under {found.series}"
                + (
                    f" ({', '.join(rules)}): see `slurm-jwt doctor --release {found.series}`" if rules else ""
                ),
                decisive=True,
                daemon=look.daemon,
            )


def _under(options: Options, release: Release) -> Options:
    """Return the options of a survey under a release, whose packages are assumed to bring all plugins."""
    plugins = PLUGINS if release.series >= "23.11" else PLUGINS - {"auth_slurm.so"}
    return options._replace(release=release.name, plugins=plugins)


def _packages(found: Cluster) -> Iterator[NotChecked]:
    if not found.version.installed:
        name = f"whether the packages of Slurm {found.series} bring auth_jwt.so"
        yield NotChecked(name, "it is not installed here (Debian: slurm-wlm-jwt-plugin)", decisive=False)


def _mark(finding: Finding) -> tuple[object, ...]:
    """Return by what a finding is known again under another release; its effect belongs to it."""
    return (finding.rule, finding.daemon, finding.place, finding.severity, finding.effect)


def _daemons(before: Report, after: Report) -> Iterator[Turn]:
    earlier = {each.daemon: each for each in before.outlooks}
    for later in after.outlooks:
        turn = _turn(earlier.get(later.daemon), later)
        if turn is not None:
            yield turn


_STARTS = {True: "starts", False: "does not start", None: "may not start"}
_TAKES = {True: "takes tokens", False: "refuses every HS256 token", None: "may refuse tokens"}


def _turn(was: Outlook | None, will: Outlook) -> Turn | None:
    if was is None or (was.starts, was.takes) == (will.starts, will.takes):
        return None
    worse = (was.starts is True and will.starts is not True) or (was.takes is True and will.takes is not True)
    return Turn(will.daemon, f"{will.daemon} {_does(will)}; before, it {_does(was)}.", worse)


def _does(look: Outlook) -> str:
    return (
        _STARTS[look.starts] if look.starts is False else f"{_STARTS[look.starts]} and {_TAKES[look.takes]}"
    )


def _parameters(before: Cluster, after: Cluster, working: set[Daemon]) -> Iterator[Turn]:
    """Compare what each daemon finds in AuthAltParameters, and where it takes its key from.

    working: daemons that take tokens under the earlier release; what does not work cannot break.
    """
    confs = {conf.daemon: conf for conf in before.confs}
    for conf in after.confs:
        was = confs.get(conf.daemon)
        if was is not None and uses_jwt(was, before.series) and uses_jwt(conf, after.series):
            for turn in _found_otherwise(was, conf, (before.series, after.series)):
                yield turn._replace(worse=turn.worse and conf.daemon in working)


def _found_otherwise(was: Conf, conf: Conf, series: tuple[str, str]) -> Iterator[Turn]:
    old, new = was.parsed.last("AuthAltParameters"), conf.parsed.last("AuthAltParameters")
    for name in PARAMETERS:
        values = tuple(
            found.value if setting and (found := find(setting.value, name, each)) else None
            for setting, each in ((old, series[0]), (new, series[1]))
        )
        if values[0] is None and values[1] is not None:
            yield Turn(conf.daemon, f"{conf.daemon} begins to read {name} of AuthAltParameters.", worse=False)
        elif values[0] is not None and values[0] != values[1]:
            how = "no longer finds" if values[1] is None else "reads another value of"
            yield Turn(conf.daemon, f"{conf.daemon} {how} {name} in AuthAltParameters.", worse=True)
    keys = (key_choice(was.parsed, was.daemon, series[0]), key_choice(conf.parsed, conf.daemon, series[1]))
    if keys[0].path is not None and keys[0].path != keys[1].path:
        where = {"default": "the default place", "jwks": "none, for jwks= stands alone", "unset": "none"}
        to = where.get(keys[1].reason, "another file")
        yield Turn(conf.daemon, f"{conf.daemon} takes its key from another place: {to}.", worse=True)
