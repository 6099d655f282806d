"""The project's own Verifier and Issuer, behind the same adapter protocol as every library."""

from __future__ import annotations

from typing import Any

from slurm_jwt import Issuer, Refused, Verifier


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
    claims = Verifier(key).verify(token, now=now)
    return {"exp": claims.exp, "iat": claims.iat, "sun": claims.sun}


def issue(claims: dict[str, Any], key: bytes, configuration: str) -> str:
    """Make the token that scontrol would have made at iat with a lifespan of exp - iat."""
    del configuration  # there is one
    if set(claims) != {"exp", "iat", "sun"}:
        raise Unsupported("the Issuer takes a user, a lifespan and a time, no other claims")
    exp, iat = claims["exp"], claims["iat"]
    if type(exp) is not int or type(iat) is not int:
        raise Unsupported("the Issuer makes exp and iat itself, as integers")
    issuer = Issuer(key)
    try:
        return issuer.issue(claims["sun"], lifespan=exp - iat, now=iat)
    except TypeError as error:
        raise WrongType(str(error)) from None
