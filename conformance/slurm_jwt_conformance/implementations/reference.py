"""The project's own Verifier and Issuer, behind the same contract as everybody else."""

from __future__ import annotations

from typing import Any

from slurm_jwt import Issuer, Refused, Verifier

LIBRARY = "slurm-jwt-conformance"
FAMILY = (Refused,)
CLOCK = "argument"
CONFIGURATIONS = ("",)
NOT_CHECKED: dict[str, tuple[str, ...]] = {"": ()}


class Unsupported(Exception):
    """The Issuer makes tokens as scontrol does: exp, iat and sun alone."""


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
    return Issuer(key).issue(claims["sun"], lifespan=claims["exp"] - claims["iat"], now=claims["iat"])
