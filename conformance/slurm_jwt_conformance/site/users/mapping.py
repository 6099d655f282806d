"""Who a token's user becomes on the cluster: the claim that names him, its rivals, and the uid.

The order of the claims is auth_jwt.c's: sun, then username (since 21.08), then the claim of userclaimfield
(since 23.02); the first that holds a string counts, an empty one too. Since 26.05 use_jwt_client_ids lets a
complete identity in the token take the place of all of them and of the user database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import identity, releases
from slurm_jwt.slurmctld.users import uid_in_charge
from slurm_jwt.strict.findings import shown
from slurm_jwt_conformance.site.users import names

if TYPE_CHECKING:
    from collections.abc import Mapping as Dict

    from slurm_jwt.slurmctld import Release, Settings, Users


IDENTITY = "uid"
"""The name in Mapping.claim for the token's own identity."""


class Named(NamedTuple):
    """A claim that holds a string. The value is the token's own: escape it before it is shown."""

    claim: str
    value: str


class Mapping(NamedTuple):
    """Who one release takes the token's user for.

    release: the series, as "22.05". claim: the one that names the user, "uid" where the token brings its own
    identity, None where none does or nobody can tell. name: what that claim says, as it stands in the token:
    escape it before it is shown. uid: as whom slurmctld serves it, None where that is not known. account:
    the user database's name for that uid. shadowed: claims that would name the user if the used one were
    not there. ignored: claims that a newer release, or another setting, would read. looked_up: whether
    there was a user database to ask. identity: what became of the token's own identity.
    """

    release: str
    claim: str | None
    name: str | None
    uid: int | None
    account: str | None
    shadowed: tuple[Named, ...]
    ignored: tuple[Named, ...]
    looked_up: bool
    identity: identity.State


def of(claims: Dict[str, object], users: Users | None, settings: Settings, series: str) -> Mapping:
    """Find out who one release takes the token's user for; ValueError for a release that is not modelled.

    claims: as `examine` decodes them. users: of slurmctld's host, None if nobody looked.
    """
    release = releases.parse(series)
    state = identity.state(claims, settings) if release.plugin.takes_identity else "not asked for"
    read, ignored = _candidates(claims, settings, release)
    found = Mapping(release.series, None, None, None, None, (), ignored, users is not None, state)
    if state == "complete":
        name, uid = identity.user(claims)
        account = users.name_of(uid) if users else None
        return found._replace(claim=IDENTITY, name=name, uid=uid, account=account, shadowed=read)
    if state in {"odd", "demanded"} or not read:
        return found
    used = read[0]
    uid_or_none = None if users is None else uid_in_charge(used.value, users, release.plugin.users)
    account = users.name_of(uid_or_none) if users and uid_or_none is not None else None
    return found._replace(
        claim=used.claim, name=used.value, uid=uid_or_none, account=account, shadowed=read[1:]
    )


def _candidates(
    claims: Dict[str, object], settings: Settings, release: Release
) -> tuple[tuple[Named, ...], tuple[Named, ...]]:
    """Return the claims with a string that this release reads, in its order, and those that it does not."""
    field = settings.parameters.get("userclaimfield", "")
    order = (
        ("sun", True),
        ("username", release.plugin.takes_username),
        *(((field, release.plugin.takes_claim_field),) if field not in {"", "sun", "username"} else ()),
    )
    there = [(claim, value, taken) for claim, taken in order if isinstance(value := claims.get(claim), str)]
    return (
        tuple(Named(claim, value) for claim, value, taken in there if taken),
        tuple(Named(claim, value) for claim, value, taken in there if not taken),
    )


def sentence(one: Mapping) -> str:
    """Return one release's mapping for a person, safe to print."""
    if one.claim is None or one.name is None:
        return {
            "demanded": "nobody: the token's own identity is not complete, and no other counts",
            "odd": "not known: a part of the token's own identity has a type that Slurm does not document",
        }.get(one.identity, "nobody: no claim that this release reads names a user with a string")
    if one.claim == "uid":
        return f"uid {one.uid}, by the token's own identity (id.name {shown(one.name)})"
    if not one.looked_up:
        return f"{names.claim(one.claim)} {shown(one.name)}; not looked up: no user database was given"
    who = f"{one.account}" if one.account else "no account of this database"
    return f"{names.claim(one.claim)} {shown(one.name)} is uid {one.uid} ({shown(who)[1:-1]})"


def as_json(one: Mapping) -> dict[str, object]:
    """Return a mapping as JSON shows it; names stand there as in the token, for JSON to escape."""
    said = one._asdict()
    for member in ("shadowed", "ignored"):
        said[member] = [{"claim": each.claim, "value": each.value[:256]} for each in said[member]]
    return said | {"name": None if one.name is None else one.name[:256]}
