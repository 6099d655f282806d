"""JWS compact serialization and HMAC-SHA256: a token's outer form (RFC 7515, RFC 7518 3.2)."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.strict.findings import Finding, finding

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TOKEN_BYTES = 131_072
"""Linux's MAX_ARG_STRLEN: no longer string fits into the environment, where SLURM_JWT lives."""

PART_NAMES = ("header", "payload", "signature")

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
# The last character of a part carries 6, 2 or 4 bits of content, by the part's length modulo 4;
# these are the characters whose unused bits are zero.
CANONICAL_LAST = {0: _ALPHABET, 2: b"AQgw", 3: b"AEIMQUYcgkosw048"}
# RFC 2104 2: what each byte of the key's block becomes, for the inner hash and for the outer one.
_WITH_IPAD = bytes(byte ^ 0x36 for byte in range(256))
_WITH_OPAD = bytes(byte ^ 0x5C for byte in range(256))


class Parts(NamedTuple):
    """A token taken apart: the text that is signed, and the text of each part (None: not base64url).

    A part is decoded when it is read: to decode a long payload takes several times its HMAC.
    """

    signing_input: bytes
    header_text: bytes | None
    payload_text: bytes | None
    signature_text: bytes | None

    @property
    def header(self) -> bytes | None:
        """The decoded header."""
        return None if self.header_text is None else decoded(self.header_text)

    @property
    def payload(self) -> bytes | None:
        """The decoded payload."""
        return None if self.payload_text is None else decoded(self.payload_text)

    @property
    def signature(self) -> bytes | None:
        """The decoded signature."""
        return None if self.signature_text is None else decoded(self.signature_text)


def decoded(text: bytes) -> bytes:
    """Return the bytes of base64url text of a possible length."""
    return a2b_base64(text.translate(_FROM_URL) + b"==")


def encode(raw: bytes) -> bytes:
    """Write bytes as base64url without padding (RFC 7515 2)."""
    return b2a_base64(raw).translate(_TO_URL, b"=\n")


USUAL_HEADER = b'{"alg":"HS256","typ":"JWT"}'
"""The header as libjwt, golang-jwt and PyJWT write it."""

USUAL_START = encode(USUAL_HEADER) + b"."
"""How most tokens begin: the usual header and the period after it."""


def signer(key: bytes) -> Callable[[bytes], bytes]:
    """Make the function from a signing input to the text of its signature under one key.

    That text is the base64url of the HMAC-SHA256 (RFC 2104 2, RFC 7518 3.2). The
    function keeps the two hash states that the key leads to, not the key; to copy
    them costs less than half of what `hmac.digest` takes for a token.
    """
    block = (sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    begin_inner = sha256(block.translate(_WITH_IPAD)).copy
    begin_outer = sha256(block.translate(_WITH_OPAD)).copy

    def sign(signing_input: bytes) -> bytes:
        inner = begin_inner()
        inner.update(signing_input)
        outer = begin_outer()
        outer.update(inner.digest())
        return b2a_base64(outer.digest()).translate(_TO_URL, b"=\n")

    return sign


def examine_form(token: bytes) -> tuple[list[Finding], Parts | None]:
    """Take a token apart. There are no parts where its size or the number of its periods is wrong."""
    if len(token) > MAX_TOKEN_BYTES:
        return [finding("form.size", f"{len(token)} bytes")], None
    periods = token.count(b".")
    if periods != 2:
        return [_wrong_count(token, periods)], None
    flaws, loose = [], []
    texts: list[bytes | None] = []
    for name, text in zip(PART_NAMES, token.split(b"."), strict=True):
        flaw = _flaw(text)
        texts.append(None if flaw else text)
        if flaw:
            flaws.append((name, flaw))
        elif text and text[-1] not in CANONICAL_LAST[len(text) % 4]:
            loose.append(name)
    found = []
    if flaws:
        found.append(finding("form.base64url", "; ".join(f"{n}: {flaw}" for n, flaw in flaws), flaws[0][0]))
    if loose:
        found.append(finding("form.pad-bits", f"unused bits set in: {', '.join(loose)}", loose[0]))
    return found, Parts(token[: token.rindex(b".")], *texts)


def _flaw(text: bytes) -> str | None:
    """Say what keeps a part from being base64url text, None if nothing does."""
    foreign = text.translate(None, _ALPHABET)
    if foreign:
        return f"byte 0x{foreign[0]:02x} at {text.index(foreign[0])}, {len(foreign)} foreign in all"
    if len(text) % 4 == 1:
        return f"impossible length {len(text)}"
    return None


def _wrong_count(token: bytes, periods: int) -> Finding:
    """Distinguish an encrypted token, which has five parts, from text that is not a compact serialization."""
    looks_like_json = token.lstrip(b" \t\r\n")[:1] in (b"{", b"[", b'"')
    if periods == 4 and not looks_like_json:
        return finding("form.jws", "5 parts")
    count = "1 part" if periods == 0 else f"{periods + 1} parts"
    return finding("form.compact", f"{count}, {len(token)} bytes in all")
