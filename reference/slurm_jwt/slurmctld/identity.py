"""The identity that a token brings along: claims uid, gid and id of Slurm 26.05 with use_jwt_client_ids.

Asked of slurmctld 26.05.5: the object id needs name, gecos, dir and shell, none of them empty; uid and gid
are integers. A complete identity counts before sun, and without the user database. An incomplete one is
ignored, or refused with use_jwt_client_ids_only. Of any other spelling nothing is said but that it is odd.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt.slurmctld.settings import Settings

State = Literal["not asked for", "absent", "complete", "incomplete", "demanded", "odd"]
"""absent, incomplete: the other claims count. demanded: it is missing or incomplete, and no other counts.
odd: a part has a type that Slurm does not document, so nothing is known of the user."""

FIELDS = ("name", "gecos", "dir", "shell")
UINT32_MAX = 0xFFFFFFFF


def state(claims: Mapping[str, object], settings: Settings) -> State:
    """Tell what a release that knows identities makes of this token's, with these settings."""
    parameters = settings.parameters
    only = "use_jwt_client_ids_only" in parameters
    if not only and "use_jwt_client_ids" not in parameters:
        return "not asked for"
    if odd(claims):
        return "odd"
    if missing(claims):
        none = not {"uid", "gid", "id"} & claims.keys()
        return "demanded" if only else "absent" if none else "incomplete"
    return "complete"


def missing(claims: Mapping[str, object]) -> tuple[str, ...]:
    """Name the parts of an identity that are missing, empty, or no texts where texts are due."""
    inner = _inner(claims)
    lacking = [name for name in ("uid", "gid") if name not in claims]
    return (*lacking, *(f"id.{name}" for name in FIELDS if not _text(inner.get(name))))


def odd(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the parts of an identity that have a type that Slurm does not document.

    Without all of uid, gid and the object id there is none: providers write a uid for purposes of their own.
    """
    inner = _inner(claims)
    if not inner or not {"uid", "gid"} <= claims.keys():
        return ()
    numbers = [name for name in ("uid", "gid") if not _number(claims[name])]
    gids, groups = inner.get("gids", []), inner.get("groups", {})
    if not (isinstance(gids, list) and all(map(_number, gids))):
        numbers.append("id.gids")
    if not (isinstance(groups, dict) and all(map(_number, groups.values()))):
        numbers.append("id.groups")
    return tuple(numbers)


def brought(claims: Mapping[str, object]) -> bool:
    """Return whether the issuer meant to write an identity: the object id, or uid and gid together."""
    return isinstance(claims.get("id"), dict) or {"uid", "gid"} <= claims.keys()


def _inner(claims: Mapping[str, object]) -> Mapping[str, Any]:
    inner = claims.get("id")
    return inner if isinstance(inner, dict) else {}


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _number(value: object) -> bool:
    return type(value) is int and 0 <= value <= UINT32_MAX


def user(claims: Mapping[str, Any]) -> tuple[str, int]:
    """Return the name and the uid of a complete identity."""
    return claims["id"]["name"], claims["uid"]
