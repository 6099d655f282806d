"""The clock: Slurm compares exp with it to the second, without leeway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import shown_path
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.survey import Cluster

_AHEAD = 300


def check(survey: Cluster) -> Iterator[Finding | NotChecked]:
    """Ask whether the clock is kept in step, and whether files come from its future."""
    synchronised = survey.machine.synchronised
    if synchronised is None:
        yield NotChecked("whether the clock is synchronised", "the kernel does not tell", decisive=False)
    elif not synchronised:
        yield finding(
            "clock.unsynchronised",
            message="Nothing keeps this host's clock in step, says the kernel.",
            cause="slurmctld compares exp with its own clock, to the second: a clock that is ahead takes"
            " fresh tokens for expired, one that is behind accepts expired ones.",
            fix="Run chronyd, ntpd or systemd-timesyncd, on the issuers' hosts too.",
        )
    for key in survey.keys:
        if key.look and key.look.mtime > survey.machine.now + _AHEAD:
            yield finding(
                "clock.future",
                message=f"The key file {shown_path(survey, key.choice.path or '')} is dated in the future.",
                cause="This host's clock is behind, or was ahead when the file was written.",
                fix="Look at the clock (date, chronyc tracking).",
                daemon=key.daemon,
            )
