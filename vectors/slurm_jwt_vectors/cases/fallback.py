"""Claims that name a user in other systems: none of them replaces sun, and none outranks it."""

from slurm_jwt_vectors.build import CLAIMS, Judged, claims, token, without
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import PAGE_SUN, jwt

_INSTEAD = (PAGE_SUN,)
_BESIDE = (PAGE_SUN, jwt("4"))


def _instead(**members: object) -> Judged:
    """Another claim in place of sun."""
    return token(claims={**without(CLAIMS, "sun"), **members}).invalid("sun.required", sources=_INSTEAD)


def _beside(**members: object) -> Judged:
    """sun alice, and another claim that names root: the token is alice's."""
    return token(claims=claims(members)).valid(sources=_BESIDE)


table(
    __name__,
    lambda members: _instead(**members),
    (
        "username_instead",
        "username and no sun: Slurm since 21.08 takes it, the page does not know it.",
        {"username": "alice"},
    ),
    ("username_root_instead", "username root and no sun.", {"username": "root"}),
    (
        "preferred_username_instead",
        "preferred_username and no sun, as OpenID providers write it.",
        {"preferred_username": "alice"},
    ),
    ("sub_instead", "sub and no sun.", {"sub": "alice"}),
    ("upn_instead", "upn and no sun, as Entra ID writes it.", {"upn": "alice@example.org"}),
    ("uid_instead", "uid and no sun.", {"uid": 2001}),
    (
        "identity_instead",
        "The uid, gid and id claims of Slurm 26.05 and no sun.",
        {"uid": 2001, "gid": 2001, "id": {"name": "alice", "gecos": "", "dir": "/", "shell": "/bin/sh"}},
    ),
)


@case
def username_beside() -> Judged:
    """username root beside sun alice."""
    return _beside(username="root")


@case
def username_first() -> Judged:
    """username root written before sun alice."""
    return token(claims={"username": "root", **CLAIMS}).valid(sources=_BESIDE)


table(
    __name__,
    lambda members: _beside(**members),
    (
        "preferred_username_beside",
        "preferred_username root beside sun alice.",
        {"preferred_username": "root"},
    ),
    ("sub_beside", "sub root beside sun alice.", {"sub": "root"}),
    ("uid_beside", "uid 0 beside sun alice.", {"uid": 0}),
    (
        "identity_beside",
        "uid, gid and id of root beside sun alice.",
        {"uid": 0, "gid": 0, "id": {"name": "root", "gecos": "", "dir": "/root", "shell": "/bin/sh"}},
    ),
)


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
