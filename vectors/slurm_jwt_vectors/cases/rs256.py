"""RS256 tokens and the JWKS, for Slurm's later page, which allows both algorithms."""

from __future__ import annotations

from slurm_jwt_vectors.build import Judged
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.rs256 import rs256
from slurm_jwt_vectors.sources import LATER_ALG, LATER_JWKS, jwa, jws

_RS256 = (LATER_ALG, jwa("3.3"))
_KID = (LATER_JWKS, jws("4.1.4"))


@case
def plain() -> Judged:
    """RS256 with the kid of a key of the JWKS, as OpenID providers issue it."""
    return rs256().valid(sources=_RS256)


@case
def second_key() -> Judged:
    """The kid of the second key, and its signature."""
    return rs256(kid="two", signer="two").valid(sources=_KID)


@case
def kid_unknown() -> Judged:
    """The kid of a key that the JWKS does not have, and that key's signature."""
    return rs256(kid="large", signer="large").invalid("kid.known", sources=_KID)


@case
def other_key() -> Judged:
    """The kid of key one, and the signature of key two."""
    return rs256(signer="two").invalid("signature.match", sources=_RS256)


@case
def no_kid() -> Judged:
    """No kid: RFC 7515 makes it optional, and Slurm's plugin needs it."""
    why = "RFC 7515 4.1.4 makes kid optional; Slurm's plugin finds a key only by kid."
    return rs256(kid=...).either(why, "kid.required", sources=_KID)
