"""A canary: no message, repr or traceback holds a key, its hash, or a token."""

from __future__ import annotations

import base64
import hashlib
import json
import pickle
import traceback
from typing import TYPE_CHECKING

import pytest
from jwcrypto.jwk import JWK

from slurm_jwt import Issuer, Refused, Verifier, examine, read_jwks, write_jwks
from slurm_jwt.strict.keys import KeyFileError, describe, fingerprint, load_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEYS = [
    pytest.param(b"canary-key-of-32-bytes-0123456789", id="short"),
    pytest.param(b"canary-key-beyond-the-block-of-64-bytes-" * 3, id="long"),
]
NOW = 1_893_456_000


def spellings(secret: bytes) -> list[str]:
    """Every way in which a secret could show."""
    forms = [secret, hashlib.sha256(secret).digest()]
    texts = [repr(form)[2:-1] for form in forms] + [form.hex() for form in forms]
    return texts + [base64.b64encode(form).decode().rstrip("=") for form in forms]


def assert_silent(text: str, *secrets: bytes) -> None:
    for secret in secrets:
        for spelling in spellings(secret):
            assert spelling[:24] not in text


def failures(key: bytes, token: str) -> list[Callable[[], object]]:
    """Calls that fail, in every way that they can."""
    verifier, issuer = Verifier(key), Issuer(key)
    return [
        lambda: verifier.verify(token, NOW + 9999),
        lambda: verifier.verify(token + "=", NOW),
        lambda: verifier.verify(token + "\ud800", NOW),
        lambda: verifier.verify(token[:-1], NOW),
        lambda: verifier.verify("x" + token, NOW),
        lambda: verifier.verify(token.replace(".", ".."), NOW),
        lambda: verifier.verify([token], NOW),  # type: ignore[arg-type]  # a wrong call is what is tested
        lambda: verifier.verify(token, float("nan")),
        lambda: issuer.issue("-a"),
        lambda: issuer.issue(b"a"),  # type: ignore[arg-type]  # a wrong call is what is tested
        lambda: Verifier(key[:31]),
        lambda: Issuer(key[:31]),
        lambda: Verifier(key.decode()),  # type: ignore[arg-type]  # a wrong call is what is tested
        lambda: examine(token, key.decode()),  # type: ignore[arg-type]  # a wrong call is what is tested
    ]


@pytest.mark.parametrize("key", KEYS)
def test_no_failure_tells_a_secret(key: bytes) -> None:
    token = Issuer(key).issue("alice", now=NOW)
    signature = base64.urlsafe_b64decode(token.rpartition(".")[2] + "=")
    for call in failures(key, token):
        with pytest.raises((Refused, TypeError, ValueError)) as caught:
            call()
        error = caught.value
        text = "".join(traceback.format_exception(error)) + repr(error) + str(error)
        assert_silent(text, key, key[:31], signature)
        assert token[:60] not in text
        assert error.__context__ is None


@pytest.mark.parametrize("key", KEYS)
def test_objects_show_the_fingerprint_only(key: bytes) -> None:
    for holder in (Issuer(key), Verifier(key)):
        assert fingerprint(key) in repr(holder)
        held = [getattr(holder, name) for name in type(holder).__slots__]
        assert_silent(f"{holder!r} {holder} {held}", key)
        assert not hasattr(holder, "__dict__")
        with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
            pickle.dumps(holder)


def test_a_description_is_silent() -> None:
    for param in KEYS:
        (key,) = param.values
        assert isinstance(key, bytes)
        assert_silent(repr(describe(key)), key)


def test_a_key_file_error_is_silent(tmp_path: Path) -> None:
    key = b"canary-key-of-32-bytes-0123456789" * 40_000
    (tmp_path / "key").write_bytes(key)
    with pytest.raises(KeyFileError) as caught:
        load_key(tmp_path / "key")
    assert_silent("".join(traceback.format_exception(caught.value)), key[:33])


PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")


@pytest.mark.parametrize("name", PRIVATE_MEMBERS)
@pytest.mark.parametrize("kind", ["RSA", "oct", "EC", 1])
def test_a_private_member_of_a_jwks_is_shown_nowhere(name: str, kind: object) -> None:
    canary = "canary-key-of-32-bytes-0123456789"
    for value in (canary, [canary], {"r": canary}):
        document = json.dumps({"keys": [{"kty": kind, "kid": "k", "n": "AQAB", "e": "AQAB", name: value}]})
        read = read_jwks(document)
        assert "jwks.private" in [each.rule for each in read.findings]
        shown = [repr(read), repr(examine("eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.e30.AA", jwks=document))]
        with pytest.raises(Refused) as caught:
            Verifier(jwks=document)
        shown.append("".join(traceback.format_exception(caught.value)))
        assert "canary" not in "".join(shown)


def test_an_rsa_issuer_and_its_jwks_are_silent() -> None:
    key = JWK.generate(kty="RSA", size=2048)
    private = json.loads(key.export_private())
    issuer = Issuer(rsa=key.export_private().encode())
    held = [getattr(issuer, name) for name in Issuer.__slots__]
    pem = key.export_to_pem(private_key=True, password=None)
    text = f"{issuer!r} {held} {write_jwks({'k': pem})!r} {Verifier(jwks=issuer.jwks)!r}"
    assert not any(private[name] in text for name in ("d", "p", "q", "dp", "dq", "qi"))
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(issuer)


def test_findings_are_silent() -> None:
    key = b"canary-key-of-32-bytes-0123456789"
    token = Issuer(key).issue("alice", now=NOW)
    for broken in (
        token + "=",
        token[:-1],
        token[1:],
        f'"{token}"',
        f"Bearer {token}",
        token + ".A",
        token * 2,
    ):
        text = repr(examine(broken, key, NOW).findings)
        assert_silent(text, key)
        assert token[40:70] not in text


def test_a_refusal_survives_pickling() -> None:
    with pytest.raises(Refused) as caught:
        Verifier(bytes(32)).verify("a.b.c", NOW)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.rule, again.finding, str(again)) == (
        caught.value.rule,
        caught.value.finding,
        str(caught.value),
    )
