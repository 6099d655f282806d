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
    """Check whether the clock is synchronised, and whether a key file has a time in the future."""
    synchronised = survey.machine.synchronised
    if synchronised is None:
        yield NotChecked("whether the clock is synchronised", "the kernel does not say", decisive=False)
    elif not synchronised:
        yield finding(
            "clock.unsynchronised",
            message="According to the kernel, the clock of this host is not synchronised.",
        )
    for key in survey.keys:
        if key.look and key.look.mtime > survey.machine.now + _AHEAD:
            yield finding(
                "clock.future",
                message=f"The key file {shown_path(survey, key.choice.path or '')} has a time in the future.",
                daemon=key.daemon,
            )
