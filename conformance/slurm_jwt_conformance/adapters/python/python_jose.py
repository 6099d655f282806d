"""python-jose, as https://python-jose.readthedocs.io/en/latest/jwt/api.html shows.

careful: the algorithm pinned, the three claims that Slurm requires, no leeway. An option require_X is
there for each registered claim; the library takes it for any claim, sun too.
defaults: the README's example, which pins the algorithm too.
"""

from __future__ import annotations

import json
from typing import Any

from jose import jwt
from jose.exceptions import JOSEError

LIBRARY = "python-jose"
FAMILY = (JOSEError,)
CLOCK = "patched"
TEXT_ONLY = True
NO_WAY = ("header.types", "b64.absent", "sun.string", "sun.empty", "kid.required", "kid.known")
NOT_CHECKED = {
    "careful": NO_WAY,
    "defaults": (*NO_WAY, "sun.required", "iat.required", "exp.required"),
}
REQUIRED = {"require_exp": True, "require_iat": True, "require_sun": True, "leeway": 0}


def verify(token: str, key: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that python-jose accepts."""
    del now  # python-jose reads the clock
    options = None if configuration == "defaults" else dict(REQUIRED)
    return jwt.decode(token, key, algorithms=["HS256"], options=options)


def verify_jwks(token: str, jwks: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that python-jose accepts with any key of the set: it does not read kid."""
    del now  # python-jose reads the clock
    options = None if configuration == "defaults" else dict(REQUIRED)
    return jwt.decode(token, json.loads(jwks), algorithms=["RS256"], options=options)


def issue(claims: dict[str, Any], key: bytes, configuration: str) -> str:
    """Sign the claims; there is nothing to configure."""
    del configuration
    return jwt.encode(claims, key, algorithm="HS256")


def issue_rs256(claims: dict[str, Any], pem: bytes, kid: str, configuration: str) -> str:
    """Sign the claims with an RSA key; there is nothing to configure."""
    del configuration
    return jwt.encode(claims, pem.decode(), algorithm="RS256", headers={"kid": kid})
