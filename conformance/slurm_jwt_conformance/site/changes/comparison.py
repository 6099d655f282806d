"""Everything that changes between two releases: the command's JSON document."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from slurm_jwt.slurmctld import Release
from slurm_jwt_conformance.site.changes import settings, tokens
from slurm_jwt_conformance.site.changes.jwks import JwksChange
from slurm_jwt_conformance.site.changes.order import Direction, direction
from slurm_jwt_conformance.site.changes.settings import SettingChange, StudyChange
from slurm_jwt_conformance.site.changes.site import SiteChange
from slurm_jwt_conformance.site.changes.tokens import TextChange, TokenChange
from slurm_jwt_reports.schema import Strict

FORMAT = 1


class ReleaseName(Strict, frozen=True):
    """A Slurm with a libjwt. recorded: the lab has recorded real daemons of this pair."""

    name: str
    slurm: str
    series: str
    libjwt: str
    recorded: bool


class Comparison(Strict, frozen=True):
    """What changes from OLD to NEW. direction: "downgrade" if NEW is the older release.

    breaks: something that works under OLD does not work under NEW; with a configuration (site) on that site
    only, otherwise for tokens that the documents allow. seen: results of the lab's studies that differ. jwks:
    the site's JWKS under both releases, null if there is none.
    """

    format: int
    old: ReleaseName
    new: ReleaseName
    direction: Direction
    breaks: bool
    tokens: tuple[TokenChange, ...]
    settings: tuple[SettingChange, ...]
    log_lines: tuple[TextChange, ...]
    messages: tuple[TextChange, ...]
    seen: tuple[StudyChange, ...]
    site: SiteChange | None
    jwks: JwksChange | None


def compare(
    old: Release, new: Release, site: SiteChange | None = None, jwks: JwksChange | None = None
) -> Comparison:
    """Return everything that changes between two releases, and for a site if there is one."""
    changes = tokens.compare(old, new)
    return Comparison(
        format=FORMAT,
        old=_name(old),
        new=_name(new),
        direction=direction(old, new),
        breaks=(site.breaks if site else any(change.breaks for change in changes))
        or (jwks is not None and jwks.breaks),
        tokens=changes,
        settings=settings.compare(old, new),
        log_lines=tokens.log_lines(old, new),
        messages=tokens.messages(old, new),
        seen=settings.other_study_changes(old, new),
        site=site,
        jwks=jwks,
    )


def _name(release: Release) -> ReleaseName:
    return ReleaseName(
        name=release.name,
        slurm=release.slurm,
        series=release.series,
        libjwt=release.libjwt.version,
        recorded=release.recorded,
    )
