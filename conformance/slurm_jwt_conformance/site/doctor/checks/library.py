"""libjwt: not every version works with every Slurm."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site.discovery.conf import uses_jwt
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.report import Finding, NotChecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt_conformance.site.discovery.survey import Cluster

_OLDEST, _STRICT, _NEXT = (1, 10, 0), (2, 1, 1), (3, 0, 0)


def check(survey: Cluster) -> Iterator[Finding | NotChecked]:
    """Check that this Slurm works with the libjwt that it loads."""
    if not any(uses_jwt(conf, survey.series) for conf in survey.confs):
        return
    version = numbers(survey.version.libjwt)
    if version is None:
        why = "no package owns it" if survey.version.installed else f"name it: --release {_example(survey)}"
        yield NotChecked("the version of libjwt", why, decisive=survey.version.installed)
    else:
        yield from fits(survey.series, survey.version.libjwt, version)


def _example(survey: Cluster) -> str:
    """Return the release of the survey with its usual libjwt, in the form of --release."""
    return f"{survey.version.slurm}/libjwt{releases.SERIES[survey.series].libjwt}"


def numbers(version: str) -> tuple[int, ...] | None:
    """Return a version such as "1.17.2" or "1.10.2-upstream" as numbers; None if it is none."""
    found = re.match(r"(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?", version)
    return tuple(int(part or 0) for part in found.groups()) if found else None


def fits(series: str, name: str, version: tuple[int, ...]) -> Iterator[Finding]:
    """Report a libjwt that a series of Slurm cannot work with."""
    if version >= _NEXT:
        yield finding(
            "library.unfit",
            message=f"libjwt {name} is installed, and Slurm {series} cannot use it.",
            cause="libjwt 3 does not have the functions that auth_jwt.so calls: the plugin does not load.",
            fix="Install libjwt 1.x, with which the plugin was built.",
            effect="stops",
        )
    elif version >= _STRICT and releases.SERIES[series].plugin.first_look == "libjwt":
        yield finding(
            "library.refuses-all",
            message=f"Slurm {series} with libjwt {name} refuses every token.",
            effect="refuses",
            log="initial jwt_decode failure",
        )
    elif version < _OLDEST:
        yield finding(
            "library.unfit",
            level="warning",
            message=f"libjwt {name} is older than Slurm requires.",
            cause="Slurm's documentation requires 1.10.0 or later.",
            fix="Install a newer version.",
        )
