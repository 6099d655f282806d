"""The Verifier: accept a token or refuse it, fast and strictly."""

from __future__ import annotations

from binascii import a2b_base64
from hmac import compare_digest
from types import MappingProxyType

import msgspec
from msgspec import UNSET, UnsetType

from slurm_jwt.claims import Claims, claims_of, is_portable_name
from slurm_jwt.errors import Refused
from slurm_jwt.examination import as_bytes, examine_bytes, moment
from slurm_jwt.json_text import MAX_EXACT
from slurm_jwt.jws import FROM_URL, HEADER_AND_PERIOD, MAX_TOKEN_BYTES, encode, keyed_mac
from slurm_jwt.keys import examine_key, fingerprint

_NOTHING: MappingProxyType[str, object] = MappingProxyType({})
_HEADER_LENGTH = len(HEADER_AND_PERIOD)
_TAIL_LENGTH = 44  # a period and the 43 characters of a signature


class _Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    """The claims of the usual issuers, in the order in which they write them: alphabetical."""

    exp: int
    iat: int
    iss: str | UnsetType = UNSET
    jti: str | UnsetType = UNSET
    nbf: int | UnsetType = UNSET
    sun: str


_decode = msgspec.json.Decoder(_Wire).decode
_encode = msgspec.json.Encoder().encode


class Verifier:
    """Verifies tokens under one key, for as long as it lives and from any thread.

    A TypeError says that the key is not bytes, Refused that it is empty or shorter
    than the 32 bytes of RFC 7518 3.2. The object holds no copy of the key.
    """

    __slots__ = ("_mac", "fingerprint")

    def __init__(self, key: bytes) -> None:
        flaw = examine_key(key)
        if flaw:
            raise Refused(flaw)
        self._mac = keyed_mac(key)
        self.fingerprint = fingerprint(key)

    def __repr__(self) -> str:
        return f"Verifier(key fingerprint {self.fingerprint})"

    def verify(self, token: str | bytes, now: float | None = None) -> Claims:
        """Give the claims of a valid token; refuse any other.

        now: the moment to judge at, in seconds since 1970; the clock is read if it
        is not given. Refused carries the first rule, in catalogue order, that the
        token breaks; where the documents leave a choice, this verifier refuses. A
        TypeError or ValueError tells of a wrong argument, as with `examine`.
        """
        raw = as_bytes(token)
        at = moment(now)
        claims = self._accept(raw, at)
        if claims is not None:
            return claims
        examination = examine_bytes(raw, self._mac, at, [])
        if examination.verdict != "valid" or examination.claims is None:
            raise Refused(examination.findings[0])
        return claims_of(examination.claims)

    def _accept(self, token: bytes, now: float) -> Claims | None:
        """Accept a token of the usual form, or leave it (None) to the examination.

        What a token says is read, written again as the usual issuers write it, and
        signed: a token is accepted only if it is the same to the last bit. So no
        odd spelling, duplicate name or loose bit gets past, however it was read.
        """
        if len(token) > MAX_TOKEN_BYTES:
            return None
        try:
            wire = _decode(a2b_base64(token[_HEADER_LENGTH:-_TAIL_LENGTH].translate(FROM_URL) + b"=="))
            signing_input = HEADER_AND_PERIOD + encode(_encode(wire))
        except (msgspec.MsgspecError, ValueError):
            return None
        if not compare_digest(signing_input + b"." + encode(self._mac(signing_input)), token):
            return None
        exp, iat, sun, nbf = wire.exp, wire.iat, wire.sun, wire.nbf
        if not (now < exp <= MAX_EXACT and 0 <= iat <= now and is_portable_name(sun)):
            return None
        if nbf is not UNSET and not 0 <= nbf <= now:
            return None
        return Claims(sun, exp, iat, _others(wire))


def _others(wire: _Wire) -> MappingProxyType[str, object]:
    iss, jti, nbf = wire.iss, wire.jti, wire.nbf
    if iss is UNSET and jti is UNSET and nbf is UNSET:
        return _NOTHING
    return MappingProxyType(
        {name: value for name, value in (("iss", iss), ("jti", jti), ("nbf", nbf)) if value is not UNSET}
    )
