"""What several checks say in the same way: where a setting stands, and how a daemon ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.config.lines import Place
from slurm_jwt_conformance.site.discovery.showing import excerpt, plain, word

if TYPE_CHECKING:
    from slurm_jwt.config.grammar import Setting
    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.showing import Excerpt
    from slurm_jwt_conformance.site.discovery.survey import Cluster


class Spot(NamedTuple):
    """A place, and the setting that stands there as far as it may be shown."""

    place: Place | None
    excerpt: Excerpt | None


def spot(survey: Cluster, setting: Setting | None, conf: Conf, at: int = 0, width: int = 0) -> Spot:
    """Return where a part of a setting's value stands; the whole file if there is no setting.

    width: of the part in characters, 0 for the rest of the value.
    """
    if setting is None:
        return Spot(whole(conf.path), None)
    width = width or max(1, len(setting.value) - at)
    return Spot(_shown(setting.at(at)), excerpt(setting, at, width, survey.paths))


def whole(path: str) -> Place:
    """Return the place that stands for a whole file."""
    return Place(plain(path), 0, 0)


def _shown(place: Place) -> Place:
    return place._replace(file=plain(place.file))


def shown_path(survey: Cluster, path: str) -> str:
    """Return a path from a configuration, if it leads somewhere; else only how long it is."""
    return word(path) if path in survey.paths else f"a name of {len(path)} characters (not shown)"


def refused(conf: Conf) -> str:
    """Return the last line that a daemon logs when it cannot make sense of its configuration."""
    if conf.daemon == "slurmctld":
        return "Unable to process configuration file"
    return f"Could not open/read/parse slurmdbd.conf file {plain(conf.path)}"


def ends(conf: Conf) -> str:
    """Say that the daemon ends, for the reasons of findings."""
    return f"{conf.daemon} ends at its start"
