"""The claims that most issuers write, read fast: in the form of scontrol, or in any order and with spaces."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from slurm_jwt.strict.accepted import Claims
from slurm_jwt.strict.base64url import canonical
from slurm_jwt.strict.claims import is_portable_name
from slurm_jwt.strict.expected import NOTHING
from slurm_jwt.strict.json_text import MAX_EXACT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt.strict.expected import Expected

_USUAL_START = b'{"exp":'
_MOST_USUAL = 225
_BACKSLASH = 0x5C  # to look for a number takes a third of the time
_EXACT = msgspec.Meta(ge=-MAX_EXACT, le=MAX_EXACT)


def _value(levels: int) -> Any:  # noqa: ANN401 - a type
    """Return the type of JSON values of at most so many levels, with numbers that all software reads."""
    scalar = Annotated[int, _EXACT] | Annotated[float, _EXACT] | str | bool | None
    inner = _value(levels - 1) if levels else None
    return scalar | list[inner] | dict[str, inner] if levels else scalar  # type: ignore[valid-type]


_read = msgspec.json.Decoder(Claims).decode
_read_any = msgspec.json.Decoder(dict[str, _value(6)]).decode  # type: ignore[misc]  # a type made at run time
_write = msgspec.json.Encoder().encode


def read_claims(payload: bytes, at: float, required: Expected = NOTHING) -> Claims | None:
    """Return the claims of a payload, given as base64url, if they are plain JSON, valid and what is required.

    at: the moment to judge at, in seconds since 1970. Other claims, which give None, may be valid too.
    """
    raw = canonical(payload)
    if raw is None:
        return None
    claims = None
    if required.audiences is None and len(raw) <= _MOST_USUAL and raw.startswith(_USUAL_START):
        claims = _usual(raw, at)
    claims = claims or _plain(raw, at, required.audiences)
    return claims if claims and (required is NOTHING or _fits(claims, required)) else None


def _usual(raw: bytes, at: float) -> Claims | None:
    """Read the claims of scontrol, golang-jwt and PyJWT: few, in alphabetical order, without spaces."""
    # What the payload says is written again as the usual issuers write it, and must come out the
    # same to the last bit: no odd spelling or duplicate name gets past.
    try:
        claims = _read(raw)
    except msgspec.MsgspecError:
        return None
    if (
        _write(claims) == raw
        and at < claims.exp <= MAX_EXACT
        and 0 <= claims.iat <= at
        and (claims.nbf is None or 0 <= claims.nbf <= at)
        and _is_name(claims.sun)
    ):
        return claims
    return None


def _plain(raw: bytes, at: float, audiences: frozenset[str] | None) -> Claims | None:
    """Read claims in any order and with spaces, but without escapes and deep nesting."""
    if _BACKSLASH in raw:
        return None
    try:
        members = _read_any(raw)
    except msgspec.MsgspecError:
        return None
    # A name that comes twice is written once, and takes a colon with it; without escapes no other colon goes.
    again = _write(members)
    if again != raw and again.count(b":") != raw.count(b":"):
        return None
    return _claims(members, at, audiences)


def _claims(members: dict[str, Any], at: float, audiences: frozenset[str] | None) -> Claims | None:
    """Make claims of plain members, which are used up, if they break no rule."""
    if "aud" in members if audiences is None else not _names_audience(members, audiences):
        return None
    take = members.pop
    exp, iat, sun = take("exp", None), take("iat", None), take("sun", None)
    nbf = iss = jti = None
    flaw = not (type(exp) is type(iat) is int and iat <= at < exp and type(sun) is str and _is_name(sun))
    if "nbf" in members:
        nbf = take("nbf")
        flaw |= type(nbf) is not int or nbf > at
    if "iss" in members:
        iss = take("iss")
        flaw |= type(iss) is not str
    if "jti" in members:
        jti = take("jti")
        flaw |= type(jti) is not str
    if flaw or type(members.get("sub", "")) is not str:
        return None
    further = MappingProxyType(members) if members else None
    return Claims(exp=exp, iat=iat, iss=iss, jti=jti, nbf=nbf, sun=sun, _further=further)


def _is_name(name: str) -> bool:
    """Return whether a name is portable; most are of letters and digits alone."""
    return (name.isascii() and name.isalnum()) or is_portable_name(name) is not None


def _names_audience(members: Mapping[str, Any], audiences: frozenset[str]) -> bool:
    aud = members.get("aud")
    names = aud if type(aud) is list else [aud]
    return all(type(name) is str for name in names) and not audiences.isdisjoint(names)


def _fits(claims: Claims, required: Expected) -> bool:
    """Return whether valid claims are what the caller requires of iss and of the lifetime."""
    return required.issuer in (None, claims.iss) and (
        required.max_lifetime is None or claims.exp - claims.iat <= required.max_lifetime
    )
