"""What an upgrade changes for one site: the doctor's checks of its configuration under both releases.

Nothing is started: the check compares what a daemon of either release does with the same files.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Iterator
from typing import TYPE_CHECKING

from slurm_jwt.config.auth import PARAMETERS, find, key_choice
from slurm_jwt.slurmctld import Release
from slurm_jwt_conformance.site.discovery.conf import Conf, uses_jwt
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.showing import plain
from slurm_jwt_conformance.site.discovery.survey import Cluster, survey
from slurm_jwt_conformance.site.doctor.diagnose import diagnose
from slurm_jwt_conformance.site.doctor.report import Daemon, Finding, NotChecked, Outlook, Report
from slurm_jwt_reports.schema import Strict

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.discovery.host import Host
    from slurm_jwt_conformance.site.discovery.machine import Machine

PLUGINS = frozenset({"auth_jwt.so", "auth_munge.so", "auth_none.so", "auth_slurm.so", "rest_auth_jwt.so"})
"""Plugins of authentication that a release with JWT brings; auth/slurm came with 23.11."""


class DaemonChange(Strict, frozen=True):
    """What a daemon of this site does differently. worse: something that works under OLD stops working."""

    daemon: str
    what: str
    worse: bool


class SiteChange(Strict, frozen=True):
    """One site under both releases.

    conf: its files. turns: what its daemons do differently. new, gone: findings of the doctor under NEW only,
    and under OLD only. not_checked: what could not be checked. complete: none of that decides.
    """

    conf: tuple[str, ...]
    turns: tuple[DaemonChange, ...]
    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    not_checked: tuple[str, ...]
    breaks: bool
    complete: bool


def compare(
    options: Options,
    releases: tuple[Release, Release],
    host: "Host | None" = None,
    machine: "Machine | None" = None,
) -> SiteChange:
    """Return what changes for a site's configuration; a Problem if there is no configuration."""
    surveys = [survey(_under(options, each), host, machine) for each in releases]
    reports = [diagnose(each) for each in surveys]
    working = {each.daemon for each in reports[0].outlooks if each.works}
    changes = (*_daemons(reports[0], reports[1]), *_parameters(surveys[0], surveys[1], working))
    before, after = ({_identity(finding): finding for finding in each.findings} for each in reports)
    not_checked = (
        *_broken_today(surveys[0], reports[0]),
        *_packages(surveys[1]),
        *(each for each in reports[1].not_checked if each.decisive),
    )
    return SiteChange(
        conf=tuple(plain(conf.path) for conf in surveys[1].confs),
        turns=changes,
        new=tuple(each for identity, each in after.items() if identity not in before),
        gone=tuple(each for identity, each in before.items() if identity not in after),
        not_checked=tuple(f"{each.what}: {each.why}" for each in not_checked),
        breaks=any(each.worse for each in changes),
        complete=not any(each.decisive for each in not_checked),
    )


def _identity(finding: Finding) -> tuple[object, ...]:
    """Return what identifies a finding under another release; its effect is a part of it."""
    return (finding.id, finding.daemon, finding.place, finding.level, finding.effect)


def _broken_today(site: Cluster, report: Report) -> Iterator[NotChecked]:
    """Yield the daemons that accept no tokens even now: what would break for them is not known.

    The files may be on another machine than the daemon's, where its accounts and folders are missing.
    """
    series = site.series
    uses = {conf.daemon for conf in site.confs if uses_jwt(conf, series)}
    for look in report.outlooks:
        if look.daemon in uses and not look.works:
            rules = {each.id for each in report.findings if each.effect and each.daemon == look.daemon}
            see = f" ({', '.join(sorted(rules))}): see `slurm-jwt doctor --release {series}`" if rules else ""
            yield NotChecked(
                f"what would break for {look.daemon}",
                f"on this host it {_does(look)} already under {series}{see}",
                decisive=True,
                daemon=look.daemon,
            )


def _under(options: Options, release: Release) -> Options:
    """Return the options of a survey under a release, whose packages are assumed to bring all plugins."""
    plugins = PLUGINS if release.series >= "23.11" else PLUGINS - {"auth_slurm.so"}
    return options._replace(release=release.name, plugins=plugins)


def _packages(site: Cluster) -> Iterator[NotChecked]:
    if not site.version.installed:
        name = f"whether the packages of Slurm {site.series} include auth_jwt.so"
        yield NotChecked(name, "it is not installed here (Debian: slurm-wlm-jwt-plugin)", decisive=False)


_STARTS = {True: "starts", False: "does not start", None: "may not start"}
_ACCEPTS = {True: "accepts tokens", False: "refuses every HS256 token", None: "may refuse tokens"}


def _daemons(before: Report, after: Report) -> Iterator[DaemonChange]:
    outlooks = {each.daemon: each for each in before.outlooks}
    for new in after.outlooks:
        old = outlooks.get(new.daemon)
        if old is not None and _abilities(old) != _abilities(new):
            pairs = zip(_abilities(old), _abilities(new), strict=True)
            worse = any(was is True and now is not True for was, now in pairs)
            what = f"{new.daemon} {_does(new)}. Before, it {_does(old)}."
            yield DaemonChange(daemon=new.daemon, what=what, worse=worse)


def _abilities(look: Outlook) -> tuple[bool | None, ...]:
    return look.starts, look.takes, look.rs256


def _does(look: Outlook) -> str:
    starts = _STARTS[look.starts]
    if look.starts is False:
        return starts
    if look.rs256 is False:
        return f"{starts} and {_ACCEPTS[look.takes]}"
    public = "accepts RS256 tokens" if look.rs256 else "may refuse RS256 tokens"
    return f"{starts}, {_ACCEPTS[look.takes].replace('accepts tokens', 'accepts HS256 tokens')} and {public}"


def _parameters(before: Cluster, after: Cluster, working: set[Daemon]) -> Iterator[DaemonChange]:
    """Yield what each daemon finds differently in AuthAltParameters, and a key from another place.

    working: daemons that accept tokens under the earlier release; what does not work cannot break.
    """
    confs = {conf.daemon: conf for conf in before.confs}
    for conf in after.confs:
        old = confs.get(conf.daemon)
        if old is not None and uses_jwt(old, before.series) and uses_jwt(conf, after.series):
            series = (before.series, after.series)
            works = conf.daemon in working
            for what, worse in (*_values(old, conf, series), *_key_places(old, conf, series)):
                text = f"{conf.daemon} {what}"
                yield DaemonChange(daemon=conf.daemon, what=text, worse=worse and works)


def _values(old: Conf, new: Conf, series: tuple[str, str]) -> Iterator[tuple[str, bool]]:
    settings = old.parsed.last("AuthAltParameters"), new.parsed.last("AuthAltParameters")
    for name in PARAMETERS:
        before, after = (
            hit.value if setting and (hit := find(setting.value, name, each)) else None
            for setting, each in zip(settings, series, strict=True)
        )
        if before is None and after is not None:
            yield f"begins to read {name} of AuthAltParameters.", False
        elif before is not None and before != after:
            how = "no longer finds" if after is None else "reads another value of"
            yield f"{how} {name} in AuthAltParameters.", True


def _key_places(old: Conf, new: Conf, series: tuple[str, str]) -> Iterator[tuple[str, bool]]:
    before = key_choice(old.parsed, old.daemon, series[0])
    after = key_choice(new.parsed, new.daemon, series[1])
    if before.path is not None and before.path != after.path:
        none = {"default": "the default place", "jwks": "none, because only jwks= is set", "unset": "none"}
        yield f"takes its key from another place: {none.get(after.reason, 'another file')}.", True
