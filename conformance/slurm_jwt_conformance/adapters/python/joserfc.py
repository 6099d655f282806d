"""joserfc, as https://jose.authlib.org/en/guide/jwt/ shows.

careful: the algorithm pinned, the three claims that Slurm requires as essential ones, and the claims
validated, without leeway.
defaults: jwt.decode() alone; the page says that it checks no claims.
"""

from __future__ import annotations

from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

LIBRARY = "joserfc"
FAMILY = (JoseError,)
CLOCK = "argument"
REQUIRED_ALONE = ("sun.required", "sun.empty", "iat.required", "exp.required")
TYPES = ("claims.types", "aud.form", "iat.number", "exp.number", "nbf.number")
NOT_CHECKED = {
    "careful": ("sun.string",),
    "defaults": ("sun.string", *REQUIRED_ALONE, *TYPES, "exp.unexpired", "nbf.reached"),
}


def verify(token: bytes, key: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that joserfc accepts."""
    secret = OctKey.import_key(key)
    if configuration == "defaults":
        return jwt.decode(token, secret).claims
    claims = jwt.decode(token, secret, algorithms=["HS256"]).claims
    required = jwt.ClaimsOption(essential=True)
    jwt.JWTClaimsRegistry(now=now, leeway=0, exp=required, iat=required, sun=required).validate(claims)
    return claims


def issue(claims: dict[str, Any], key: bytes, configuration: str) -> str:
    """Sign the claims."""
    algorithms = None if configuration == "defaults" else ["HS256"]
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key), algorithms=algorithms)
