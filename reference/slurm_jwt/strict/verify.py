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
from slurm_jwt.strict.expected import NOTHING, Expected, expected
from slurm_jwt.strict.json_text import MAX_EXACT
from slurm_jwt.strict.jws import MAX_TOKEN_BYTES, USUAL_START
from slurm_jwt.strict.keys import fingerprint
from slurm_jwt.strict.signing import usable_signer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_START_LENGTH = len(USUAL_START)
# From base64url to base64. What is base64 but not base64url becomes NUL, which is neither.
_TO_STANDARD = bytes.maketrans(b"-_+/", b"+/\0\0")
_read = msgspec.json.Decoder(Claims).decode
_write = msgspec.json.Encoder().encode


class Verifier:
    """Verifies tokens under one key, for as long as it lives and from any thread.

    audience: the verifier's name, or a collection of its names: the token's aud must have one of them
    (RFC 7519 4.1.3, RFC 8725 3.9). Without audience a token with aud is refused. issuer: the token's iss must
    be this text, character by character (RFC 8725 3.8). leeway: seconds by which the issuer's clock may
    differ, for exp, nbf and iat. max_lifetime: the most seconds from iat to exp.

    A TypeError says that the key is not given or not bytes, or that a setting has the wrong type; a
    ValueError, that a setting cannot be meant, such as an empty issuer. Refused: the key is empty or shorter
    than the 32 bytes of RFC 7518 3.2. The object holds no copy of the key.
    """

    __slots__ = ("_required", "_sign", "fingerprint")

    def __init__(
        self,
        key: bytes | None = None,
        *,
        audience: str | Collection[str] | None = None,
        issuer: str | None = None,
        leeway: int = 0,
        max_lifetime: int | None = None,
    ) -> None:
        __tracebackhide__ = True
        try:
            if key is None:
                raise TypeError("a Verifier needs the signing key: give key, in bytes")
            self._sign = usable_signer(key)
            self.fingerprint = fingerprint(key)
        finally:
            del key
        self._required = expected(audience, issuer, leeway, max_lifetime)

    def __repr__(self) -> str:
        return f"Verifier(key fingerprint {self.fingerprint})"

    def verify(self, token: str | bytes, now: float | None = None) -> Claims:
        """Return the claims of a valid token; refuse any other.

        now: the moment to judge at, in seconds since 1970; the clock is read if it
        is not given. Refused carries the first rule that the token breaks, as
        `examine` lists them; where the documents leave a choice, this verifier
        refuses. It does not read the claims of a token with another signature. A
        TypeError or ValueError reports a wrong argument, as with `examine`.
        """
        # A report of an error may show the variables of its frames; so no token is left in them.
        __tracebackhide__ = True
        try:
            at = time.time() if now is None else moment(now)
            raw = token.encode() if type(token) is str and token.isascii() else as_bytes(token)
        except (TypeError, ValueError):
            del token
            raise
        head, _, signature = raw.rpartition(b".")
        own = self._sign(head) if len(raw) <= MAX_TOKEN_BYTES else b""
        if own and compare_digest(own, signature):
            claims = _read_usual(head, at)
            if claims and (self._required is NOTHING or _fits(claims, self._required)):
                return claims
        judged = _examined(raw, own, at, self._required)
        if not isinstance(judged, Refused):
            return judged
        del token, raw, head, signature, own
        raise judged


def _examined(token: bytes, own: bytes, at: float, required: Expected) -> Claims | Refused:
    """Judge a token by all the rules. own: the text of the signature that the key gives it."""
    examination = examine_bytes(token, lambda _: own, at, [], required, signed_only=True)
    if examination.findings or examination.claims is None:
        return Refused(examination.findings[0])
    return claims_of(examination.claims)


def _fits(claims: Claims, required: Expected) -> bool:
    """Return whether claims of the usual form, which have no aud, are what the caller requires."""
    return (
        required.audiences is None
        and required.issuer in (None, claims.iss)
        and (required.max_lifetime is None or claims.exp - claims.iat <= required.max_lifetime)
    )


def read_usual(token: bytes, sign: Callable[[bytes], bytes], at: float) -> Claims | None:
    """Return the claims of a valid token of the usual form; None for any other, which may be valid too.

    sign: the signer of a key that breaks no rule. at: the moment to judge at, in seconds since 1970.
    """
    if len(token) > MAX_TOKEN_BYTES:
        return None
    head, _, signature = token.rpartition(b".")
    return _read_usual(head, at) if compare_digest(sign(head), signature) else None


def _read_usual(head: bytes, at: float) -> Claims | None:
    """Return the claims of a signing input of the usual form if they are valid."""
    # What the payload says is written again as the usual issuers write it, and must come out the
    # same to the last bit: no odd spelling, duplicate name or loose bit gets past.
    if not head.startswith(USUAL_START):
        return None
    text = head[_START_LENGTH:].translate(_TO_STANDARD)
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
