"""PyJWT, as https://pyjwt.readthedocs.io/en/stable/usage.html and its API reference show.

careful: the algorithm pinned, the three claims that Slurm requires, no leeway, short keys refused.
defaults: the first example of the page, which pins the algorithm too.
"""

from __future__ import annotations

from typing import Any

from jwt import PyJWT, PyJWTError

LIBRARY = "PyJWT"
FAMILY = (PyJWTError,)
CLOCK = "patched"
NO_WAY = ("header.types", "sun.string", "sun.empty")  # of the header it knows alg, kid, crit and b64
NOT_CHECKED = {
    "careful": NO_WAY,
    "defaults": (*NO_WAY, "key.length", "sun.required", "iat.required", "exp.required"),
}
PLAIN = PyJWT()
STRICT = PyJWT({"enforce_minimum_key_length": True})


def verify(token: bytes, key: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that PyJWT accepts."""
    del now  # PyJWT reads the clock
    if configuration == "defaults":
        return PLAIN.decode(token, key, algorithms=["HS256"])
    return STRICT.decode(
        token, key, algorithms=["HS256"], leeway=0, options={"require": ["exp", "iat", "sun"]}
    )


def issue(claims: dict[str, Any], key: bytes, configuration: str) -> str:
    """Sign the claims."""
    library = PLAIN if configuration == "defaults" else STRICT
    return library.encode(claims, key, algorithm="HS256")
