"""What several checks use: the place of a setting, and the log line of a daemon that ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.discovery.showing import excerpt, plain, word
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_reports.diagnostic import Place

if TYPE_CHECKING:
    from slurm_jwt.config import lines
    from slurm_jwt.config.grammar import Setting
    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Finding
    from slurm_jwt_reports.diagnostic import Excerpt

CHECKED_SINCE = "23.11"
"""From here on auth/jwt looks at owner and mode of a key or JWKS before it reads the file."""


def spot(survey: Cluster, setting: Setting | None, conf: Conf, at: int = 0, width: int = 0) -> Place:
    """Return the place of a part of a setting's value, with the setting as far as it may be shown.

    The place is the whole file if there is no setting. width: of the part in characters, 0 for the rest of
    the value.
    """
    if setting is None:
        return whole(conf.path)
    width = width or max(1, len(setting.value) - at)
    return named(setting.at(at), excerpt(setting, at, width, survey.paths))


def whole(path: str) -> Place:
    """Return the place of a whole file."""
    return Place(file=plain(path))


def named(place: lines.Place, shown: Excerpt | None = None) -> Place:
    """Return a place of the configuration in the form of diagnostics."""
    return Place(file=plain(place.file), line=place.line, column=place.column, excerpt=shown)


def shown_path(survey: Cluster, path: str) -> str:
    """Return a path from a configuration if it leads somewhere, otherwise only its length."""
    return word(path) if path in survey.paths else f"a name of {len(path)} characters (not shown)"


def refused(conf: Conf) -> str:
    """Return the last line that a daemon logs when it cannot make sense of its configuration."""
    if conf.daemon == "slurmctld":
        return "Unable to process configuration file"
    return f"Could not open/read/parse slurmdbd.conf file {plain(conf.path)}"


def unreadable(  # noqa: PLR0913, PLR0917 - the parts of a finding
    survey: Cluster, conf: Conf, rule: str, file: tuple[str, str, str], user: str, at: Place
) -> Finding:
    """Return the finding of a key or JWKS that SlurmUser cannot read.

    file: what it is, its path with owner and mode, and its path as it is typed.
    """
    what, shown, typed = file
    daemon = conf.daemon
    modern = survey.series >= CHECKED_SINCE
    started_by_root = (
        f"{daemon} can read it if root starts {daemon}. With User={user} of systemd, or after scontrol"
        " reconfigure, it cannot, and ends."
    )
    return finding(
        rule,
        f"SlurmUser {user} may not read {what}: {shown}.",
        started_by_root if modern else f"{daemon} reads it as SlurmUser, and ends if it cannot.",
        f"chown {user} {typed}, and let {user} enter the folders above it.",
        at,
        level="warning" if modern else "error",
        effect="may stop" if modern else "stops",
        log="" if modern else "Could not load key file",
    )
