"""jwcrypto, as https://jwcrypto.readthedocs.io/en/latest/jwt.html shows.

careful: HS256 alone, compact JWS alone, no leeway. The library checks exp and nbf only where no claim
is required by name, and claims by name only otherwise; a careful user asks it both.
defaults: the page's example. It takes a leeway of 60 seconds, and hands over as claims any text that is
signed, JSON or not.
"""

from __future__ import annotations

import base64
import inspect
import json
from typing import Any

from jwcrypto.common import JWException
from jwcrypto.jwk import JWK, JWKSet
from jwcrypto.jwt import JWT

LIBRARY = "jwcrypto"
FAMILY = (JWException, ValueError)  # JWT.deserialize() names ValueError among what it raises
CLOCK = "patched"
TEXT_ONLY = True
NO_WAY = ("header.types", "sun.string", "sun.empty", "jwks.modulus")
REQUIRED_ALONE = ("sun.required", "iat.required", "exp.required")
NOT_CHECKED = {
    "careful": NO_WAY,
    "defaults": (*NO_WAY, "alg.hs256", "alg.allowed", "claims.json", "claims.object", *REQUIRED_ALONE),
}
REQUIRED = {"exp": None, "iat": None, "sun": None}
OPTIONS: dict[str, Any] = {"expected_type": "JWS"}
if "strict_serialization" in inspect.signature(JWT).parameters:  # older releases have none
    OPTIONS["strict_serialization"] = True


def verify(token: str, key: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that jwcrypto accepts."""
    del now  # jwcrypto reads the clock
    return read(token, key_of(key), "HS256", configuration)


def verify_jwks(token: str, jwks: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that jwcrypto accepts with a key set."""
    del now  # jwcrypto reads the clock
    return read(token, JWKSet.from_json(jwks), "RS256", configuration)


def read(token: str, key: JWK | JWKSet, algorithm: str, configuration: str) -> dict[str, Any]:
    """Return the claims; only a careful user names the algorithm and the claims."""
    if configuration == "defaults":
        return claims_of(JWT(jwt=token, key=key))
    options = {**OPTIONS, "algs": [algorithm]}
    JWT(jwt=token, key=key, check_claims=REQUIRED, **options)
    timely = JWT(**options)
    timely.leeway = 0
    timely.deserialize(token, key)
    return claims_of(timely)


def issue(claims: dict[str, Any], key: bytes, configuration: str) -> str:
    """Sign the claims."""
    return signed(claims, key_of(key), {"alg": "HS256", "typ": "JWT"}, configuration)


def issue_rs256(claims: dict[str, Any], pem: bytes, kid: str, configuration: str) -> str:
    """Sign the claims with an RSA key."""
    return signed(claims, JWK.from_pem(pem), {"alg": "RS256", "kid": kid, "typ": "JWT"}, configuration)


def signed(claims: dict[str, Any], key: JWK, header: dict[str, str], configuration: str) -> str:
    """Make the token; only a careful user names the algorithm."""
    token = JWT(header=header, claims=claims, algs=None if configuration == "defaults" else [header["alg"]])
    token.make_signed_token(key)
    return str(token.serialize())


def key_of(key: bytes) -> JWK:
    """Wrap the bytes as a JWK of type oct, whose member k is base64url."""
    return JWK(kty="oct", k=base64.urlsafe_b64encode(key).rstrip(b"=").decode())


def claims_of(token: JWT) -> dict[str, Any]:
    """Read the claims, which jwcrypto keeps as text; whether that is JSON is for the library to say."""
    try:
        claims = json.loads(token.claims)
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
