"""A file for slurmrestd only, such as slurmrestd.conf: it includes slurm.conf and sets only AuthType."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.config.auth import auth_types
from slurm_jwt_conformance.site.discovery.showing import word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Finding


def check(survey: Cluster) -> Iterator[Finding]:
    """Report that slurm.conf is checked in place of the file for slurmrestd, and check its AuthType."""
    conf = survey.slurmrestd_conf
    if conf is None:
        return
    used = auth_types(conf.parsed, survey.series)[0]
    sound = used.plugin == "auth/jwt"
    checked = f"This command checks {word(conf.parsed.files[1])}, the file of slurmctld."
    wrong = "Without SLURM_JWT=daemon in its environment, slurmrestd refuses tokens with this AuthType."
    keep = "Keep AuthType=auth/jwt here. To check slurm.conf without this note, name it with --conf."
    change = "Set AuthType=auth/jwt in this file, or start slurmrestd with SLURM_JWT=daemon."
    yield finding(
        "config.slurmrestd",
        f"{word(conf.path)} is slurmrestd's own file: it includes slurm.conf and sets only AuthType.",
        checked if sound else f"{checked} {wrong}",
        keep if sound else change,
        spot(survey, used.setting, conf),
        level="note" if sound else "warning",
        log="" if sound else "Rejecting thread config token for user",
    )
