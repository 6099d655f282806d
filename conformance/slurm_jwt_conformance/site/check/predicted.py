"""What slurmctld would do with a token: the model's word on each release, marked as what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import Settings, Users, predict, releases
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slurm_jwt.slurmctld import Prediction, Release
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.discovery.users import UserDatabase


class Site(NamedTuple):
    """The releases to ask about, and what of the site decides besides the token.

    settings: as the first release finds them. by_series: as each does, where that is known. known: there is a
    user database; without one no uid is told, and a token counts as taken for whom it names.
    """

    releases: tuple[Release, ...]
    users: Users
    settings: Settings
    by_series: Mapping[str, Settings] = {}
    known: bool = True


def named(names: Sequence[str]) -> tuple[Release, ...]:
    """Return the releases of these names, each once; Problem for one that is not modelled."""
    try:
        return tuple(releases.parse(name) for name in dict.fromkeys(names))
    except ValueError as error:
        raise Problem(str(error)) from error


def site(chosen: Sequence[Release], found: Cluster, users: UserDatabase) -> Site:
    """Put together what decides besides the token."""
    by_series = {release.series: found.settings(release.series) for release in chosen}
    first = next(iter(by_series.values()), Settings())
    return Site(tuple(chosen), users.users, first, by_series, users.known)


def predictions(token: bytes, key: bytes, now: int, where: Site) -> dict[str, Prediction]:
    """Return what each release would do, by its full name."""
    users = where.users if where.known else None
    return {
        each.name: predict(token, key, each, now, users, _settings(where, each)) for each in where.releases
    }


def _settings(where: Site, release: Release) -> Settings:
    return where.by_series.get(release.series, where.settings)


def fits(prediction: Prediction, claims: dict[str, object] | None, where: Site) -> bool:
    """Tell whether the release accepts the token as the very user that it names.

    Without a user database that is all that can be told: that it is accepted, and names a user by a name.
    """
    name = claims.get("sun") if claims else None
    if not prediction.accepted or not isinstance(name, str):
        return False
    if not where.known:
        return bool(name) and not name.strip().lstrip("+-").isdigit()
    account = where.users.by_name.get(name)
    return account is not None and account.uid == prediction.uid


def sentence(name: str, prediction: Prediction, *, known: bool = True) -> str:
    """Return one release's word for a person."""
    why = one_line(prediction.why)
    if prediction.accepted is None:
        return f"Slurm {name}: unknown. {why}"
    if prediction.accepted:
        uid = f"as uid {prediction.uid} ({one_line(prediction.user or 'no such user', 80)})"
        return f"Slurm {name} ({prediction.basis}): accepted {uid if known else 'as a uid not known'}. {why}"
    return f"Slurm {name} ({prediction.basis}): refused. {why}"
