"""The signing key: every shape of key file that sites really have, and tokens signed with almost that key."""

import hashlib

from slurm_jwt_vectors import pem
from slurm_jwt_vectors.build import Judged, token
from slurm_jwt_vectors.keys import KEYS
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import PAGE_GENRSA, PAGE_KEY, issue, jwa, practice

_HMAC = ("RFC 2104 2", jwa("3.2"))
_WRONG = (PAGE_KEY, jwa("3.2"))
_BLOCK = "HMAC replaces a key over 64 bytes by its SHA-256 (RFC 2104 2): both keys make the same MACs."
_NULS = "HMAC fills a key up to 64 bytes with NULs (RFC 2104 2): both keys make the same MACs."


def _valid(key: str, *sources: str) -> Judged:
    return token(key=key).valid(sources=sources)


def _same_mac(key: str, signer: bytes, why: str) -> Judged:
    """Signed with other bytes than the key's, to the same effect."""
    return token(key=key).signed_by(signer).valid(sources=_HMAC, why=why)


def _wrong(key: str, signer: bytes, *sources: str) -> Judged:
    """Signed with almost the key."""
    return (
        token(key=key)
        .signed_by(signer)
        .invalid("signature.match", sources=(*_WRONG, *sources), twin=f"key.{key}")
    )


def _bytes(key: str) -> bytes:
    return KEYS[key].bytes


@case
def random32() -> Judged:
    """32 random bytes, no text, with a NUL inside and a line feed at the end."""
    return _valid("random32", PAGE_KEY, *_HMAC)


@case
def pem_pkcs1() -> Judged:
    """The page's own key file: the PEM text that `openssl genrsa` wrote before OpenSSL 3.0."""
    return _valid("pem-pkcs1", PAGE_GENRSA, jwa("3.2"), issue("jpadilla/pyjwt", 105))


@case
def pem_pkcs8() -> Judged:
    """The page's own key file: the PEM text that `openssl genrsa` writes since OpenSSL 3.0."""
    return _valid("pem-pkcs8", PAGE_GENRSA, jwa("3.2"), issue("jpadilla/pyjwt", 634))


@case
def pem_pkcs1_crlf() -> Judged:
    """PKCS#1 text with CR LF on issuer and controller alike."""
    return _valid("pem-pkcs1-crlf", PAGE_GENRSA, jwa("3.2"))


@case
def pem_pkcs8_crlf() -> Judged:
    """PKCS#8 text with CR LF on issuer and controller alike."""
    return _valid("pem-pkcs8-crlf", PAGE_GENRSA, jwa("3.2"))


@case
def pem_public() -> Judged:
    """A public key's PEM text in the key file: a bad secret, but nothing in the documents forbids it."""
    return _valid("pem-public", PAGE_KEY, jwa("3.2"))


@case
def hex_line() -> Judged:
    """64 hex digits and a line feed, 65 bytes, all of them key."""
    return _valid("hex-line", PAGE_KEY, *_HMAC)


@case
def base64_line() -> Judged:
    """44 characters of base64 and a line feed, all of them key."""
    return _valid("base64-line", PAGE_KEY, *_HMAC)


@case
def printable32() -> Judged:
    """A password of 32 characters without a line end."""
    return _valid("printable32", PAGE_KEY, *_HMAC)


@case
def long() -> Judged:
    """1,024 printable characters, as Slinky makes them."""
    return _valid("long", PAGE_KEY, *_HMAC)


@case
def jwk() -> Judged:
    """A JSON Web Key in the key file: the text is the key."""
    return _valid("jwk", PAGE_KEY, *_HMAC)


@case
def bytes31_nul() -> Judged:
    """32 bytes of which the last is a NUL: just long enough."""
    return _valid("bytes31-nul", *_HMAC)


@case
def bytes64() -> Judged:
    """64 bytes: exactly one block of SHA-256."""
    return _valid("bytes64", *_HMAC)


@case
def bytes65() -> Judged:
    """65 bytes: one more than a block."""
    return _valid("bytes65", *_HMAC)


@case
def bytes8192() -> Judged:
    """8,192 bytes."""
    return _valid("bytes8192", *_HMAC)


@case
def zeros32() -> Judged:
    """32 NUL bytes: long enough by the letter of RFC 7518."""
    return _valid("zeros32", *_HMAC)


