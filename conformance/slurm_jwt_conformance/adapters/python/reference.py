"""The project's own Verifier and Issuer, behind the same adapter protocol as every library."""

from __future__ import annotations

from typing import Any

from slurm_jwt import Claims, Issuer, Refused, Verifier


class WrongType(Exception):
    """The Issuer raises a TypeError if the user is not text."""


LIBRARY = "slurm-jwt-conformance"
FAMILY = (Refused, WrongType)
CLOCK = "argument"
NOT_CHECKED: dict[str, tuple[str, ...]] = {"": ()}


class Unsupported(Exception):
    """The Issuer makes tokens as scontrol does: only exp, iat and sun."""


def verify(token: bytes, key: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that the reference accepts."""
    del configuration  # there is one
    return members(Verifier(key).verify(token, now=now))


def verify_jwks(token: bytes, jwks: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that the reference accepts with a JWKS."""
    del configuration  # there is one
    return members(Verifier(jwks=jwks).verify(token, now=now))


def members(claims: Claims) -> dict[str, Any]:
    """Return the claims that Slurm requires."""
    return {"exp": claims.exp, "iat": claims.iat, "sun": claims.sun}


def issue(claims: dict[str, Any], key: bytes, configuration: str) -> str:
    """Make the token that scontrol would have made at iat with a lifespan of exp - iat."""
    del configuration  # there is one
    return signed(claims, Issuer(key))


def issue_rs256(claims: dict[str, Any], pem: bytes, kid: str, configuration: str) -> str:
    """Make the same token with RS256."""
    del configuration  # there is one
    return signed(claims, Issuer(rsa=pem, kid=kid))


def signed(claims: dict[str, Any], issuer: Issuer) -> str:
    """Have the issuer make the token at iat with a lifespan of exp - iat."""
    if set(claims) != {"exp", "iat", "sun"}:
        raise Unsupported("the Issuer takes a user, a lifespan and a time, no other claims")
    exp, iat = claims["exp"], claims["iat"]
    if type(exp) is not int or type(iat) is not int:
        raise Unsupported("the Issuer makes exp and iat itself, as integers")
    try:
        return issuer.issue(claims["sun"], lifespan=exp - iat, now=iat)
    except TypeError as error:
        raise WrongType(str(error)) from None
