"""typ and cty: what the token says it is, and what its payload is."""

from slurm_jwt_vectors.build import HEADER, Judged, Raw, header, token, without
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import jws, jwt, practice

_OPEN = "RFC 7519 5.1 recommends JWT and leaves typ to the application; Slurm's page is silent."
_NESTED = "RFC 7519 5.2 does not recommend cty where no token is nested, and does not forbid it."
_RULE = (jwt("5.1"), jws("4.1.9"))
_TYPES = (jws("4.1.9"), jws("5.2"))
_TYPED = (*_RULE, practice("3.11"))


def _typ(value: str, *sources: str) -> Judged:
    return token(header=header(typ=value)).either(_OPEN, "typ.jwt", sources=sources or _RULE)


@case
def absent() -> Judged:
    """No typ: it is optional."""
    return token(header=without(HEADER, "typ")).valid(sources=_RULE)


@case
def escaped() -> Judged:
    """JWT written with an escape sequence: the same string."""
    return token(header=header(typ=Raw('"\\u004aWT"'))).valid(sources=(*_RULE, "RFC 8259 8.3"))


table(
    __name__,
    _typ,
    ("lower_case", "jwt: media types know no case, yet the RFC recommends capitals.", "jwt"),
    ("capital", "Jwt: neither the recommended capitals nor the usual small letters.", "Jwt"),
    ("empty", "typ is an empty string.", ""),
    ("trailing_space", "JWT with a blank behind it.", "JWT "),
    (
        "jose",
        "JOSE: some JWS or JWE in compact serialization, which a JWT is; libjwt before 1.12 refuses it.",
        "JOSE",
    ),
    ("jose_json", "JOSE+JSON: the token claims to be in the JSON serialization and is not.", "JOSE+JSON"),
)


@case
def at_jwt() -> Judged:
    """at+jwt, the type of OAuth access tokens, as oidc-provider and glewlwyd write it."""
    return _typ("at+jwt", *_TYPED, "RFC 9068 2.1")


@case
def application_at_jwt() -> Judged:
    """application/at+jwt, the long form of at+jwt."""
    return _typ("application/at+jwt", *_TYPED, "RFC 9068 4")


@case
def application_jwt() -> Judged:
    """application/jwt, the long form of JWT."""
    return _typ("application/jwt")


@case
def id_token() -> Judged:
    """A type that some providers give to ID tokens."""
    return _typ("id+jwt", *_TYPED)


@case
def logout_token() -> Judged:
    """logout+jwt: a token made for another purpose and signed with the same key."""
    return _typ("logout+jwt", *_TYPED, "OpenID Connect Back-Channel Logout 2.4")


@case
def bearer() -> Judged:
    """Bearer, as Keycloak writes into its claim typ, here in the header."""
    return _typ("Bearer")


@case
def null() -> Judged:
    """typ is null."""
    return token(header=header(typ=None)).invalid("header.types", sources=_TYPES)


@case
def number() -> Judged:
    """typ is a number."""
    return token(header=header(typ=1)).invalid("header.types", sources=_TYPES)


@case
def true() -> Judged:
    """typ is true."""
    return token(header=header(typ=True)).invalid("header.types", sources=_TYPES)


@case
def array() -> Judged:
    """typ is an array that holds JWT."""
    return token(header=header(typ=["JWT"])).invalid("header.types", sources=_TYPES)


@case
def object_() -> Judged:
    """typ is an empty object."""
    return token(header=header(typ={})).invalid("header.types", sources=_TYPES)


@case
def cty_jwt() -> Judged:
    """cty JWT announces a nested token, but the payload is claims."""
    return token(header=header(cty="JWT")).either(_NESTED, "cty.absent", sources=(jwt("5.2"), jws("4.1.10")))


@case
def cty_json() -> Judged:
    """cty json: the payload's media type, which a JWT need not name."""
    return token(header=header(cty="json")).either(_NESTED, "cty.absent", sources=(jwt("5.2"), jws("4.1.10")))


@case
def cty_empty() -> Judged:
    """cty is an empty string."""
    return token(header=header(cty="")).either(_NESTED, "cty.absent", sources=(jwt("5.2"), jws("4.1.10")))


@case
def cty_number() -> Judged:
    """cty is a number."""
    return token(header=header(cty=1)).invalid("header.types", sources=(jws("4.1.10"), jws("5.2")))


@case
def cty_null() -> Judged:
    """cty is null."""
    return token(header=header(cty=None)).invalid("header.types", sources=(jws("4.1.10"), jws("5.2")))