@case
def empty() -> Judged:
    """An empty key, and the token that anybody can sign with it."""
    return token(key="empty").invalid("key.empty", sources=_HMAC, twin="key.zeros32")


@case
def one_byte() -> Judged:
    """A key of one byte."""
    return token(key="byte1").invalid(
        "key.length", sources=(jwa("3.2"), practice("3.5")), twin="key.bytes31-nul"
    )


@case
def bytes31() -> Judged:
    """A key of 31 bytes: one short of what RFC 7518 demands."""
    return token(key="bytes31").invalid("key.length", sources=(jwa("3.2"),), twin="key.bytes31-nul")


@case
def bytes31_wrong() -> Judged:
    """A key of 31 bytes, and a token signed with another key."""
    return (
        token(key="bytes31")
        .signed_by(_bytes("random32"))
        .invalid(
            "key.length",
            "signature.match",
            sources=_WRONG,
            why="The key is too short, and it is not the one that signed.",
            twin="key.bytes31-nul",
        )
    )


@case
def pem_pkcs1_by_its_sha256() -> Judged:
    """Signed with the SHA-256 of the PEM text, the way round for libraries that refuse PEM."""
    return _same_mac("pem-pkcs1", hashlib.sha256(pem.PKCS1).digest(), _BLOCK)


@case
def pem_pkcs8_by_its_sha256() -> Judged:
    """Signed with the SHA-256 of the PKCS#8 text."""
    return _same_mac("pem-pkcs8", hashlib.sha256(pem.PKCS8).digest(), _BLOCK)


@case
def long_by_its_sha256() -> Judged:
    """Signed with the SHA-256 of the long key."""
    return _same_mac("long", hashlib.sha256(_bytes("long")).digest(), _BLOCK)


@case
def bytes65_by_its_sha256() -> Judged:
    """Signed with the SHA-256 of the key of 65 bytes."""
    return _same_mac("bytes65", hashlib.sha256(_bytes("bytes65")).digest(), _BLOCK)


@case
def random32_and_nul() -> Judged:
    """Signed with the key and a NUL behind it."""
    return _same_mac("random32", _bytes("random32") + b"\0", _NULS)


@case
def random32_and_32_nuls() -> Judged:
    """Signed with the key and NULs up to 64 bytes."""
    return _same_mac("random32", _bytes("random32") + bytes(32), _NULS)


@case
def zeros32_by_empty() -> Judged:
    """Signed with no key at all, while the key file holds NULs."""
    return _same_mac("zeros32", b"", _NULS)


@case
def bytes31_nul_by_bytes31() -> Judged:
    """Signed with 31 bytes, while the key file holds one NUL more."""
    return _same_mac("bytes31-nul", _bytes("bytes31"), _NULS)


@case
def random32_and_33_nuls() -> Judged:
    """Signed with the key and NULs up to 65 bytes, which HMAC hashes first."""
    return _wrong("random32", _bytes("random32") + bytes(33))


@case
def bytes64_and_nul() -> Judged:
    """Signed with 64 bytes and a NUL, which HMAC hashes first."""
    return _wrong("bytes64", _bytes("bytes64") + b"\0")


@case
def bytes64_by_its_sha256() -> Judged:
    """Signed with the SHA-256 of a key that is exactly one block: HMAC does not hash that one."""
    return _wrong("bytes64", hashlib.sha256(_bytes("bytes64")).digest())


@case
def bytes65_cut_to_64() -> Judged:
    """Signed with the first 64 of 65 bytes."""
    return _wrong("bytes65", _bytes("bytes65")[:64])


@case
def long_cut_to_64() -> Judged:
    """Signed with the first 64 characters of the long key."""
    return _wrong("long", _bytes("long")[:64])


@case
def long_cut_to_72() -> Judged:
    """Signed with the first 72 characters of the long key, all that bcrypt would read."""
    return _wrong("long", _bytes("long")[:72])


@case
def bytes8192_cut_to_4096() -> Judged:
    """Signed with the first page of the key file: one read() of 4,096 bytes."""
    return _wrong("bytes8192", _bytes("bytes8192")[:4096])


@case
def empty_wrong() -> Judged:
    """An empty key, and a token signed with another key."""
    return (
        token(key="empty")
        .signed_by(_bytes("random32"))
        .invalid(
            "key.empty",
            "signature.match",
            sources=(*_HMAC, *_WRONG),
            why="There is no key, and another one signed.",
            twin="key.zeros32",
        )
    )
