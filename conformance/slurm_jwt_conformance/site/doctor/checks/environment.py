"""SLURM_JWT in this environment, or in files that set it for all users or for daemons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.discovery.showing import word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt.config.lines import Place
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Finding

ENDS = "AuthType change requires restart of all Slurm daemons and commands to take effect"
"""The log line of slurmctld: it reads its configuration twice, and SLURM_JWT changes AuthType."""

_DAEMON_FILES = ("/etc/default/", "/etc/sysconfig/", "/etc/systemd/")


def check(survey: Cluster) -> Iterator[Finding]:
    """Check for tokens in the environment; no token is shown."""
    token = survey.host.environment.get("SLURM_JWT")
    if token is not None:
        yield _here(token)
    for place in survey.token_settings:
        yield _in_file(place)


def _here(token: str) -> Finding:
    is_word = token == "daemon"  # noqa: S105 - a word that Slurm gives a meaning, and no token
    return finding(
        "environment.token",
        message=f"SLURM_JWT is set in this environment{' to the word daemon' if is_word else ''}.",
        log=ENDS,
    )


def _in_file(place: Place) -> Finding:
    daemons = place.file.startswith(_DAEMON_FILES)
    return finding(
        "environment.file",
        level="error" if daemons else "warning",
        message=f"{word(place.file)} sets SLURM_JWT.",
        cause="slurmctld ends at its start if SLURM_JWT is in its environment, even if it is empty. slurmdbd"
        " uses auth/jwt instead of AuthType."
        if daemons
        else "All users who log in use one token of one user. When it expires, no command works for them.",
        place=named(place),
        effect="may stop" if daemons else "",
        log=ENDS if daemons else "",
    )
