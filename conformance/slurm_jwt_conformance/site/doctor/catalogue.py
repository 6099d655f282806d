"""Every rule of the doctor, in the order of the checks: its id, its usual level, and what it requires."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.site.doctor.report import Finding

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.doctor.report import Daemon, Effect, Severity
    from slurm_jwt_reports.diagnostic import Place


class Rule(NamedTuple):
    """What a sound host fulfils; level, cause and fix of a finding, unless a check knows better."""

    level: Severity
    sentence: str
    cause: str = ""
    fix: str = ""


RULES = {
    name: Rule(**entry)
    for name, entry in tomllib.loads(Path(__file__).with_name("rules.toml").read_text("utf-8")).items()
}


def finding(  # noqa: PLR0913 - the parts of a finding
    rule: str,
    message: str,
    cause: str = "",
    fix: str = "",
    place: Place | None = None,
    *,
    level: Severity | None = None,
    effect: Effect = "",
    log: str = "",
    daemon: Daemon = "slurmctld",
) -> Finding:
    """Return a finding of a rule. level, cause, fix: if they are not the rule's own."""
    return Finding(
        id=rule,
        level=level or RULES[rule].level,
        message=message,
        cause=cause or RULES[rule].cause,
        fix=fix or RULES[rule].fix,
        place=place,
        effect=effect,
        log=log,
        daemon=daemon,
    )
