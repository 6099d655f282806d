"""Run all checks over a survey, and say what the daemons will do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from slurm_jwt.slurmctld.releases import RECORDED
from slurm_jwt_conformance.site.doctor.checks import (
    accounts,
    clock,
    daemons,
    environment,
    fips,
    grammar,
    jwks,
    keyfile,
    keytext,
    library,
    pair,
    parameters,
    plugins,
    restd,
    secrets,
    slurmkey,
)
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked, Outlook, Report, by_severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Daemon

DAEMON_CHECKS: tuple[Callable[[Cluster, Conf], Iterable[Finding | NotChecked]], ...] = (
    grammar.check,
    accounts.check,
    plugins.check,
    slurmkey.check,
    parameters.check,
    keyfile.check,
    jwks.check,
    secrets.check,
    daemons.check,
)
"""The checks of each daemon and its configuration."""

HOST_CHECKS: tuple[Callable[[Cluster], Iterable[Finding | NotChecked]], ...] = (
    restd.check,
    plugins.check_installed,
    keytext.check,
    pair.check,
    library.check,
    fips.check,
    environment.check,
    clock.check,
)
"""The checks of what the daemons of a host share."""


def diagnose(survey: Cluster) -> Report:
    """Return all findings, worst first, and what they add up to."""
    survey.require()
    results = list(_results(survey))
    findings = by_severity(each for each in results if isinstance(each, Finding))
    unchecked = [each for each in results if isinstance(each, NotChecked)]
    outlooks = [
        outlook(conf.daemon, survey.series, findings, unchecked, jwks.rs256(survey, conf))
        for conf in survey.confs
    ]
    return Report(findings, tuple(unchecked), tuple(outlooks))


def _results(survey: Cluster) -> Iterator[Finding | NotChecked]:
    for check in DAEMON_CHECKS:
        for conf in survey.confs:
            yield from (_of_daemon(each, conf.daemon) for each in check(survey, conf))
    for check_host in HOST_CHECKS:
        yield from check_host(survey)


def _of_daemon(result: Finding | NotChecked, daemon: Daemon) -> Finding | NotChecked:
    if isinstance(result, Finding):
        return result.replaced(daemon=daemon)
    return replace(result, daemon=daemon)


def outlook(
    daemon: Daemon,
    series: str,
    findings: Sequence[Finding],
    unchecked: Sequence[NotChecked],
    rs256: bool | None,
) -> Outlook:
    """Return what a daemon will do. rs256: whether its JWKS has keys that verify RS256 tokens."""
    own = [finding for finding in findings if finding.daemon == daemon]
    effects = {finding.effect for finding in own}
    blind = any(each.decisive and each.daemon in {daemon, ""} for each in unchecked)
    starts = _certainty(bad="stops" in effects, doubt="may stop" in effects or blind)
    takes = _certainty(
        bad=starts is False or "refuses" in effects, doubt=starts is None or "may refuse" in effects
    )
    all_refused = starts is False or any(each.id == "library.refuses-all" for each in own)
    rs256 = False if all_refused else None if rs256 and starts is None else rs256
    return Outlook(daemon, starts, takes, "observed" if series in RECORDED else "modelled", rs256=rs256)


def _certainty(*, bad: bool, doubt: bool) -> bool | None:
    if bad:
        return False
    return None if doubt else True
