"""The published test keys: every shape of key file that sites really have, and the degenerate ones.

All of them are public. A daemon that holds one of them belongs on a loopback
address and nowhere else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import NamedTuple

from slurm_jwt_vectors import pem


class PublishedKey(NamedTuple):
    """One key file: the bytes that slurmctld would read, what they look like, who makes such files."""

    id: str
    shape: str
    purpose: str
    source: str
    bytes: bytes


def _stream(label: str, length: int) -> bytes:
    """`length` bytes that look random and that anyone can recompute: SHA-256 of label and counter."""
    blocks = (hashlib.sha256(f"{label} {n}".encode()).digest() for n in range(length // 32 + 1))
    return b"".join(blocks)[:length]


def _printable(label: str, length: int) -> bytes:
    """Printable ASCII from `_stream`, as a password generator or Helm's randAscii gives it."""
    return bytes(33 + byte % 94 for byte in _stream(label, length))


def _base64url(text: str) -> bytes:
    """The bytes of a JWK's member k."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


RANDOM32 = bytes.fromhex("2de30fc8594b0485e97baa000e364d01a60c492b7144dec279e8252b16b8840a")
"""32 bytes as dd from /dev/random may give them: a NUL inside, no UTF-8, and a line feed at the end."""

JWK_K = base64.urlsafe_b64encode(_stream("jwk", 32)).decode().rstrip("=")
"""The member k of the key `jwk`: 32 bytes that are not the key."""

_PAGE = "Slurm page of 30 December 2020, Setup 2"
_OPENSSL = "openssl genrsa 2048"
_RAND = "public setup guides"
_EDGE = "RFC 7518 3.2"

_KEYS = (
    PublishedKey(
        "random32",
        "32 random bytes",
        "The key of most cases: no text, with a NUL inside and a line feed as its last byte.",
        "Slurm page since 20.11.6: dd if=/dev/random bs=32 count=1",
        RANDOM32,
    ),
    PublishedKey(
        "pem-pkcs1",
        "PEM, PKCS#1",
        "The page's own key as OpenSSL before 3.0 writes it: the text is the key.",
        f"{_PAGE}: {_OPENSSL}",
        pem.PKCS1,
    ),
    PublishedKey(
        "pem-pkcs8",
        "PEM, PKCS#8",
        "The page's own key as OpenSSL since 3.0 writes it: the text is the key.",
        f"{_PAGE}: {_OPENSSL}",
        pem.PKCS8,
    ),
    PublishedKey(
        "pem-pkcs1-crlf",
        "PEM, PKCS#1, CRLF",
        "pem-pkcs1 after a copy through Windows: every line ends with CR LF, so it is another key.",
        f"{_PAGE}, copied in text mode",
        pem.PKCS1.replace(b"\n", b"\r\n"),
    ),
    PublishedKey(
        "pem-pkcs8-crlf",
        "PEM, PKCS#8, CRLF",
        "pem-pkcs8 after a copy through Windows: every line ends with CR LF, so it is another key.",
        f"{_PAGE}, copied in text mode",
        pem.PKCS8.replace(b"\n", b"\r\n"),
    ),
    PublishedKey(
        "hex-line",
        "64 hex digits and LF",
        "The 65 bytes are the key; slurmctld decodes nothing.",
        f"{_RAND}: openssl rand -hex 32 | tee jwt_hs256.key",
        _stream("hex-line", 32).hex().encode() + b"\n",
    ),
    PublishedKey(
        "base64-line",
        "base64 of 32 bytes and LF",
        "The 45 bytes are the key; slurmctld decodes nothing.",
        f"{_RAND}: openssl rand -base64 32 | tee jwt_hs256.key",
        base64.b64encode(_stream("base64-line", 32)) + b"\n",
    ),
    PublishedKey(
        "printable32",
        "32 printable characters",
        "A password without a line end, the shortest key that RFC 7518 allows.",
        f'{_RAND}: echo -n "$JWT_SECRET" > jwt_hs256.key',
        _printable("printable32", 32),
    ),
    PublishedKey(
        "long",
        "1,024 printable characters",
        "Longer than HMAC's block, so HMAC uses its SHA-256 instead.",
        "Slinky slurm-operator: Helm's randAscii 1024",
        _printable("long", 1024),
    ),
    PublishedKey(
        "empty",
        "no bytes",
        "A key file of no bytes: slurmctld does not start with it, and no library may sign with it.",
        _EDGE,
        b"",
    ),
    PublishedKey("byte1", "1 byte", "One byte: Slurm takes it, RFC 7518 does not.", _EDGE, b"k"),
    PublishedKey(
        "bytes31",
        "31 bytes",
        "One byte short of the 256 bits that RFC 7518 demands.",
        _EDGE,
        _stream("bytes31", 31),
    ),
    PublishedKey(
        "bytes31-nul",
        "32 bytes, the last one NUL",
        "bytes31 and a NUL. HMAC pads with NULs, so both make the same MACs; only this one is long enough.",
        "RFC 2104 2",
        _stream("bytes31", 31) + b"\0",
    ),
    PublishedKey(
        "bytes64",
        "64 bytes",
        "Exactly one block of SHA-256: the longest key that HMAC takes as it is.",
        "RFC 2104 2",
        _stream("bytes64", 64),
    ),
    PublishedKey(
        "bytes65",
        "65 bytes",
        "One byte over the block of SHA-256: the shortest key that HMAC hashes first.",
        "RFC 2104 2",
        _stream("bytes65", 65),
    ),
    PublishedKey(
        "bytes8192",
        "8,192 bytes",
        "Far longer than any guide asks for, yet a key.",
        "RFC 7518 3.2 sets no upper bound",
        _stream("bytes8192", 8192),
    ),
    PublishedKey(
        "zeros32",
        "32 NUL bytes",
        "Long enough for RFC 7518, yet empty to software that reads it as a C string.",
        "dd if=/dev/zero taken for /dev/random",
        bytes(32),
    ),
    PublishedKey(
        "pem-public",
        "PEM, public key",
        "The public half of pem-pkcs1 in the key file: bytes like others, though anyone may know them.",
        "algorithm confusion, CVE-2016-10555",
        pem.PUBLIC,
    ),
    PublishedKey(
        "jwk",
        "JWK text",
        "A JSON Web Key in the key file: slurmctld takes the text, not the k in it.",
        "RFC 7517 A.3",
        json.dumps({"kty": "oct", "k": JWK_K}, separators=(",", ":")).encode(),
    ),
    PublishedKey(
        "rfc7515-a1",
        "64 random bytes",
        "The key with which RFC 7515 A.1 signs, as bytes.",
        "RFC 7515 A.1.1, member k of the JWK",
        _base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"),
    ),
    PublishedKey(
        "rfc7520-4-4",
        "32 random bytes",
        "The key with which RFC 7520 4.4 signs, as bytes.",
        "RFC 7520 3.5, member k of the JWK",
        _base64url("hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"),
    ),
)

KEYS: dict[str, PublishedKey] = {key.id: key for key in _KEYS}
"""All published keys by id."""
