"""read_jwks: which keys of a JWKS are used, and which rule each flaw breaks (RFC 7517, RFC 7518 6.3)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwcrypto.jwk import JWK

from slurm_jwt import read_jwks, write_jwks
from slurm_jwt.strict.jwks import MAX_JWKS_BYTES, MAX_KEYS
from slurm_jwt.strict.rs256 import public_numbers, thumbprint
from slurm_jwt.strict.rules import BY_ID, LATER_RULES

PRIVATE = rsa.generate_private_key(65537, 2048)
KEY = JWK.from_pyca(PRIVATE)
PUBLIC = {**json.loads(KEY.export_public()), "kid": "k1", "use": "sig", "alg": "RS256"}
PUBLIC["n"], PUBLIC["e"] = json.loads(KEY.export_public())["n"], "AQAB"
ALL = json.loads(KEY.export_private())
NUMBERS = PRIVATE.public_key().public_numbers()
ENCRYPTION = {**PUBLIC, "kid": "k2", "use": "enc", "alg": "RSA-OAEP"}
CURVE = {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "ec"}


def text(number: int, octets: int | None = None) -> str:
    raw = number.to_bytes(octets or (number.bit_length() + 7) // 8 or 1)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in PUBLIC.items() if name not in names}


def rules(document: object) -> list[str]:
    """The rules that a document breaks, without "jwks." and in catalogue order."""
    return [each.rule.removeprefix("jwks.") for each in read_jwks(as_text(document)).findings]


def as_text(document: object) -> str | bytes:
    return document if isinstance(document, str | bytes) else json.dumps(document)


def test_a_sound_document_is_read() -> None:
    other = {**PUBLIC, "kid": "k3", "x5c": ["MIIC"], "x5t": "x", "key_ops": ["verify"], "more": [1]}
    for document in (as_text({"keys": [PUBLIC, other]}), as_text({"keys": [PUBLIC, other], "x": 1}).encode()):
        read = read_jwks(document)
        assert dict(read.keys) == {"k1": (NUMBERS.n, NUMBERS.e), "k3": (NUMBERS.n, NUMBERS.e)}
        assert read.findings == ()


DOCUMENTS: list[tuple[str | bytes, list[str]]] = [
    (b"", ["json"]),
    (b"<html></html>", ["json"]),
    (b'{"keys": [\xff]}', ["json"]),
    (b'{"keys": [],}', ["json"]),
    (b'{"keys": [NaN]}', ["json"]),
    (b"[]", ["object"]),
    (b"{}", ["object"]),
    (as_text(PUBLIC), ["object"]),
    (b'{"Keys": []}', ["object"]),
    (b'{"keys": {}}', ["object"]),
    (b'{"keys": null}', ["object"]),
    (b'{"keys": [[]]}', ["object"]),
    (b'{"keys": ["AQAB"]}', ["object"]),
    (b'{"keys": []}', ["usable"]),
    (b'{"keys": [], "keys": []}', ["duplicate", "usable"]),
    (b'{"keys": ' + b"[" * 70 + b"]" * 70 + b"}", ["portable", "object"]),
    ("\ufeff" + as_text({"keys": [PUBLIC]}), ["portable"]),
    (as_text({"keys": [PUBLIC], "x": 10**400}), ["portable"]),
    (as_text({"keys": [{**PUBLIC, "x": "\ud800"}]}), ["portable"]),
    (as_text({"keys": [PUBLIC]}).replace('"kid"', '"kid": "x", "kid"'), ["duplicate"]),
    (b" " * (MAX_JWKS_BYTES + 1), ["size"]),
    (as_text({"keys": [{}] * (MAX_KEYS + 1)}), ["size"]),
]


@pytest.mark.parametrize(("document", "broken"), DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_flaws_of_the_document(document: str | bytes, broken: list[str]) -> None:
    assert rules(document) == broken
    usable = read_jwks(document).keys
    assert bool(usable) == (broken == ["portable"])


ODD = NUMBERS.n
BITS_2047 = (1 << 2046) | 1
KEYS: list[tuple[dict[str, Any], list[str]]] = [
    (without("kty"), ["types"]),
    ({**PUBLIC, "kty": 1}, ["types"]),
    ({**PUBLIC, "kid": 1}, ["types"]),
    ({**PUBLIC, "kid": None}, ["types"]),
    ({**PUBLIC, "alg": ["RS256"]}, ["types"]),
    ({**PUBLIC, "use": None}, ["types"]),
    ({**PUBLIC, "key_ops": "verify"}, ["types"]),
    ({**PUBLIC, "key_ops": [1]}, ["types"]),
    ({**PUBLIC, "x5c": "MIIC"}, ["types"]),
    (CURVE, ["other"]),
    ({**PUBLIC, "kty": "rsa"}, ["other"]),
    (ENCRYPTION, ["other"]),
    ({**PUBLIC, "alg": "RS384"}, ["other"]),
    ({**PUBLIC, "alg": "rs256"}, ["other"]),
    ({**PUBLIC, "alg": "PS256"}, ["other"]),
    ({**PUBLIC, "alg": "HS256"}, ["other"]),
    ({**PUBLIC, "key_ops": ["sign"]}, ["other"]),
    ({**PUBLIC, "key_ops": []}, ["other"]),
    ({"kty": "oct", "k": "AAAA", "kid": "o", "alg": "HS256"}, ["other", "private"]),
    (without("kid"), ["kid"]),
    (without("alg"), ["alg"]),
    (without("kid", "alg"), ["kid", "alg"]),
    (without("n"), ["rsa"]),
    (without("e"), ["rsa"]),
    ({**without("n", "e"), "x5c": ["MIIC"]}, ["rsa"]),
    ({**PUBLIC, "n": PUBLIC["n"] + "=="}, ["rsa"]),
    ({**PUBLIC, "n": PUBLIC["n"][:8] + "+/" + PUBLIC["n"][10:]}, ["rsa"]),
    ({**PUBLIC, "n": PUBLIC["n"] + "\n"}, ["rsa"]),
    ({**PUBLIC, "n": "\u00e9" + PUBLIC["n"]}, ["rsa"]),
    ({**PUBLIC, "n": ""}, ["rsa"]),
    ({**PUBLIC, "n": NUMBERS.n}, ["portable", "rsa"]),
    ({**PUBLIC, "e": 65537}, ["rsa"]),
    ({**PUBLIC, "e": "AQA"}, ["exponent"]),  # 256, even
    ({**PUBLIC, "e": "AQAB="}, ["rsa"]),
    ({**PUBLIC, "n": text(BITS_2047)}, ["modulus"]),
    ({**PUBLIC, "n": text((1 << 511) | 1)}, ["modulus"]),
    ({**PUBLIC, "n": text(NUMBERS.n - 1)}, ["modulus"]),
    ({**PUBLIC, "n": "AA"}, ["modulus"]),
    ({**PUBLIC, "e": "AA"}, ["exponent"]),
    ({**PUBLIC, "e": "AQ"}, ["exponent"]),
    ({**PUBLIC, "e": "Ag"}, ["exponent"]),
    ({**PUBLIC, "e": text(65536)}, ["exponent"]),
    ({**PUBLIC, "e": text(NUMBERS.n)}, ["exponent"]),
    ({**PUBLIC, "e": text(NUMBERS.n + 2)}, ["exponent"]),
    ({**PUBLIC, "e": "Aw"}, ["limits"]),
    ({**PUBLIC, "e": text(2**64 + 1)}, ["limits"]),
    ({**PUBLIC, "n": text((1 << 16384) | 1)}, ["limits"]),
    ({**PUBLIC, "n": text(NUMBERS.n, 257)}, ["limits"]),
    ({**PUBLIC, "e": "AAEAAQ"}, ["limits"]),
    ({**PUBLIC, "d": ALL["d"]}, ["private"]),
    ({**PUBLIC, "oth": []}, ["private"]),
    ({**PUBLIC, **ALL, "kid": "k1"}, ["private"]),
]


@pytest.mark.parametrize(("key", "broken"), KEYS, ids=range(len(KEYS)))
def test_flaws_of_a_key(key: dict[str, Any], broken: list[str]) -> None:
    good = {**PUBLIC, "kid": "good"}
    assert rules({"keys": [good, key]}) == broken
    assert list(read_jwks(as_text({"keys": [good, key]})).keys) == ["good"]
    lonely = read_jwks(as_text({"keys": [key]}))
    is_unusable = any(BY_ID[f"jwks.{name}"].severity == "error" or name == "other" for name in broken)
    if is_unusable:
        assert "jwks.usable" in [each.rule for each in lonely.findings]
    assert not lonely.keys


def test_a_key_of_1_to_16384_bits_is_used() -> None:
    for n in (ODD, (1 << 16383) | 1):
        assert rules({"keys": [{**PUBLIC, "n": text(n)}]}) == []
    for e in (65537, 2**64 - 1):
        assert rules({"keys": [{**PUBLIC, "e": text(e)}]}) == []


def test_equal_kids_verify_nothing() -> None:
    read = read_jwks(
        as_text({"keys": [PUBLIC, PUBLIC, {**PUBLIC, "kid": "K1"}, {**ENCRYPTION, "kid": "K1"}]})
    )
    assert [each.rule for each in read.findings] == ["jwks.other", "jwks.kid-unique"]
    assert list(read.keys) == ["K1"]


def test_a_rule_is_named_once_with_the_keys_that_break_it() -> None:
    read = read_jwks(as_text({"keys": [without("kid"), PUBLIC, *[without("kid")] * 7]}))
    (finding,) = read.findings
    assert finding == ("jwks.kid", "choice", "key 1: no kid; key 3: no kid; key 4: no kid; 5 more", "kid")


def test_what_is_shown_is_short_ascii() -> None:
    key = {**PUBLIC, "alg": "\u00e9" * 10_000, "use": "\x1b[31m", "kid": "\u2028" * 9000}
    for each in read_jwks(as_text({"keys": [key, key, {**key, "use": "sig"}] * 9})).findings:
        assert each.found.isascii()
        assert each.found.isprintable()
        assert len(each.found) <= 200


@pytest.mark.parametrize("data", [None, 1, ["a"], {"keys": []}, bytearray(b"{}")], ids=str)
def test_another_type_is_a_type_error(data: Any) -> None:
    with pytest.raises(TypeError, match="JWKS"):
        read_jwks(data)


def test_each_rule_of_a_jwks_is_broken_by_a_case() -> None:
    broken = {f"jwks.{name}" for _, names in [*DOCUMENTS, *KEYS] for name in names} | {"jwks.kid-unique"}
    assert broken == {rule.id for rule in LATER_RULES if rule.layer == "key"}


def test_write_jwks_writes_the_public_half() -> None:
    pem = KEY.export_to_pem(private_key=True, password=None)
    public_pem = KEY.export_to_pem()
    forms = {"pem": pem, "public pem": public_pem, "jwk": KEY.export_private().encode()}
    document = write_jwks({**forms, "public jwk": KEY.export_public().encode()})
    read = read_jwks(document)
    assert read.findings == ()
    assert dict(read.keys) == dict.fromkeys([*forms, "public jwk"], (NUMBERS.n, NUMBERS.e))
    assert ALL["d"] not in document.decode()
    assert json.loads(document)["keys"][0] == {**without("kid"), "kid": "pem"}


def test_the_thumbprint_is_that_of_jwcrypto() -> None:
    assert thumbprint(public_numbers(KEY.export_to_pem())) == KEY.thumbprint()
