"""iss, sub, jti and claims of other specifications: optional, ignored, but of their registered types."""

from slurm_jwt_vectors.build import PAST, Judged, claims, token
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import issue, jwt

_ISS = (jwt("4.1.1"),)
_SUB = (jwt("4.1.2"),)
_JTI = (jwt("4.1.7"),)
_IGNORED = (jwt("4"), jwt("4.2"))


def _valid(sources: tuple[str, ...], /, **members: object) -> Judged:
    return token(claims=claims(members)).valid(sources=sources)


def _mistyped(sources: tuple[str, ...], twin: str, /, **members: object) -> Judged:
    return token(claims=claims(members)).invalid("claims.types", sources=sources, twin=twin)


table(
    __name__,
    lambda members: _valid(_ISS, **members),
    ("iss", "An issuer, as Slinky names itself.", {"iss": "slurm-operator"}),
    ("iss_uri", "An issuer's address.", {"iss": "https://idp.example.org/realms/hpc"}),
    ("iss_empty", "An empty issuer: a string all the same.", {"iss": ""}),
)


table(
    __name__,
    lambda members: _mistyped(_ISS, "other.iss", **members),
    ("iss_number", "iss is a number.", {"iss": 1}),
    ("iss_null", "iss is null.", {"iss": None}),
    ("iss_array", "iss is an array, as some multi-tenant software writes it.", {"iss": ["slurm-operator"]}),
)


@case
def sub() -> Judged:
    """A subject that is the user."""
    return _valid(_SUB, sub="alice")


@case
def sub_uuid() -> Judged:
    """A subject that is a provider's own id."""
    return _valid(_SUB, sub="0b5c4d9e-53f3-4f5a-8a44-1f7d2f0e4b11")


@case
def sub_number() -> Judged:
    """sub is a number, as web frameworks like to write it."""
    return _mistyped((*_SUB, issue("jpadilla/pyjwt", 1017)), "other.sub", sub=2001)


@case
def sub_null() -> Judged:
    """sub is null."""
    return _mistyped(_SUB, "other.sub", sub=None)


@case
def sub_object() -> Judged:
    """sub is an object, as Flask applications once wrote it."""
    return _mistyped((*_SUB, issue("vimalloc/flask-jwt-extended", 557)), "other.sub", sub={"user": "alice"})


@case
def jti() -> Judged:
    """A token's own id."""
    return _valid(_JTI, jti="8f6e2c1a")


@case
def jti_empty() -> Judged:
    """An empty id."""
    return _valid(_JTI, jti="")


table(
    __name__,
    lambda members: _mistyped(_JTI, "other.jti", **members),
    ("jti_number", "jti is a number.", {"jti": 1}),
    ("jti_null", "jti is null.", {"jti": None}),
    ("jti_true", "jti is true.", {"jti": True}),
)


@case
def all_mistyped() -> Judged:
    """iss, sub and jti are all numbers: one rule, broken three times."""
    return _mistyped((*_ISS, *_SUB, *_JTI), "other.registered-strings", iss=1, sub=2, jti=3)


@case
def registered_strings() -> Judged:
    """iss, sub and jti together."""
    return _valid((*_ISS, *_SUB, *_JTI), iss="slurm-operator", sub="alice", jti="8f6e2c1a")


@case
def scope() -> Judged:
    """OAuth's scope."""
    return _valid((*_IGNORED, "RFC 8693 4.2"), scope="openid profile")


@case
def azp() -> Judged:
    """OpenID Connect's authorized party, client id and nonce."""
    return _valid(
        (*_IGNORED, "OpenID Connect Core 2"), azp="portal", client_id="portal", nonce="n-0S6_WzA2Mj"
    )


@case
def cnf() -> Judged:
    """A confirmation claim: the token is bound to a key, and Slurm does not look."""
    return _valid((*_IGNORED, "RFC 7800 3"), cnf={"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"})


@case
def keycloak_typ() -> Judged:
    """Keycloak's claim typ, which has nothing to do with the header's."""
    return _valid(_IGNORED, typ="Bearer")


@case
def alg_claim() -> Judged:
    """A claim alg none: algorithms are named in the header alone."""
    return _valid(_IGNORED, alg="none")


@case
def slurm_prj() -> Judged:
    """A site's own claim for a project."""
    return _valid((jwt("4.3"),), prj="p001")


@case
def updated_at() -> Judged:
    """OpenID Connect's updated_at as a string, whatever its type should be."""
    return _valid(_IGNORED, updated_at=str(PAST))


@case
def orig_iat() -> Judged:
    """An original iat beside iat, as refreshed tokens carry it."""
    return _valid(_IGNORED, orig_iat=PAST - 3600)
