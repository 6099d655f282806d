"""python-jose, as https://python-jose.readthedocs.io/en/latest/jwt/api.html shows.

careful: the algorithm pinned, the three claims that Slurm requires, no leeway. An option require_X is
there for each registered claim; the library takes it for any claim, sun too.
defaults: the README's example, which pins the algorithm too.
"""

from __future__ import annotations

import json
from typing import Any

from jose import jwt
from jose.exceptions import JOSEError, JWKError

LIBRARY = "python-jose"
FAMILY = (JOSEError,)
CLOCK = "patched"
TEXT_ONLY = True
NO_WAY = ("header.types", "b64.absent", "sun.string", "sun.empty", "jwks.modulus")
NOT_CHECKED = {
    "careful": NO_WAY,
    "defaults": (*NO_WAY, "kid.required", "kid.known", "sun.required", "iat.required", "exp.required"),
}
REQUIRED = {"require_exp": True, "require_iat": True, "require_sun": True, "leeway": 0}


def verify(token: str, key: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that python-jose accepts."""
    del now  # python-jose reads the clock
    options = None if configuration == "defaults" else dict(REQUIRED)
    return jwt.decode(token, key, algorithms=["HS256"], options=options)


def verify_jwks(token: str, jwks: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that python-jose accepts with a key of the set.

    The library tries all keys and does not read kid. A careful user gives it the keys with this kid.
    """
    del now  # python-jose reads the clock
    keys = json.loads(jwks)
    if configuration == "defaults":
        return jwt.decode(token, keys, algorithms=["RS256"])
    kid = jwt.get_unverified_header(token).get("kid")
    listed = keys.get("keys") if isinstance(keys, dict) else None
    if not kid or not isinstance(listed, list):
        raise JWKError("the token has no kid, or the document is not a set")
    found = [key for key in listed if isinstance(key, dict) and key.get("kid") == kid]
    if not found:
        raise JWKError("no key of the set has the kid of the token")
    return jwt.decode(token, {"keys": found}, algorithms=["RS256"], options=dict(REQUIRED))


def issue(claims: dict[str, Any], key: bytes, configuration: str) -> str:
    """Sign the claims; there is nothing to configure."""
    del configuration
    return jwt.encode(claims, key, algorithm="HS256")


def issue_rs256(claims: dict[str, Any], pem: bytes, kid: str, configuration: str) -> str:
    """Sign the claims with an RSA key; there is nothing to configure."""
    del configuration
    return jwt.encode(claims, pem.decode(), algorithm="RS256", headers={"kid": kid})
