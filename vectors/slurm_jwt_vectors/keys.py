"""The published test keys: every shape of key file that sites really have, and the degenerate ones.

All of them are public. A daemon that holds one of them belongs on a loopback
address and nowhere else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tomllib
from pathlib import Path
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

_BYTES = {
    "random32": RANDOM32,
    "pem-pkcs1": pem.PKCS1,
    "pem-pkcs8": pem.PKCS8,
    "pem-pkcs1-crlf": pem.PKCS1.replace(b"\n", b"\r\n"),
    "pem-pkcs8-crlf": pem.PKCS8.replace(b"\n", b"\r\n"),
    "hex-line": _stream("hex-line", 32).hex().encode() + b"\n",
    "base64-line": base64.b64encode(_stream("base64-line", 32)) + b"\n",
    "printable32": _printable("printable32", 32),
    "long": _printable("long", 1024),
    "empty": b"",
    "byte1": b"k",
    "bytes31": _stream("bytes31", 31),
    "bytes31-nul": _stream("bytes31", 31) + b"\0",
    "bytes64": _stream("bytes64", 64),
    "bytes65": _stream("bytes65", 65),
    "bytes8192": _stream("bytes8192", 8192),
    "zeros32": bytes(32),
    "pem-public": pem.PUBLIC,
    "jwk": json.dumps({"kty": "oct", "k": JWK_K}, separators=(",", ":")).encode(),
    "rfc7515-a1": _base64url(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    ),
    "rfc7520-4-4": _base64url("hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"),
}

_TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
KEYS = {name: PublishedKey(name, **texts, bytes=_BYTES[name]) for name, texts in _TEXTS.items()}
"""All published keys by id."""
