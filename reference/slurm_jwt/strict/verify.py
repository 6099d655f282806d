"""The Verifier: accept a token or refuse it, fast and strictly."""

from __future__ import annotations

import time
from binascii import a2b_base64, b2a_base64
from hmac import compare_digest
from typing import TYPE_CHECKING

import msgspec

from slurm_jwt.strict.accepted import Claims, claims_of
from slurm_jwt.strict.claims import is_portable_name
from slurm_jwt.strict.errors import Refused
from slurm_jwt.strict.examination import as_bytes, examine_bytes, moment
from slurm_jwt.strict.json_text import MAX_EXACT
from slurm_jwt.strict.jws import MAX_TOKEN_BYTES, USUAL_START, signer
from slurm_jwt.strict.keys import examine_key, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable

_START_LENGTH = len(USUAL_START)
# From base64url to base64. What is base64 but not base64url becomes NUL, which is neither.
_TO_STANDARD = bytes.maketrans(b"-_+/", b"+/\0\0")
_read = msgspec.json.Decoder(Claims).decode
_write = msgspec.json.Encoder().encode


class Verifier:
    """Verifies tokens under one key, for as long as it lives and from any thread.

    A TypeError says that the key is not bytes, Refused that it is empty or shorter
    than the 32 bytes of RFC 7518 3.2. The object holds no copy of the key.
    """

    __slots__ = ("_sign", "fingerprint")

    def __init__(self, key: bytes) -> None:
        flaw = examine_key(key)
        if flaw:
            raise Refused(flaw)
        self._sign = signer(key)
        self.fingerprint = fingerprint(key)

    def __repr__(self) -> str:
        return f"Verifier(key fingerprint {self.fingerprint})"

    def verify(self, token: str | bytes, now: float | None = None) -> Claims:
        """Return the claims of a valid token; refuse any other.

        now: the moment to judge at, in seconds since 1970; the clock is read if it
        is not given. Refused carries the first rule, in catalogue order, that the
        token breaks; where the documents leave a choice, this verifier refuses. A
        TypeError or ValueError tells of a wrong argument, as with `examine`.
        """
        at = time.time() if now is None else moment(now)
        raw = as_bytes(token)
        return read_usual(raw, self._sign, at) or self._examine(raw, at)

    def _examine(self, token: bytes, at: float) -> Claims:
        """Judge a token by all the rules."""
        examination = examine_bytes(token, self._sign, at, [])
        if examination.findings or examination.claims is None:
            raise Refused(examination.findings[0])
        return claims_of(examination.claims)


def read_usual(token: bytes, sign: Callable[[bytes], bytes], at: float) -> Claims | None:
    """Return the claims of a valid token of the usual form; None for any other, which may be valid too.

    sign: the signer of a key that breaks no rule. at: the moment to judge at, in seconds since 1970.
    """
    # What the payload says is written again as the usual issuers write it, and must come out the
    # same to the last bit: no odd spelling, duplicate name or loose bit gets past.
    if not token.startswith(USUAL_START) or len(token) > MAX_TOKEN_BYTES:
        return None
    head, _, signature = token.rpartition(b".")
    text = head[_START_LENGTH:].translate(_TO_STANDARD)
    try:
        claims = _read(a2b_base64(text + b"=="))
    except (msgspec.MsgspecError, ValueError):
        return None
    if (
        b2a_base64(_write(claims)).rstrip(b"=\n") == text
        and compare_digest(sign(head), signature)
        and at < claims.exp <= MAX_EXACT
        and 0 <= claims.iat <= at
        and (claims.nbf is None or 0 <= claims.nbf <= at)
        and is_portable_name(claims.sun)
    ):
        return claims
    return None
