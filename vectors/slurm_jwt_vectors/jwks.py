"""The published JWKS documents: what the providers of sites publish, and what breaks a rule of RFC 7517.

All of them are made of the published test keys of `rsa.py`: a daemon that reads one belongs on a loopback
address and nowhere else.
"""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from typing import NamedTuple

from slurm_jwt_vectors.rsa import Numbers, numbers, octets

JWK = "RFC 7517"
FACTS = "Slurm page of 8 June 2021, JWKS and RS256 Tokens"
_OAUTH = "OpenID Connect Discovery 1.0 3, jwks_uri"


class PublishedJwks(NamedTuple):
    """One JWKS file. rules: those that the document itself breaks, in catalogue order."""

    id: str
    purpose: str
    source: str
    rules: tuple[str, ...]
    bytes: bytes


Jwk = dict[str, object]


def base64url(data: bytes) -> str:
    """Return base64url text without padding (RFC 7515 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def uint(number: int, more: int = 0) -> str:
    """Return Base64urlUInt (RFC 7518 2), with `more` zero octets in front."""
    return base64url(number.to_bytes(octets(number) + more, "big"))


def jwk(name: str = "one", **members: object) -> Jwk:
    """Return a published key as its providers publish it, its kid its name; a member `...` is left out."""
    key = numbers(name)
    usual = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": name, "n": uint(key.n), "e": uint(key.e)}
    return {member: value for member, value in {**usual, **members}.items() if value is not ...}


def text(*keys: object) -> bytes:
    """Return a JWKS document of these keys."""
    return json.dumps({"keys": keys}).encode()


def _private(key: Numbers) -> Jwk:
    return {"d": uint(key.d)}


_ENC: Jwk = {"use": "enc", "alg": "RSA-OAEP", "kid": "encryption"}
_EC: Jwk = {
    "kty": "EC",
    "crv": "P-256",
    "kid": "ec",
    "alg": "ES256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
"""The public key of RFC 7515 A.3."""
_OCT: Jwk = {"kty": "oct", "kid": "oct", "alg": "HS256", "k": base64url(b"a published octet key of 32 byte")}
_X5C = ["MIIB"]


def _without(key: Jwk, *names: str) -> Jwk:
    return {name: value for name, value in key.items() if name not in names}


def _raw(old: str, new: str) -> bytes:
    """Return the document of key one with a change in its text, which must be there."""
    before = text(jwk()).decode()
    if before.count(old) != 1:
        raise ValueError(f"{old!r} is not once in the document")
    return before.replace(old, new).encode()


def _good() -> dict[str, tuple[str, str, bytes]]:
    return {
        "one": ("One RSA key, as OpenID providers publish it.", _OAUTH, text(jwk())),
        "two": ("Two RSA keys: an issuer changes its key.", f"{JWK} 5", text(jwk(), jwk("two"))),
        "no-use": ("The key has no use.", f"{JWK} 4.2", text(jwk(use=...))),
        "more-members": (
            "The key has members that a verifier must ignore.",
            f"{JWK} 4",
            text(jwk(x5t="x", issuer="https://sso.example.org/", nbf=1577836800)),
        ),
        "x5c": ("A certificate is beside n and e.", f"{JWK} 4.7", text(jwk(x5c=_X5C))),
        "verify": ("key_ops has verify.", f"{JWK} 4.3", text(jwk(use=..., key_ops=["verify"]))),
        "large": ("A key of 4096 bits.", "RFC 7518 3.3", text(jwk("large"))),
        "members-of-set": (
            "The set has members beside keys.",
            f"{JWK} 5",
            json.dumps({"issuer": "https://sso.example.org/", "keys": [jwk()]}).encode(),
        ),
    }


def _beside_others() -> dict[str, tuple[str, str, tuple[str, ...], bytes]]:
    rules = ("jwks.other",)
    return {
        "keycloak": ("Beside the key is one for RSA-OAEP.", _OAUTH, rules, text(jwk("two", **_ENC), jwk())),
        "beside-ec": ("Beside the key is an EC key.", f"{JWK} 5", rules, text(_EC, jwk())),
        "beside-ec-no-alg": (
            "Beside the key is an EC key without alg.",
            f"{JWK} 5",
            rules,
            text(_without(_EC, "alg"), jwk()),
        ),
        "beside-oct": (
            "Beside the key is a symmetric key.",
            f"{JWK} 5",
            ("jwks.other", "jwks.private"),
            text(_OCT, jwk()),
        ),
        "beside-oct-no-alg": (
            "Beside the key is a symmetric key without alg.",
            f"{JWK} 5",
            ("jwks.other", "jwks.private"),
            text(_without(_OCT, "alg"), jwk()),
        ),
    }


def _broken_set() -> dict[str, tuple[str, str, tuple[str, ...], bytes]]:
    one = text(jwk())
    size = ("jwks.size",)
    json_, portable, object_ = ("jwks.json",), ("jwks.portable",), ("jwks.object",)
    small = {"kty": "oct", "alg": "HS256", "kid": "x"}
    return {
        "empty": ("A file of no bytes.", "RFC 8259 2", json_, b""),
        "html": (
            "A login page in place of the JWKS.",
            "RFC 8259 2",
            json_,
            b"<!DOCTYPE html><html></html>\n",
        ),
        "cut": ("The document ends too early.", "RFC 8259 2", json_, one[:-1]),
        "more-text": ("Text follows the document.", "RFC 8259 2", json_, one + b"}"),
        "comma": ("A comma follows the last key.", "RFC 8259 5", json_, one[:-2] + b",]}"),
        "latin1": ("A kid in ISO 8859-1.", "RFC 8259 8.1", json_, one.replace(b"sig", b"s\xfcg")),
        "mark": ("The file begins with a byte order mark.", "RFC 8259 8.1", portable, b"\xef\xbb\xbf" + one),
        "surrogate": (
            "A member has half of a surrogate pair.",
            "RFC 8259 8.2",
            portable,
            _raw('"sig"', '"sig", "note": "\\ud800"'),
        ),
        "number": (
            "A member is a number that software rounds.",
            "RFC 8259 6",
            portable,
            _raw('"sig"', '"sig", "serial": 1180591620717411303425'),
        ),
        "deep": (
            "A member is 70 levels deep.",
            "RFC 8259 9",
            portable,
            _raw('"sig"', f'"sig", "note": {"[" * 70}{"]" * 70}'),
        ),
        "array": ("An array of keys without the set.", f"{JWK} 5", object_, json.dumps([jwk()]).encode()),
        "single": ("A single key without the set.", f"{JWK} 5", object_, json.dumps(jwk()).encode()),
        "no-keys": ("An object without members.", f"{JWK} 5.1", object_, b"{}"),
        "keys-object": (
            "keys is an object.",
            f"{JWK} 5.1",
            object_,
            json.dumps({"keys": {"one": jwk()}}).encode(),
        ),
        "keys-null": ("keys is null.", f"{JWK} 5.1", object_, b'{"keys": null}'),
        "text-key": ("A key is a string.", f"{JWK} 5.1", object_, text(jwk(), "two")),
        "null": ("The document is null.", f"{JWK} 5", object_, b"null"),
        "many": ("1,001 keys, key one the last.", f"{JWK} 5", size, text(*[small] * 1000, jwk())),
        "keys-empty": ("keys has no key.", f"{JWK} 5.1", ("jwks.usable",), text()),
        "keys-twice": (
            "The member keys comes twice.",
            f"{JWK} 5",
            ("jwks.duplicate",),
            text(jwk("two"))[:-1] + b", " + one[1:],
        ),
    }


def _broken_key() -> dict[str, tuple[str, str, tuple[str, ...], bytes]]:
    """Key one is good; key two breaks a rule, if not said otherwise."""
    n, one, two, both = numbers("two").n, jwk(), jwk("two"), jwk(alg=..., kid=...)

    def beside(**members: object) -> bytes:
        return text(one, jwk("two", **members))

    rsa, types, other = ("jwks.rsa",), ("jwks.types",), ("jwks.other",)
    return {
        "no-alg": (
            "The key has no alg, as Entra ID publishes.",
            f"{JWK} 4.4",
            ("jwks.alg",),
            text(jwk(alg=...)),
        ),
        "no-kid": ("The key has no kid.", f"{JWK} 4.5", ("jwks.kid",), text(jwk(kid=...))),
        "no-kid-no-alg": (
            "The key has no kid and no alg, as Authlib writes it.",
            f"{JWK} 4.5",
            ("jwks.kid", "jwks.alg"),
            text(both),
        ),
        "second-no-kid": ("The second key has no kid.", f"{JWK} 4.5", ("jwks.kid",), beside(kid=...)),
        "kid-number": ("The kid of key two is a number.", f"{JWK} 4.5", types, beside(kid=2)),
        "no-kty": ("Key two has no kty.", f"{JWK} 4.1", types, beside(kty=...)),
        "alg-array": ("alg of key two is an array.", f"{JWK} 4.4", types, beside(alg=["RS256"])),
        "kty-lower": ("kty of key two is rsa.", f"{JWK} 4.1", other, beside(kty="rsa")),
        "alg-lower": ("alg of key two is rs256.", f"{JWK} 4.4", other, beside(alg="rs256")),
        "alg-rs384": ("Key two is for RS384.", f"{JWK} 4.4", other, beside(alg="RS384")),
        "alg-ps256": ("Key two is for PS256.", f"{JWK} 4.4", other, beside(alg="PS256")),
        "use-enc": ("Key two is for encryption, though for RS256.", f"{JWK} 4.2", other, beside(use="enc")),
        "key-ops-sign": ("key_ops of key two lacks verify.", f"{JWK} 4.3", other, beside(key_ops=["sign"])),
        "only-ec": ("The only key is an EC key.", f"{JWK} 5", ("jwks.usable", "jwks.other"), text(_EC)),
        "same-kid": ("Both keys have the kid one.", f"{JWK} 4.5", ("jwks.kid-unique",), beside(kid="one")),
        "kid-twice": (
            "Key one has two kids.",
            f"{JWK} 4",
            ("jwks.duplicate",),
            _raw('"kid": "one"', '"kid": "zero", "kid": "one"'),
        ),
        "x5c-only": (
            "The key has a certificate in place of n and e.",
            f"{JWK} 4.7",
            ("jwks.usable", "jwks.rsa"),
            text(_without(jwk(x5c=_X5C), "n", "e")),
        ),
        "no-n": ("Key two has no n.", "RFC 7518 6.3.1.1", rsa, beside(n=...)),
        "no-e": ("Key two has no e.", "RFC 7518 6.3.1.2", rsa, beside(e=...)),
        "e-number": ("e of key two is a number.", "RFC 7518 6.3.1.2", rsa, beside(e=65537)),
        "n-empty": ("n of key two is empty.", "RFC 7518 6.3.1.1", rsa, beside(n="")),
        "n-padded": ("n of key two ends with padding.", "RFC 7518 2", rsa, beside(n=f"{two['n']}==")),
        "n-base64": (
            "n of key two is in base64, not base64url.",
            "RFC 7518 2",
            rsa,
            beside(n=base64.b64encode(n.to_bytes(256, "big")).rstrip(b"=").decode()),
        ),
        "small": (
            "Key two has 1024 bits.",
            "RFC 7518 3.3",
            ("jwks.modulus",),
            text(one, jwk("small", kid="two")),
        ),
        "even": ("n of key two is even.", "RFC 8017 3.1", ("jwks.modulus",), beside(n=uint(n - 1))),
        "e-one": ("e of key two is 1.", "RFC 8017 3.1", ("jwks.exponent",), beside(e="AQ")),
        "e-even": ("e of key two is even.", "RFC 8017 3.1", ("jwks.exponent",), beside(e=uint(65536))),
        "e-three": (
            "e of the key is 3.",
            "FIPS 186-5 A.1.1",
            ("jwks.limits",),
            text(one, jwk("exponent3", kid="two")),
        ),
        "n-zero": (
            "n of key two has a zero octet in front.",
            "RFC 7518 2",
            ("jwks.limits",),
            beside(n=uint(n, 1)),
        ),
        "private": (
            "Key two has d: whoever reads the file can sign.",
            f"{JWK} 9.2",
            ("jwks.private",),
            beside(**_private(numbers("two"))),
        ),
    }


@lru_cache(maxsize=1)
def documents() -> dict[str, PublishedJwks]:
    """Return all published documents by id."""
    good = {name: (purpose, source, (), data) for name, (purpose, source, data) in _good().items()}
    every = {**good, **_beside_others(), **_broken_set(), **_broken_key()}
    return {name: PublishedJwks(name, *rest) for name, rest in sorted(every.items())}
