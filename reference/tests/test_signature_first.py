"""A token with a wrong signature is refused before its structure is read."""

from __future__ import annotations

import base64
import hmac

import pytest

from slurm_jwt import Refused, Verifier, examine
from slurm_jwt.strict import examination, jws
from slurm_jwt.strict.jws import encode
from slurm_jwt.strict.signature import Keys

KEY = bytes(range(32))
NOW = 1_893_456_000
HEADER = b'{"alg":"HS256","typ":"JWT"}'
DEEP = b'{"a":' * 14_000 + b"[]" + b"}" * 14_000
CLAIMS = b'{"exp":1893457800,"iat":1893456000,"sun":"alice"}'


def signed(header: bytes, claims: bytes, key: bytes = KEY) -> bytes:
    head = encode(header) + b"." + encode(claims)
    return head + b"." + base64.urlsafe_b64encode(hmac.digest(key, head, "sha256")).rstrip(b"=")


def first_rule(token: bytes) -> str:
    with pytest.raises(Refused) as caught:
        Verifier(KEY).verify(token, NOW)
    return caught.value.rule


@pytest.fixture
def bytes_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The length of each JSON text that is read, and of each part that is decoded."""
    read: list[int] = []

    def counting(function):
        def counted(raw: bytes):
            read.append(len(raw))
            return function(raw)

        return counted

    monkeypatch.setattr(examination, "read_object", counting(examination.read_object))
    monkeypatch.setattr(jws, "decoded", counting(jws.decoded))
    return read


@pytest.mark.parametrize(
    ("header", "claims", "rule"),
    [
        (HEADER, DEEP, "signature.match"),
        (b'{"alg":"HS256"}', DEEP, "signature.match"),
        (b'{"alg":"none"}', DEEP, "alg.hs256"),
        (b"[]", DEEP, "header.object"),
        (DEEP, CLAIMS, "signature.match"),
        (b'{"alg":"HS256","x":"' + b"x" * 1100 + b'"}', CLAIMS, "signature.match"),
        (b'{"alg":"HS256","x":' + b"[" * 70 + b"]" * 70 + b"}", CLAIMS, "signature.match"),
    ],
    ids=range(7),
)
def test_verify_reads_no_more_than_a_short_header(
    header: bytes, claims: bytes, rule: str, bytes_read: list[int]
) -> None:
    token = signed(header, claims, key=bytes(32))
    assert first_rule(token) == rule
    assert max(bytes_read, default=0) <= 1366
    assert examine(token, KEY, NOW).findings[0].rule == rule


def test_verify_reads_nothing_long_of_a_signature_that_is_not_base64url(bytes_read: list[int]) -> None:
    assert first_rule(signed(HEADER, DEEP)[:-1] + b"!") == "form.base64url"
    assert max(bytes_read, default=0) <= 1366


def test_examine_stays_complete() -> None:
    token = signed(b'{"alg":"HS256","typ":"at+jwt","x":' + b"[" * 70 + b"]" * 70 + b"}", DEEP, key=bytes(32))
    rules = [finding.rule for finding in examine(token, KEY, NOW).findings]
    assert rules == [
        "signature.match",
        "header.depth",
        "typ.jwt",
        "claims.depth",
        "sun.required",
        "iat.required",
        "exp.required",
    ]


def test_a_right_signature_leads_to_the_structure() -> None:
    assert first_rule(signed(HEADER, DEEP)) == "claims.depth"
    assert first_rule(signed(b'{"alg":"none","x":"' + b"x" * 1100 + b'"}', CLAIMS)) == "alg.hs256"
    long = signed(b'{"alg":"HS256","x":"' + b"x" * 1100 + b'"}', CLAIMS)
    assert Verifier(KEY).verify(long, NOW).sun == "alice"


def test_claims_that_are_left_unread_are_not_checked() -> None:
    token = signed(b"x" * 2000, DEEP, key=bytes(32))
    judged = examination.examine_bytes(token, Keys(jws.signer(KEY)), NOW, [], signed_only=True)
    assert [finding.rule for finding in judged.findings] == ["signature.match"]
    assert {"header.json", "alg.hs256", "claims.json", "exp.unexpired"} <= set(judged.not_checked)
    assert judged.verdict == "invalid"
    assert judged.claims is None
