"""RSASSA-PKCS1-v1_5 with SHA-256, as OpenSSL checks it for libjwt (crypto/rsa/rsa_sign.c, rsa_ossl.c).

The package `cryptography` does it, imported when the first RS256 token is judged. It refuses keys that
OpenSSL takes, such as an exponent of 1; for those keys this module compares the encoded message itself.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

_MAX_BITS, _SMALL_BITS, _MAX_EXPONENT_BITS = 16384, 3072, 64
"""OpenSSL's limits of a modulus, and of an exponent beside a modulus that is not small."""
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def is_signed(modulus: int, exponent: int, signed: bytes, signature: bytes) -> bool:
    """Return whether OpenSSL takes the signature of this key over this text."""
    if len(signature) != (modulus.bit_length() + 7) // 8 or not _is_usable(modulus, exponent):
        return False
    key = _public_key(modulus, exponent)
    if key is None:
        return _is_encoded_message(modulus, exponent, signed, signature)
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    try:
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _is_usable(modulus: int, exponent: int) -> bool:
    bits = modulus.bit_length()
    long_exponent = bits > _SMALL_BITS and exponent.bit_length() > _MAX_EXPONENT_BITS
    return bits <= _MAX_BITS and modulus > exponent and modulus % 2 == 1 and not long_exponent


@lru_cache(maxsize=256)
def _public_key(modulus: int, exponent: int) -> RSAPublicKey | None:
    """Return the key, None if `cryptography` refuses it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    try:
        return RSAPublicNumbers(exponent, modulus).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None


def _is_encoded_message(modulus: int, exponent: int, signed: bytes, signature: bytes) -> bool:
    """Compare with EMSA-PKCS1-v1_5, which has at least eight bytes of padding (RFC 8017 section 9.2)."""
    tail = b"\0" + _DIGEST_INFO + hashlib.sha256(signed).digest()
    number, padding = int.from_bytes(signature, "big"), len(signature) - len(tail) - 2
    if number >= modulus or padding < 8:
        return False
    encoded = b"\0\1" + b"\xff" * padding + tail
    return pow(number, exponent, modulus) == int.from_bytes(encoded, "big")
