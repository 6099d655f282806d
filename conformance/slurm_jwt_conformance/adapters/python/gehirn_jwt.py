"""Gehirn's jwt, as https://github.com/GehirnInc/python-jwt shows and SchedMD's samples use it.

careful: the algorithm pinned and the time checked. The library has no option to require a claim.
defaults: the README's example, which pins no algorithm.
"""

from __future__ import annotations

import base64
from typing import Any

from jwt import JWT, jwk_from_dict  # type: ignore[attr-defined]  # not the jwt of PyJWT that mypy sees
from jwt.exceptions import JWTException  # type: ignore[attr-defined]  # likewise

LIBRARY = "jwt"
FAMILY = (JWTException,)
CLOCK = "patched"
TEXT_ONLY = True
SUN = ("sun.required", "sun.string", "sun.empty")
TYPES = ("header.types", "claims.types", "aud.form", "iat.number")  # of the claims it reads exp and nbf
NO_WAY = (*SUN, *TYPES, "b64.absent", "iat.required", "exp.required")
NOT_CHECKED = {"careful": NO_WAY, "defaults": (*NO_WAY, "alg.hs256")}
GEHIRN: Any = JWT()


def verify(token: str, key: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that Gehirn's jwt accepts."""
    del now  # it reads the clock
    algorithms = None if configuration == "defaults" else {"HS256"}
    claims: dict[str, Any] = GEHIRN.decode(token, key_of(key), do_time_check=True, algorithms=algorithms)
    return claims


def issue(claims: dict[str, Any], key: bytes, configuration: str) -> str:
    """Sign the claims; there is nothing to configure."""
    del configuration
    return str(GEHIRN.encode(claims, key_of(key), alg="HS256"))


def key_of(key: bytes) -> object:
    """Wrap the bytes as a JWK of type oct, whose member k is base64url."""
    return jwk_from_dict({"kty": "oct", "k": base64.urlsafe_b64encode(key).rstrip(b"=").decode()})
