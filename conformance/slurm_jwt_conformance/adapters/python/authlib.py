"""Authlib's authlib.jose, as https://docs.authlib.org/en/latest/jose/jwt.html shows.

careful: an instance of HS256 alone, the three claims that Slurm requires as essential ones, and the
claims validated, without leeway.
defaults: jwt.decode() alone; the page says that it translates and that validation is a second step.
"""

from __future__ import annotations

import json
import warnings
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # authlib.jose says that it is deprecated; many still use it
    from authlib.jose import JsonWebKey, JsonWebToken, jwt
    from authlib.jose.errors import JoseError

LIBRARY = "Authlib"
FAMILY = (JoseError,)
CLOCK = "argument"
NO_WAY = ("header.types", "b64.absent", "claims.types", "aud.form", "sun.string", "jwks.modulus")
REQUIRED_ALONE = ("sun.required", "sun.empty", "iat.required", "exp.required")
VALIDATED_ALONE = ("iat.number", "exp.number", "nbf.number", "exp.unexpired", "nbf.reached")
NOT_CHECKED = {
    "careful": NO_WAY,
    "defaults": (*NO_WAY, "alg.hs256", "alg.allowed", *REQUIRED_ALONE, *VALIDATED_ALONE),
}
STRICT = JsonWebToken(["HS256"])
STRICT_RS256 = JsonWebToken(["RS256"])
REQUIRED = {name: {"essential": True} for name in ("exp", "iat", "sun")}


def verify(token: bytes, key: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that Authlib accepts."""
    return claims_of(token, key, now, jwt if configuration == "defaults" else STRICT)


def verify_jwks(token: bytes, jwks: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that Authlib accepts with a key set."""
    keys = JsonWebKey.import_key_set(json.loads(jwks))
    return claims_of(token, keys, now, jwt if configuration == "defaults" else STRICT_RS256)


def claims_of(token: bytes, key: object, now: int, library: JsonWebToken) -> dict[str, Any]:
    """Return the claims; only a careful user validates them."""
    if library is jwt:
        return dict(library.decode(token, key))
    claims = library.decode(token, key, claims_options=REQUIRED)
    claims.validate(now=now, leeway=0)
    return dict(claims)


def issue(claims: dict[str, Any], key: bytes, configuration: str) -> str:
    """Sign the claims."""
    library = jwt if configuration == "defaults" else STRICT
    return str(library.encode({"alg": "HS256"}, claims, key), "ascii")


def issue_rs256(claims: dict[str, Any], pem: bytes, kid: str, configuration: str) -> str:
    """Sign the claims with an RSA key."""
    library = jwt if configuration == "defaults" else STRICT_RS256
    return str(library.encode({"alg": "RS256", "kid": kid}, claims, pem), "ascii")
