"""The claims that most issuers write, read fast: in the form of scontrol, or in any order and with spaces."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from slurm_jwt.strict.accepted import Claims, claims_of
from slurm_jwt.strict.claims import is_portable_name
from slurm_jwt.strict.expected import NOTHING
from slurm_jwt.strict.json_text import MAX_EXACT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt.strict.expected import Expected

_USUAL_START = b"eyJleHAiO"  # {"exp":
_MOST_USUAL = 300
_EXACT = msgspec.Meta(ge=-MAX_EXACT, le=MAX_EXACT)


def _value(levels: int) -> Any:  # noqa: ANN401 - a type
    """Return the type of JSON values of at most so many levels, with numbers that all software reads."""
    scalar = Annotated[int, _EXACT] | Annotated[float, _EXACT] | str | bool | None
    inner = _value(levels - 1) if levels else None
    return scalar | list[inner] | dict[str, inner] if levels else scalar  # type: ignore[valid-type]


# From base64url to base64. What is base64 but not base64url becomes NUL, which is neither.
_TO_STANDARD = bytes.maketrans(b"-_+/", b"+/\0\0")
_read = msgspec.json.Decoder(Claims).decode
_read_any = msgspec.json.Decoder(dict[str, _value(6)]).decode  # type: ignore[misc]  # a type made at run time
_write = msgspec.json.Encoder().encode


def read_claims(payload: bytes, at: float, required: Expected = NOTHING) -> Claims | None:
    """Return the claims of a payload, given as base64url, if they are plain JSON, valid and what is required.

    at: the moment to judge at, in seconds since 1970. Other claims, which give None, may be valid too.
    """
    text = payload.translate(_TO_STANDARD)
    claims = _usual(text, at) if required.audiences is None else None
    claims = claims or _plain(text, at, required.audiences)
    return claims if claims and (required is NOTHING or _fits(claims, required)) else None


def read_usual_claims(payload: bytes, at: float) -> Claims | None:
    """Return the claims of a payload, given as base64url, if they are of the form of scontrol and valid."""
    return _usual(payload.translate(_TO_STANDARD), at)


def _usual(text: bytes, at: float) -> Claims | None:
    """Read the claims of scontrol, golang-jwt and PyJWT: few, in alphabetical order, without spaces."""
    if not text.startswith(_USUAL_START) or len(text) > _MOST_USUAL:
        return None
    # What the payload says is written again as the usual issuers write it, and must come out the
    # same to the last bit: no odd spelling, duplicate name or loose bit gets past.
    try:
        claims = _read(a2b_base64(text + b"=="))
    except (msgspec.MsgspecError, ValueError):
        return None
    if (
        b2a_base64(_write(claims)).rstrip(b"=\n") == text
        and at < claims.exp <= MAX_EXACT
        and 0 <= claims.iat <= at
        and (claims.nbf is None or 0 <= claims.nbf <= at)
        and ((claims.sun.isascii() and claims.sun.isalnum()) or is_portable_name(claims.sun))
    ):
        return claims
    return None


def _plain(text: bytes, at: float, audiences: frozenset[str] | None) -> Claims | None:
    """Read claims in any order and with spaces, but without escapes and deep nesting."""
    try:
        raw = a2b_base64(text + b"==")
        if b"\\" in raw or b2a_base64(raw).rstrip(b"=\n") != text:
            return None
        members = _read_any(raw)
    except (msgspec.MsgspecError, ValueError):
        return None
    # A name that comes twice is written once, and takes a colon with it; without escapes no other colon goes.
    if _write(members).count(b":") != raw.count(b":") or not _is_valid(members, at, audiences):
        return None
    return claims_of(members)


def _is_valid(members: Mapping[str, Any], at: float, audiences: frozenset[str] | None) -> bool:
    """Return whether plain claims break no rule. False may be wrong, True is not."""
    get = members.get
    exp, iat, nbf, sun = get("exp"), get("iat"), get("nbf", 0), get("sun")
    return (
        type(exp) is type(iat) is type(nbf) is int
        and iat <= at < exp
        and nbf <= at
        and type(sun) is type(get("iss", "")) is type(get("sub", "")) is type(get("jti", "")) is str
        and is_portable_name(sun) is not None
        and _names_audience(members, audiences)
    )


def _names_audience(members: Mapping[str, Any], audiences: frozenset[str] | None) -> bool:
    if audiences is None or "aud" not in members:
        return audiences is None and "aud" not in members
    aud = members["aud"]
    names = aud if type(aud) is list else [aud]
    return all(type(name) is str for name in names) and not audiences.isdisjoint(names)


def _fits(claims: Claims, required: Expected) -> bool:
    """Return whether valid claims are what the caller requires of iss and of the lifetime."""
    return required.issuer in (None, claims.iss) and (
        required.max_lifetime is None or claims.exp - claims.iat <= required.max_lifetime
    )
