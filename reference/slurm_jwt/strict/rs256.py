"""RS256: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 3.3), by the package cryptography.

To import this module imports cryptography, which takes longer than a whole HS256 check. Only code that has an
RS256 key and a token or an issuer for it imports this module.
"""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from slurm_jwt.strict.jwks import RsaKey
from slurm_jwt.strict.jws import decoded, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NO_RSA_KEY = "this is not an RSA key: give a PEM file without a passphrase, or a JWK"
_PADDING = padding.PKCS1v15()
_HASH = hashes.SHA256()


class SigningKey(NamedTuple):
    """A private RSA key: its signature function, its public numbers, and its kid if the JWK has one."""

    sign: Callable[[bytes], bytes]
    public: RsaKey
    kid: str | None


@lru_cache(maxsize=256)
def checker(key: RsaKey) -> Callable[[bytes, bytes], bool]:
    """Make the function from a signature and a signing input to whether the key signed the input."""
    verify = rsa.RSAPublicNumbers(key.e, key.n).public_key().verify

    def is_signed(signature: bytes, signing_input: bytes) -> bool:
        try:
            verify(signature, signing_input, _PADDING, _HASH)
        except InvalidSignature:
            return False
        return True

    return is_signed


def signing_key(private: bytes) -> SigningKey:
    """Read a private RSA key: a PEM file without a passphrase, or a private JWK.

    A TypeError says that the key is not bytes; a ValueError, that it is not a private RSA key.
    """
    __tracebackhide__ = True
    try:
        key, kid = _read(private)
    finally:
        del private  # a report of an error may show the variables of its frames
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("this is a public key; RS256 signs with a private RSA key")  # noqa: TRY004

    def sign(signing_input: bytes) -> bytes:
        return encode(key.sign(signing_input, _PADDING, _HASH))

    numbers = key.public_key().public_numbers()
    return SigningKey(sign, RsaKey(numbers.n, numbers.e), kid)


def write_jwks(keys: Mapping[str, bytes]) -> bytes:
    """Return the JWKS document with the public half of RSA keys, each a PEM file or a JWK, by kid.

    A TypeError says that a key is not bytes; a ValueError, that it is not an RSA key.
    """
    __tracebackhide__ = True
    try:
        numbers = dict(zip(keys, map(public_numbers, keys.values()), strict=True))
    finally:
        del keys  # a report of an error may show the variables of its frames
    usual = {"kty": "RSA", "use": "sig", "alg": "RS256"}
    members = [{**usual, "kid": kid, **_texts(key)} for kid, key in numbers.items()]
    return json.dumps({"keys": members}, indent=1).encode() + b"\n"


def public_numbers(data: bytes) -> RsaKey:
    """Read the public numbers of an RSA key, public or private, a PEM file or a JWK."""
    __tracebackhide__ = True
    try:
        key, _ = _read(data)
    finally:
        del data  # a report of an error may show the variables of its frames
    public = key.public_key() if isinstance(key, rsa.RSAPrivateKey) else key
    numbers = public.public_numbers()
    return RsaKey(numbers.n, numbers.e)


def thumbprint(key: RsaKey) -> str:
    """Return the SHA-256 thumbprint of a public key (RFC 7638 3), a kid that many issuers use."""
    members = json.dumps({"kty": "RSA", **_texts(key)}, sort_keys=True, separators=(",", ":"))
    return encode(sha256(members.encode()).digest()).decode()


def _texts(key: RsaKey) -> dict[str, str]:
    """Write n and e in base64url, in as few octets as possible (RFC 7518 2, Base64urlUInt)."""
    return {
        name: encode(number.to_bytes((number.bit_length() + 7) // 8)).decode()
        for name, number in key._asdict().items()
    }


def _read(data: object) -> tuple[rsa.RSAPrivateKey | rsa.RSAPublicKey, str | None]:
    """Read a PEM file or a JWK; the key that a ValueError is about stays in no frame and no message."""
    __tracebackhide__ = True
    kind, key, kid = type(data).__name__, None, None
    if isinstance(data, bytes):
        try:
            key, kid = _of_jwk(data) if data.lstrip()[:1] == b"{" else (_of_pem(data), None)
        except (ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm):
            key = None  # the error's own text may quote the key
    is_bytes = isinstance(data, bytes)
    del data
    if not is_bytes:
        raise TypeError(f"an RSA key is bytes, not {kind}")
    if not isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        raise ValueError(_NO_RSA_KEY)  # noqa: TRY004 - of its content
    return key, kid


def _of_pem(data: bytes) -> object:
    if b"PRIVATE KEY-----" in data:
        return serialization.load_pem_private_key(data, None)
    return serialization.load_pem_public_key(data)


def _of_jwk(data: bytes) -> tuple[object, str | None]:
    jwk: dict[str, Any] = json.loads(data)
    numbers = {name: int.from_bytes(decoded(jwk[name].encode())) for name in ("n", "e", "d") if name in jwk}
    public = rsa.RSAPublicNumbers(numbers["e"], numbers["n"])
    kid = jwk["kid"] if isinstance(jwk.get("kid"), str) else None
    if jwk["kty"] != "RSA" or "d" not in numbers:
        return (public.public_key() if jwk["kty"] == "RSA" else None), kid
    d = numbers["d"]
    p, q = rsa.rsa_recover_prime_factors(public.n, public.e, d)
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *crt, public).private_key(), kid
