"""The start of every case with a JWKS: an RS256 token of a published key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from slurm_jwt_vectors import rsa
from slurm_jwt_vectors.build import CLAIMS, Token, token

if TYPE_CHECKING:
    from collections.abc import Mapping

from dataclasses import replace

PLAIN = "rs256.plain"
"""Id of the case whose token is `rs256()` unchanged."""


def header(**members: object) -> dict[str, object]:
    """Return the header of an OpenID provider with members changed, added, or left out (`...`)."""
    usual = {"alg": "RS256", "typ": "JWT", "kid": "one"}
    return {name: value for name, value in {**usual, **members}.items() if value is not ...}


def rs256(
    *,
    claims: Mapping[str, object] | bytes = CLAIMS,
    signer: str = "one",
    jwks: str = "two",
    raw_header: bytes | None = None,
    **members: object,
) -> Token:
    """Start from alice's token under key one of the JWKS `two`; members are those of the header."""
    start = token(header=raw_header or header(**members), claims=claims)
    return with_jwks(start, jwks).signed_as(partial(rsa.signature, signer))


def with_jwks(start: Token, jwks: str = "two") -> Token:
    """Give the verifier of a token a JWKS beside its key."""
    return replace(start, jwks=jwks, base=PLAIN)
