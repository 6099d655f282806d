"""PyJWT, as https://pyjwt.readthedocs.io/en/stable/usage.html tells.

careful: the algorithm pinned, the three claims Slurm requires, no leeway, short keys refused.
defaults: the page's first example, which pins the algorithm too.
"""

from __future__ import annotations

import jwt

LIBRARY = "PyJWT"
FAMILY = (jwt.PyJWTError,)
CLOCK = "patched"
CONFIGURATIONS = ("careful", "defaults")
NOT_CHECKED = {
    "careful": ("sun.string", "sun.empty"),
    "defaults": ("key.length", "sun.required", "sun.string", "sun.empty", "iat.required", "exp.required"),
}
STRICT = jwt.PyJWT({"enforce_minimum_key_length": True})


def verify(token: bytes, key: bytes, now: int, configuration: str) -> dict[str, object]:
    """Return the claims of a token that PyJWT accepts."""
    del now  # PyJWT reads the clock
    if configuration == "defaults":
        return jwt.decode(token, key, algorithms=["HS256"])
    return STRICT.decode(
        token, key, algorithms=["HS256"], leeway=0, options={"require": ["exp", "iat", "sun"]}
    )


def issue(claims: dict[str, object], key: bytes, configuration: str) -> str:
    """Sign the claims."""
    encode = jwt.encode if configuration == "defaults" else STRICT.encode
    return encode(claims, key, algorithm="HS256")
