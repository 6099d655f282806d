"""Tokens within tokens: Slurm's page knows none, and the inner token's claims are not the outer one's."""

from slurm_jwt_vectors.build import Judged, claims, encode, header, token
from slurm_jwt_vectors.edits import become
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import PAGE, jwt

_RULE = (jwt("7.2"), jwt("5.2"))
_INNER = token().encoded()


@case
def token_as_payload() -> Judged:
    """The payload is a good token, and cty is missing."""
    return token(claims=_INNER).invalid("claims.json", sources=_RULE)


@case
def token_as_payload_with_cty() -> Judged:
    """A nested JWT as RFC 7519 describes it: a good token inside, cty JWT outside."""
    return token(header=header(cty="JWT"), claims=_INNER).invalid(
        "cty.absent",
        "claims.json",
        sources=(*_RULE, f"{PAGE}, Compatibility 1: claims of the token itself"),
        why="RFC 7519 nests tokens; the page wants the claims in the token itself. cty says what is in it.",
    )


@case
def token_as_string() -> Judged:
    """The payload is a good token as a JSON string."""
    return token(claims=b'"' + _INNER + b'"').invalid("claims.object", sources=_RULE)


@case
def token_as_claim() -> Judged:
    """A good token for root within a claim of alice's: text like any other."""
    inner = token(claims=claims(sun="root")).encoded().decode()
    return token(claims=claims(access_token=inner)).valid(sources=(jwt("4"),))


@case
def token_as_kid() -> Judged:
    """A good token for root as the key id of alice's."""
    inner = token(claims=claims(sun="root")).encoded().decode()
    return token(header=header(kid=inner)).valid(sources=("RFC 7515 4.1.4",))


@case
def token_as_header() -> Judged:
    """A whole token, encoded once more, where the header belongs."""
    return token().edit_header(become(encode(_INNER))).invalid("header.json", sources=("RFC 7515 5.2",))


@case
def encoded_twice() -> Judged:
    """The claims encoded twice: the payload decodes to base64url text."""
    return token(claims=encode(token().payload_text)).invalid("claims.json", sources=_RULE)


@case
def twice_signed() -> Judged:
    """A good token as payload whose inner key is another one."""
    inner = token().signed_by(b"another key").encoded()
    return token(header=header(cty="JWT"), claims=inner).invalid(
        "cty.absent",
        "claims.json",
        sources=_RULE,
        why="RFC 7519 nests tokens; the page wants the claims in the token itself. cty says what is in it.",
    )
