"""A second judgement of a token by the documented rules, written from their texts: the oracle of a campaign.

It uses only Python's json, base64 and hmac, and nothing of the reference, so that a mistake there is not
repeated here. It is slow, and it does not say which rule is broken.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from typing import Any

MOST_BYTES = 131_072
MOST_LEVELS = 64
EXACT = 2**53 - 1
STRINGS = ("typ", "cty", "kid", "jku", "x5u", "x5t", "x5t#S256")
RFC_7515 = {"alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit"}


class Broken(Exception):
    """The token breaks a rule of level error."""


class _Number(float):
    """A number with a fraction or an exponent."""


def judge(token: bytes, key: bytes, now: int) -> str:
    """Return "valid", "either" (only choices of the documents are against the token) or "invalid".

    A token that is too long to be read is "either".
    """
    if len(token) > MOST_BYTES:
        return "either"
    try:
        doubts = _judged(token, key, now)
    except Broken:
        return "invalid"
    return "either" if doubts else "valid"


def _judged(token: bytes, key: bytes, now: int) -> bool:
    parts = token.split(b".")
    _demand(len(parts) == 3 and all(re.fullmatch(rb"[A-Za-z0-9_-]*", part) for part in parts))
    _demand(all(len(part) % 4 != 1 for part in parts))
    header, payload, signature = (base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)) for part in parts)
    loose = any(
        base64.urlsafe_b64encode(raw).rstrip(b"=") != part
        for raw, part in zip((header, payload, signature), parts, strict=True)
    )
    _demand(signature == hmac.digest(key, parts[0] + b"." + parts[1], "sha256"))
    members, odd_header = _read(header)
    claims, odd_claims = _read(payload)
    return loose | odd_header | odd_claims | _header(members) | _claims(claims) | _times(claims, now)


def _demand(kept: object) -> None:
    if not kept:
        raise Broken


def _read(raw: bytes) -> tuple[dict[str, Any], bool]:
    """Return a JSON object, and whether RFC 8259 or 7519 advise against the way it is written."""
    odd: list[bool] = []

    def integer(digits: str) -> int:
        odd.append(len(digits) > 300 or abs(int(digits)) > EXACT)
        return int(digits[:300])

    def fraction(digits: str) -> float:
        odd.append(abs(float(digits)) == float("inf"))
        return _Number(digits)

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        last.append(len(dict(members)) < len(members))
        return dict(members)

    last: list[bool] = []  # the outermost object's names come last
    try:
        text = raw.decode("utf-8")
        odd.append(text.startswith("\ufeff"))
        value = json.loads(
            text.removeprefix("\ufeff"), parse_int=integer, parse_float=fraction, parse_constant=_refuse,
            object_pairs_hook=pairs,
        )  # fmt: skip
    except ValueError:
        raise Broken from None
    _demand(isinstance(value, dict))
    return value, any(odd) or last[-1] or _levels(value) > MOST_LEVELS or _has_surrogate(value)


def _refuse(_: str) -> None:
    raise ValueError


def _levels(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_levels, inner), default=0)


def _has_surrogate(value: object) -> bool:
    if isinstance(value, str):
        return re.search("[\ud800-\udfff]", value) is not None
    if isinstance(value, dict):
        return any(_has_surrogate(name) or _has_surrogate(each) for name, each in value.items())
    return isinstance(value, list) and any(map(_has_surrogate, value))


def _header(header: dict[str, Any]) -> bool:
    _demand(header.get("alg") == "HS256" and header.get("b64", True) is True)
    _demand(all(isinstance(header.get(name, ""), str) for name in STRINGS))
    _demand(isinstance(header.get("jwk", {}), dict) and _is_texts(header.get("x5c", [])))
    crit = header.get("crit")
    names = [name for name in crit if isinstance(name, str)] if isinstance(crit, list) else []
    _demand(set(names) <= RFC_7515)
    return "crit" in header or "enc" in header or "cty" in header or header.get("typ", "JWT") != "JWT"


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _claims(claims: dict[str, Any]) -> bool:
    _demand(all(isinstance(claims.get(name, ""), str) for name in ("iss", "sub", "jti")))
    aud, sun = claims.get("aud", ""), claims.get("sun")
    _demand(isinstance(aud, str) or _is_texts(aud))
    _demand(isinstance(sun, str) and sun)
    _demand(
        _is_number(claims.get("iat")) and _is_number(claims.get("exp")) and _is_number(claims.get("nbf", 0))
    )
    written = any(isinstance(claims[name], _Number) for name in ("iat", "exp"))
    return written or "aud" in claims or not re.fullmatch(r"(?!-)[A-Za-z0-9._-]+", str(sun))


def _times(claims: dict[str, Any], now: int) -> bool:
    _demand(now < claims["exp"] and ("nbf" not in claims or claims["nbf"] <= now))
    return bool(claims["iat"] > now)
