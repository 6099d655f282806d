"""Claims that name a user in other systems: none of them replaces sun, and none outranks it."""

from slurm_jwt_vectors.build import CLAIMS, Judged, claims, token, without
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import PAGE_SUN, jwt

_INSTEAD = (PAGE_SUN,)
_BESIDE = (PAGE_SUN, jwt("4"))


def _instead(**members: object) -> Judged:
    """Another claim in place of sun."""
    return token(claims={**without(CLAIMS, "sun"), **members}).invalid("sun.required", sources=_INSTEAD)


def _beside(**members: object) -> Judged:
    """sun alice, and another claim that names root: the token is alice's."""
    return token(claims=claims(members)).valid(sources=_BESIDE)


@case
def username_instead() -> Judged:
    """username and no sun: Slurm since 21.08 takes it, the page does not know it."""
    return _instead(username="alice")


@case
def username_root_instead() -> Judged:
    """username root and no sun."""
    return _instead(username="root")


@case
def preferred_username_instead() -> Judged:
    """preferred_username and no sun, as OpenID providers write it."""
    return _instead(preferred_username="alice")


@case
def sub_instead() -> Judged:
    """sub and no sun."""
    return _instead(sub="alice")


@case
def upn_instead() -> Judged:
    """upn and no sun, as Entra ID writes it."""
    return _instead(upn="alice@example.org")


@case
def uid_instead() -> Judged:
    """uid and no sun."""
    return _instead(uid=2001)


@case
def identity_instead() -> Judged:
    """The uid, gid and id claims of Slurm 26.05 and no sun."""
    return _instead(uid=2001, gid=2001, id={"name": "alice", "gecos": "", "dir": "/", "shell": "/bin/sh"})


@case
def username_beside() -> Judged:
    """username root beside sun alice."""
    return _beside(username="root")


@case
def username_first() -> Judged:
    """username root written before sun alice."""
    return token(claims={"username": "root", **CLAIMS}).valid(sources=_BESIDE)


@case
def preferred_username_beside() -> Judged:
    """preferred_username root beside sun alice."""
    return _beside(preferred_username="root")


@case
def sub_beside() -> Judged:
    """sub root beside sun alice."""
    return _beside(sub="root")


@case
def uid_beside() -> Judged:
    """uid 0 beside sun alice."""
    return _beside(uid=0)


@case
def identity_beside() -> Judged:
    """uid, gid and id of root beside sun alice."""
    return _beside(uid=0, gid=0, id={"name": "root", "gecos": "", "dir": "/root", "shell": "/bin/sh"})


@case
def null_sun_and_username() -> Judged:
    """sun null beside username alice: what is there with the wrong type is not absent."""
    return token(claims=claims(sun=None, username="alice")).invalid(
        "sun.string", sources=_INSTEAD, twin="fallback.username-beside"
    )


@case
def number_sun_and_username() -> Judged:
    """A number in sun beside username root: Slurm since 21.08 goes on to username."""
    return token(claims=claims(sun=2001, username="root")).invalid(
        "sun.string", sources=_INSTEAD, twin="fallback.username-beside"
    )


@case
def empty_sun_and_username() -> Judged:
    """An empty sun beside username alice."""
    return token(claims=claims(sun="", username="alice")).invalid(
        "sun.empty", sources=_INSTEAD, twin="fallback.username-beside"
    )
