"""joserfc, as https://jose.authlib.org/en/guide/jwt/ shows.

careful: the algorithm pinned, the three claims that Slurm requires as essential ones, and the claims
validated, without leeway.
defaults: jwt.decode() alone; the page says that it checks no claims.
"""

from __future__ import annotations

import json
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey, RSAKey

LIBRARY = "joserfc"
FAMILY = (JoseError,)
CLOCK = "argument"
REQUIRED_ALONE = ("sun.required", "sun.empty", "iat.required", "exp.required")
TYPES = ("claims.types", "aud.form", "iat.number", "exp.number", "nbf.number")
NOT_CHECKED = {
    "careful": ("sun.string", "jwks.modulus"),  # it warns
    "defaults": ("sun.string", "jwks.modulus", *REQUIRED_ALONE, *TYPES, "exp.unexpired", "nbf.reached"),
}


def verify(token: bytes, key: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that joserfc accepts."""
    return claims_of(token, OctKey.import_key(key), "HS256", now, configuration)


def verify_jwks(token: bytes, jwks: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that joserfc accepts with a key set."""
    return claims_of(token, KeySet.import_key_set(json.loads(jwks)), "RS256", now, configuration)


def claims_of(
    token: bytes, key: OctKey | KeySet, algorithm: str, now: int, configuration: str
) -> dict[str, Any]:
    """Return the claims; only a careful user names the algorithm and validates the claims."""
    if configuration == "defaults":
        return jwt.decode(token, key).claims
    claims = jwt.decode(token, key, algorithms=[algorithm]).claims
    required = jwt.ClaimsOption(essential=True)
    jwt.JWTClaimsRegistry(now=now, leeway=0, exp=required, iat=required, sun=required).validate(claims)
    return claims


def issue(claims: dict[str, Any], key: bytes, configuration: str) -> str:
    """Sign the claims."""
    algorithms = None if configuration == "defaults" else ["HS256"]
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key), algorithms=algorithms)


def issue_rs256(claims: dict[str, Any], pem: bytes, kid: str, configuration: str) -> str:
    """Sign the claims with an RSA key."""
    algorithms = None if configuration == "defaults" else ["RS256"]
    return jwt.encode({"alg": "RS256", "kid": kid}, claims, RSAKey.import_key(pem), algorithms=algorithms)
