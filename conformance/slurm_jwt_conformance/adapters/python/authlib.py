"""Authlib's authlib.jose, as https://docs.authlib.org/en/latest/jose/jwt.html shows.

careful: an instance of HS256 alone, the three claims that Slurm requires as essential ones, and the
claims validated, without leeway.
defaults: jwt.decode() alone; the page says that it translates and that validation is a second step.
"""

from __future__ import annotations

import warnings
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # authlib.jose says that it is deprecated; many still use it
    from authlib.jose import JsonWebToken, jwt
    from authlib.jose.errors import JoseError

LIBRARY = "Authlib"
FAMILY = (JoseError,)
CLOCK = "argument"
NO_WAY = ("header.types", "b64.absent", "claims.types", "aud.form", "sun.string")
REQUIRED_ALONE = ("sun.required", "sun.empty", "iat.required", "exp.required")
VALIDATED_ALONE = ("iat.number", "exp.number", "nbf.number", "exp.unexpired", "nbf.reached")
NOT_CHECKED = {
    "careful": NO_WAY,
    "defaults": (*NO_WAY, "alg.hs256", *REQUIRED_ALONE, *VALIDATED_ALONE),
}
STRICT = JsonWebToken(["HS256"])
REQUIRED = {name: {"essential": True} for name in ("exp", "iat", "sun")}


def verify(token: bytes, key: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that Authlib accepts."""
    if configuration == "defaults":
        return dict(jwt.decode(token, key))
    claims = STRICT.decode(token, key, claims_options=REQUIRED)
    claims.validate(now=now, leeway=0)
    return dict(claims)


def issue(claims: dict[str, Any], key: bytes, configuration: str) -> str:
    """Sign the claims."""
    library = jwt if configuration == "defaults" else STRICT
    return str(library.encode({"alg": "HS256"}, claims, key), "ascii")
