"""The published RSA keys that sign the RS256 tokens of the cases: they guard nothing and never may.

A signature of PKCS #1 v1.5 has no random part, so every build gives the same tokens. It is made here by
hand (RFC 8017 8.2.1), so that a case can break each piece of it; a test compares it with cryptography's.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import NamedTuple

from slurm_jwt_vectors import pem
from slurm_jwt_vectors.keys import PublishedKey

SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""The DER prefix of a SHA-256 digest (RFC 8017 9.2, note 1)."""
SHA384 = bytes.fromhex("3041300d060960864801650304020205000430")

PEM = {
    "one": pem.PKCS1,
    "two": pem.PKCS8,
    "small": pem.SMALL,
    "exponent3": pem.EXPONENT3,
    "large": pem.LARGE,
}
"""The private keys by name, as PEM. `one` and `two` are the keys pem-pkcs1 and pem-pkcs8 of keys.json."""

_PURPOSES = {
    "one": "The key of most JWKS documents: the RSA key that pem-pkcs1 has as text.",
    "two": "The second key of a JWKS: the RSA key that pem-pkcs8 has as text.",
    "small": "Too small for RS256, which requires 2048 bits.",
    "exponent3": "Its public exponent is 3, so that weak verifiers accept signatures that no key made.",
    "large": "Twice as long as usual.",
}


def published() -> list[PublishedKey]:
    """Return the private keys, as the data publishes them."""
    shapes = {name: f"PEM, private RSA key of {numbers(name).n.bit_length()} bits" for name in PEM}
    return [
        PublishedKey(name, shapes[name], _PURPOSES[name], "RFC 7518 3.3", PEM[name]) for name in sorted(PEM)
    ]


class Numbers(NamedTuple):
    """A private RSA key. size: octets of its modulus, which each of its signatures has."""

    n: int
    e: int
    d: int

    @property
    def size(self) -> int:
        """Return the octets of a signature."""
        return octets(self.n)


def octets(number: int) -> int:
    """Return how many octets a number has."""
    return (number.bit_length() + 7) // 8


@lru_cache(maxsize=8)
def numbers(name: str) -> Numbers:
    """Return the numbers of a published key."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    private = load_pem_private_key(PEM[name], None)
    assert isinstance(private, RSAPrivateKey)
    every = private.private_numbers()
    return Numbers(every.public_numbers.n, every.public_numbers.e, every.d)


def padded(name: str, data: bytes, prefix: bytes = SHA256, digest: str = "sha256") -> bytes:
    """Return the message that the key signs for `data`: EMSA-PKCS1-v1_5 (RFC 8017 9.2)."""
    tail = b"\0" + prefix + hashlib.new(digest, data).digest()
    return b"\0\1" + b"\xff" * (numbers(name).size - len(tail) - 2) + tail


@lru_cache(maxsize=512)
def signed(name: str, message: bytes) -> bytes:
    """Return the signature of a padded message: RSASP1 (RFC 8017 5.2.1)."""
    key = numbers(name)
    return pow(int.from_bytes(message, "big"), key.d, key.n).to_bytes(key.size, "big")


def signature(name: str, data: bytes) -> bytes:
    """Return the RS256 signature of `data` (RFC 7518 3.3)."""
    return signed(name, padded(name, data))
