"""Gehirn's jwt, as https://github.com/GehirnInc/python-jwt shows and SchedMD's samples use it.

careful: the algorithm pinned and the time checked. The library has no option to require a claim.
defaults: the README's example, which pins no algorithm.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from jwt import JWT, jwk_from_dict, jwk_from_pem  # type: ignore[attr-defined]  # mypy sees the jwt of PyJWT
from jwt.exceptions import JWTDecodeError, JWTException  # type: ignore[attr-defined]  # likewise
from jwt.jwkset import JWKSet  # type: ignore[import-not-found]  # likewise

LIBRARY = "jwt"
FAMILY = (JWTException,)
CLOCK = "patched"
TEXT_ONLY = True
SUN = ("sun.required", "sun.string", "sun.empty")
TYPES = ("header.types", "claims.types", "aud.form", "iat.number")  # of the claims it reads exp and nbf
NO_WAY = (*SUN, *TYPES, "b64.absent", "iat.required", "exp.required", "jwks.modulus")
NOT_CHECKED = {"careful": NO_WAY, "defaults": (*NO_WAY, "alg.hs256", "alg.allowed")}
GEHIRN: Any = JWT()


def verify(token: str, key: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that Gehirn's jwt accepts."""
    del now  # it reads the clock
    return claims_of(token, key_of(key), "HS256", configuration)


def verify_jwks(token: str, jwks: bytes, now: int, configuration: str) -> dict[str, Any]:
    """Return the claims of a token that Gehirn's jwt accepts with the key of the set that has its kid.

    The library does not read kid: its user does.
    """
    del now  # it reads the clock
    header = token.partition(".")[0]
    read = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    kid = read.get("kid") if isinstance(read, dict) else None
    keys = JWKSet.from_dict(json.loads(jwks)).filter_keys(kid=kid, kty="RSA") if kid else []
    if not keys:
        raise JWTDecodeError("no key of the set has the kid of the token")
    return claims_of(token, keys[0], "RS256", configuration)


def claims_of(token: str, key: object, algorithm: str, configuration: str) -> dict[str, Any]:
    """Return the claims; only a careful user names the algorithm."""
    algorithms = None if configuration == "defaults" else {algorithm}
    claims: dict[str, Any] = GEHIRN.decode(token, key, do_time_check=True, algorithms=algorithms)
    return claims


def issue(claims: dict[str, Any], key: bytes, configuration: str) -> str:
    """Sign the claims; there is nothing to configure."""
    del configuration
    return str(GEHIRN.encode(claims, key_of(key), alg="HS256"))


def issue_rs256(claims: dict[str, Any], pem: bytes, kid: str, configuration: str) -> str:
    """Sign the claims with an RSA key; there is nothing to configure."""
    del configuration
    return str(GEHIRN.encode(claims, jwk_from_pem(pem), alg="RS256", optional_headers={"kid": kid}))


def key_of(key: bytes) -> object:
    """Wrap the bytes as a JWK of type oct, whose member k is base64url."""
    return jwk_from_dict({"kty": "oct", "k": base64.urlsafe_b64encode(key).rstrip(b"=").decode()})
