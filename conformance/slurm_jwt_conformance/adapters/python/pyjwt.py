"""PyJWT, as https://pyjwt.readthedocs.io/en/stable/usage.html and its API reference show.

careful: the algorithm pinned, the three claims that Slurm requires, no leeway, short keys refused.
defaults: the first example of the page, which pins the algorithm too.
"""

from __future__ import annotations

from typing import Any

from jwt import PyJWKSet, PyJWT, PyJWTError, get_unverified_header
from jwt.exceptions import InvalidKeyError

LIBRARY = "PyJWT"
FAMILY = (PyJWTError,)
CLOCK = "patched"
NO_WAY = ("header.types", "sun.string", "sun.empty")  # of the header it knows alg, kid, crit and b64
NOT_CHECKED = {
    "careful": NO_WAY,
    "defaults": (*NO_WAY, "key.length", "jwks.modulus", "sun.required", "iat.required", "exp.required"),
}
PLAIN = PyJWT()
STRICT = PyJWT({"enforce_minimum_key_length": True})
REQUIRED: Any = {"require": ["exp", "iat", "sun"]}


def verify(token: bytes, key: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that PyJWT accepts."""
    del now  # PyJWT reads the clock
    if configuration == "defaults":
        return PLAIN.decode(token, key, algorithms=["HS256"])
    return STRICT.decode(token, key, algorithms=["HS256"], leeway=0, options=REQUIRED)


def verify_jwks(token: bytes, jwks: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that PyJWT accepts with the key of the set that has its kid.

    The key is selected as PyJWKClient selects it, which fetches the set.
    """
    del now  # PyJWT reads the clock
    kid = get_unverified_header(token).get("kid")
    found = [key for key in PyJWKSet.from_json(jwks.decode()) if key.key_id and key.key_id == kid]
    key = next((key for key in found if key.public_key_use in {"sig", None}), None)
    if key is None:
        raise InvalidKeyError("no key of the set has the kid of the token")
    if configuration == "defaults":
        return PLAIN.decode(token, key, algorithms=["RS256"])
    return STRICT.decode(token, key, algorithms=["RS256"], leeway=0, options=REQUIRED)


def issue(claims: dict[str, Any], key: bytes, configuration: str) -> str:
    """Sign the claims."""
    library = PLAIN if configuration == "defaults" else STRICT
    return library.encode(claims, key, algorithm="HS256")


def issue_rs256(claims: dict[str, Any], pem: bytes, kid: str, configuration: str) -> str:
    """Sign the claims with an RSA key."""
    library = PLAIN if configuration == "defaults" else STRICT
    return library.encode(claims, pem, algorithm="RS256", headers={"kid": kid})
