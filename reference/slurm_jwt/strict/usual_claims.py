"""The claims that most issuers write, read fast: in the form of scontrol, or in any order and with spaces."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from typing import TYPE_CHECKING, Any

import msgspec

from slurm_jwt.strict.accepted import Claims, claims_of
from slurm_jwt.strict.claims import is_portable_name
from slurm_jwt.strict.json_text import MAX_DEPTH, MAX_EXACT

if TYPE_CHECKING:
    from collections.abc import Mapping

# From base64url to base64. What is base64 but not base64url becomes NUL, which is neither.
_TO_STANDARD = bytes.maketrans(b"-_+/", b"+/\0\0")
# All digits and the sign of an exponent as 0: 16 in a row may be inexact, 3 in an exponent too large.
_SHAPE = bytes.maketrans(b"123456789E+", b"000000000e0")
_read = msgspec.json.Decoder(Claims).decode
_read_any = msgspec.json.Decoder(dict[str, Any]).decode
_write = msgspec.json.Encoder().encode


def read_claims(payload: bytes, at: float) -> Claims | None:
    """Return the claims of a payload of the usual form, given as base64url, if they are valid."""
    # What the payload says is written again as the usual issuers write it, and must come out the
    # same to the last bit: no odd spelling, duplicate name or loose bit gets past.
    text = payload.translate(_TO_STANDARD)
    try:
        raw = a2b_base64(text + b"==")
        claims = _read(raw)
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


def read_other_claims(payload: bytes, at: float) -> Claims | None:
    """Return the claims of a payload, given as base64url, if they are plain JSON without aud and valid."""
    text = payload.translate(_TO_STANDARD)
    try:
        raw = a2b_base64(text + b"==")
        if b2a_base64(raw).rstrip(b"=\n") != text or not _is_plain(raw):
            return None
        members = _read_any(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    # A name that comes twice is written once, and takes a colon with it; without escapes no other colon goes.
    if _write(members).count(b":") != raw.count(b":") or not _is_valid(members, at):
        return None
    return claims_of(members)


def _is_plain(raw: bytes) -> bool:
    """Return whether a JSON text has no escape, no deep nesting and no number that may be inexact."""
    if b"\\" in raw or raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        return False
    shape = raw.translate(_SHAPE)
    return b"0000000000000000" not in shape and b"e000" not in shape


def _is_valid(members: Mapping[str, Any], at: float) -> bool:
    """Return whether claims without aud break no rule; they may break none and be refused here."""
    exp, iat, nbf = members.get("exp"), members.get("iat"), members.get("nbf", 0)
    sun = members.get("sun")
    return (
        type(exp) is type(iat) is type(nbf) is int
        and type(sun) is str
        and iat <= at < exp
        and nbf <= at
        and "aud" not in members
        and type(members.get("iss", ""))
        is type(members.get("sub", ""))
        is type(members.get("jti", ""))
        is str
        and is_portable_name(sun) is not None
    )
