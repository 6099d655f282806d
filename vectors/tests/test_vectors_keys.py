"""The published keys have the shapes that they claim."""

import base64
import json
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from slurm_jwt_vectors import load
from slurm_jwt_vectors.keys import KEYS

SUITE = load()


def key(name: str) -> bytes:
    return SUITE.keys[name].bytes


def test_data_holds_the_keys():
    assert {name: found.bytes for name, found in SUITE.keys.items()} == {
        name: published.bytes for name, published in KEYS.items()
    }


def test_no_two_keys_are_alike():
    assert len({found.bytes for found in SUITE.keys.values()}) == len(SUITE.keys)


def test_random32():
    found = key("random32")
    assert len(found) == 32
    assert 0 in found
    assert max(found) >= 0x80
    assert found.endswith(b"\n")
    with pytest.raises(UnicodeDecodeError):
        found.decode()


@pytest.mark.parametrize(
    ("name", "label", "length"),
    [
        ("pem-pkcs1", "RSA PRIVATE KEY", 1675),
        ("pem-pkcs8", "PRIVATE KEY", 1704),
        ("pem-public", "PUBLIC KEY", 451),
    ],
)
def test_pem_with_lf(name: str, label: str, length: int):
    found = key(name)
    lines = found.split(b"\n")
    assert len(found) == length
    assert lines[0] == f"-----BEGIN {label}-----".encode()
    assert lines[-2:] == [f"-----END {label}-----".encode(), b""]
    assert b"\r" not in found
    assert {len(line) for line in lines[1:-3]} == {64}
    assert base64.b64decode(b"".join(lines[1:-2]), validate=True)[0] == 0x30


@pytest.mark.parametrize("name", ["pem-pkcs1", "pem-pkcs8"])
def test_pem_with_crlf(name: str):
    crlf = key(f"{name}-crlf")
    assert crlf.endswith(b"-----\r\n")
    assert crlf.count(b"\r\n") == crlf.count(b"\n") == crlf.count(b"\r")
    assert crlf.replace(b"\r\n", b"\n") == key(name)


def test_pem_texts_are_rsa_keys_of_2048_bits():
    """pem-public is the public half of pem-pkcs1; pem-pkcs8 is another key."""
    halves = {}
    for name in ("pem-pkcs1", "pem-pkcs8"):
        private = load_pem_private_key(key(name), None)
        assert isinstance(private, RSAPrivateKey)
        assert private.key_size == 2048
        halves[name] = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert halves["pem-pkcs1"] == key("pem-public")
    assert halves["pem-pkcs8"] != key("pem-public")


def test_text_keys():
    assert re.fullmatch(rb"[0-9a-f]{64}\n", key("hex-line"))
    assert re.fullmatch(rb"[A-Za-z0-9+/]{43}=\n", key("base64-line"))
    assert re.fullmatch(rb"[!-~]{32}", key("printable32"))
    assert re.fullmatch(rb"[!-~]{1024}", key("long"))


def test_jwk_holds_another_key():
    content = json.loads(key("jwk"))
    assert content["kty"] == "oct"
    assert len(base64.urlsafe_b64decode(content["k"] + "=")) == 32


@pytest.mark.parametrize(
    ("name", "length"),
    [("empty", 0), ("byte1", 1), ("bytes31", 31), ("bytes64", 64), ("bytes65", 65), ("bytes8192", 8192)],
)
def test_lengths(name: str, length: int):
    assert len(key(name)) == length


def test_keys_of_nuls():
    assert key("zeros32") == bytes(32)
    assert key("bytes31-nul") == key("bytes31") + b"\0"
