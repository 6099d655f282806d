"""What slurmctld would do with a token: the model's answer for each release that is asked."""

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


class Target(NamedTuple):
    """The releases that are asked, and what of the site decides besides the token.

    settings: as the first release finds them. by_series: as each release finds them. known: there is a user
    database; without one no uid is known. jwks: the content of slurmctld's JWKS, None if there is none, or
    none that can be read here.
    """

    releases: tuple[Release, ...]
    users: Users
    settings: Settings
    by_series: Mapping[str, Settings] = {}
    known: bool = True
    alike: Mapping[str, str] = {}
    jwks: bytes | None = None


def named(names: Sequence[str]) -> tuple[Release, ...]:
    """Return the releases of these names, each once; Problem for one that is not modelled."""
    try:
        return tuple(releases.parse(name) for name in dict.fromkeys(names))
    except ValueError as error:
        raise Problem(str(error)) from error


def target(chosen: Sequence[Release], found: Cluster, users: UserDatabase) -> Target:
    """Return the releases with the settings and users of the site."""
    by_series = {release.series: found.settings(release.series) for release in chosen}
    first = next(iter(by_series.values()), Settings())
    jwks = found.public_keys if any("jwks" in each.parameters for each in by_series.values()) else None
    return Target(tuple(chosen), users.users, first, by_series, users.known, _alike(chosen, by_series), jwks)


def has_jwks(site: Target, release: Release) -> bool:
    """Return whether a release that takes RS256 tokens is set up for them with jwks=."""
    return release.plugin.takes_jwks and "jwks" in settings_of(site, release).parameters


def _alike(chosen: Sequence[Release], by_series: Mapping[str, Settings]) -> dict[str, str]:
    """Return for each release the first one that rules alike: a release with a JWKS is like no other."""
    first: dict[object, str] = {}
    found = {}
    for each in chosen:
        site = by_series[each.series]
        parameters = tuple(sorted(site.parameters.items()))
        jwks = each.slurm if "jwks" in site.parameters else ""
        found[each.name] = first.setdefault((each.behaviour, parameters, site.slurm_user, jwks), each.name)
    return found


def predictions(token: bytes, key: bytes | None, now: int, site: Target) -> dict[str, Prediction]:
    """Return what each release would do, by its full name."""
    users = site.users if site.known else None
    found: dict[str, Prediction] = {}
    for each in site.releases:
        same = found.get(site.alike.get(each.name, ""))
        if same is None:
            settings = settings_of(site, each)
            found[each.name] = predict(token, key, each, now, users, settings, jwks=site.jwks)
        else:
            found[each.name] = same._replace(basis=each.basis)
    return found


def settings_of(site: Target, release: Release) -> Settings:
    """Return the settings as this release finds them."""
    return site.by_series.get(release.series, site.settings)


def sentence(name: str, prediction: Prediction, *, known: bool = True) -> str:
    """Return what one release does, for a person."""
    why = one_line(prediction.why)
    if prediction.accepted is None:
        return f"Slurm {name}: unknown. {why}"
    if prediction.accepted:
        uid = f"as uid {prediction.uid} ({one_line(prediction.user or 'no such user', 80)})"
        return f"Slurm {name} ({prediction.basis}): accepted {uid if known else 'as a uid not known'}. {why}"
    return f"Slurm {name} ({prediction.basis}): refused. {why}"
