"""The claims of the usual form: what scontrol and most issuers of Slurm tokens write, read fast."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

import msgspec

from slurm_jwt.strict.accepted import Claims
from slurm_jwt.strict.claims import is_portable_name
from slurm_jwt.strict.json_text import MAX_EXACT

# From base64url to base64. What is base64 but not base64url becomes NUL, which is neither.
_TO_STANDARD = bytes.maketrans(b"-_+/", b"+/\0\0")
_read = msgspec.json.Decoder(Claims).decode
_write = msgspec.json.Encoder().encode


def read_claims(payload: bytes, at: float) -> Claims | None:
    """Return the claims of a payload of the usual form, given as base64url, if they are valid."""
    # What the payload says is written again as the usual issuers write it, and must come out the
    # same to the last bit: no odd spelling, duplicate name or loose bit gets past.
    text = payload.translate(_TO_STANDARD)
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
