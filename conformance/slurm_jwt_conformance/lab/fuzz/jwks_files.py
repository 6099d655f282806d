"""JWKS files for the fuzzer: sets of RSA keys, edited, and the signatures of these keys.

The keys are small, so that a signature costs little, and come from a seed, so that a campaign is repeatable.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from random import Random
from typing import NamedTuple

from slurm_jwt_conformance.lab.fuzz import edits as fuzz_edits
from slurm_jwt_conformance.lab.fuzz.mutator import Texts, encode

_BITS = (768, 768, 1024, 1032, 496, 512)
_EXPONENTS = (65537, 3, 17, (1 << 64) + 13)
_SIGNS = bytes.fromhex("3031300d060960864801650304020105000420")
_KIDS = (
    b'"a"',
    b'"b"',
    b'"A"',
    b'""',
    b"7",
    b"null",
    b"true",
    b"1.5",
    b'"\\u0061"',
    b'"a\\u0000b"',
    b"[]",
    b"{}",
)
_ALGORITHMS = (b'"RS256"', b'"rs256"', b'"RS384"', b'"PS256"', b'"HS256"', b'""', b"null", b"[]", b"256")
_TYPES = (b'"RSA"', b'"rsa"', b'"EC"', b'"oct"', b"null", b"[]", b'"RSA\\u0000"')
_PAYLOAD = b'{"exp":4102444800,"iat":1577836800,"sun":"alice"}'
_KID = re.compile(rb'"kid"\s*:\s*"([^"]*)"')


class RsaKey(NamedTuple):
    """An RSA key pair: modulus, public and private exponent."""

    n: int
    e: int
    d: int

    def sign(self, text: bytes) -> bytes:
        """Return the RS256 signature, as long as the modulus."""
        length = (self.n.bit_length() + 7) // 8
        tail = b"\0" + _SIGNS + hashlib.sha256(text).digest()
        encoded = b"\0\1" + b"\xff" * (length - len(tail) - 2) + tail
        return pow(int.from_bytes(encoded, "big"), self.d, self.n).to_bytes(length, "big")


class JwksFile(NamedTuple):
    """A JWKS file, the kids in it as JSON texts, and the key that each of them names."""

    data: bytes
    kids: tuple[tuple[bytes, RsaKey], ...]

    def signature(self, signed: bytes, header: bytes) -> bytes:
        """Return the signature by the key that the header names, otherwise by the first key.

        One signature in 64, chosen by the text, has the right number in another length or range.
        """
        found = _KID.search(header)
        name = b'"%s"' % found.group(1) if found else b""
        key = next((key for kid, key in self.kids if kid == name), self.kids[0][1])
        signature = key.sign(signed)
        number = int.from_bytes(signature, "big")
        odd = {
            0: b"\0" + signature,
            1: signature[1:],
            2: (number + key.n).to_bytes(len(signature) + 1, "big")[-len(signature) :],
            3: (key.n - number).to_bytes(len(signature), "big"),
        }
        return encode(odd.get(hashlib.sha256(signed).digest()[0], signature))


@lru_cache(maxsize=1)
def rsa_keys() -> tuple[RsaKey, ...]:
    """Return the key pairs of all campaigns: one for each size and exponent, one whose exponent is 1."""
    rng = Random("slurm-jwt fuzz")  # noqa: S311 - a campaign must be repeatable
    keys = [_key(rng, bits, rng.choice(_EXPONENTS)) for bits in _BITS for _ in range(2)]
    return (*keys, keys[0]._replace(e=1, d=1))


def _key(rng: Random, bits: int, exponent: int) -> RsaKey:
    while True:
        p, q = (_prime(rng, bits // 2) for _ in range(2))
        phi = (p - 1) * (q - 1)
        if p != q and phi % exponent and (p * q).bit_length() == bits:
            try:
                return RsaKey(p * q, exponent, pow(exponent, -1, phi))
            except ValueError:
                continue


def _prime(rng: Random, bits: int) -> int:
    """Return a probable prime; 2 is a good enough witness for random numbers of this size."""
    while True:
        number = rng.getrandbits(bits) | (3 << (bits - 2)) | 1
        if pow(2, number - 1, number) == 1:
            return number


def make_file(seed: str) -> JwksFile:
    """Return the JWKS file of a seed: most have one RSA key that works."""
    rng = Random(seed)  # noqa: S311 - a campaign must be repeatable
    kids: list[tuple[bytes, RsaKey]] = []
    keys = [_member(rng, kids) for _ in range(rng.choice((1, 1, 2, 2, 3)))]
    text = b'{"keys":[%s]}' % b",".join(keys)
    if rng.random() < 0.05:
        text = rng.choice(
            (text[8:-1], keys[0], b"{}", b'{"keys":{}}', b'{"keys":null}', b'{"keys":"x"}', b"")
        )
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
        text = rng.choice(fuzz_edits.OF_JSON)(rng, text)
    return JwksFile(text, tuple(kids))


def _member(rng: Random, kids: list[tuple[bytes, RsaKey]]) -> bytes:
    """Return a key as JSON, and remember its kid."""
    key = rng.choice(rsa_keys())
    kid = rng.choice(_KIDS[:3]) if rng.random() < 0.8 else rng.choice(_KIDS)
    kids.append((kid, key))
    alg = _ALGORITHMS[0] if rng.random() < 0.75 else rng.choice(_ALGORITHMS)
    members = {b"kty": _TYPES[0] if rng.random() < 0.9 else rng.choice(_TYPES), b"kid": kid, b"alg": alg}
    members |= {b"n": _number(rng, key.n), b"e": _number(rng, key.e), b"use": b'"sig"'}
    if rng.random() < 0.15:
        members[b"x5c"] = rng.choice((b'["MIIB"]', b'"MIIB"', b"[]", b'""'))
    for name in list(members):
        if rng.random() < (0.2 if name == b"alg" else 0.02):
            del members[name]
    order = rng.sample(list(members), len(members)) if rng.random() < 0.3 else list(members)
    return b"{%s}" % b",".join(b'"%s":%s' % (name, members[name]) for name in order)


def _number(rng: Random, number: int) -> bytes:
    """Return a number as a JWK writes it, seldom with another length, value, encoding or type."""
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    if rng.random() < 0.06:
        raw = rng.choice((b"\0" + raw, b"\0\0" + raw, raw[1:], raw[:-1], b"", b"\0", b"\1", raw + b"\0"))
    text = encode(raw)
    if rng.random() < 0.08:
        text = rng.choice(fuzz_edits.OF_PART)(rng, text).replace(b'"', b"").replace(b"\\", b"")
    if rng.random() < 0.02:
        return rng.choice((b"null", b"65537", b"[]", b"{}", b"true", b"1.0", b"[1]"))
    return b'"%s"' % text


def corpus_of(file: JwksFile, corpus: list[Texts], seed: str) -> list[Texts]:
    """Return texts for tokens: headers that name keys of the file, good payloads and those of the corpus."""
    rng = Random(seed)  # noqa: S311 - a campaign must be repeatable
    payloads = (_PAYLOAD if rng.random() < 0.7 else rng.choice(corpus).payload for _ in range(40))
    return [Texts(_header(rng, file), payload) for payload in payloads]


def _header(rng: Random, file: JwksFile) -> bytes:
    kid = rng.choice(file.kids)[0] if rng.random() < 0.9 else rng.choice(_KIDS)
    alg = _ALGORITHMS[0] if rng.random() < 0.9 else rng.choice(_ALGORITHMS)
    members = [b'"alg":' + alg, b'"kid":' + kid]
    if rng.random() < 0.3:
        members.append(b'"typ":' + rng.choice((b'"JWT"', b'"at+jwt"')))
    if rng.random() < 0.03:
        del members[rng.randrange(2)]
    return b"{%s}" % b",".join(rng.sample(members, len(members)))
