"""Whatever the bytes are: no error, no endless work, nothing unprintable."""

from __future__ import annotations

import base64
import hmac
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slurm_jwt import Examination, Refused, Verifier, examine
from slurm_jwt.strict.rules import BY_ID

KEY = bytes(range(32))
NOW = 1_893_456_000
VERIFIER = Verifier(KEY)
HEADER = b'{"alg":"HS256","typ":"JWT"}'

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
names = st.sampled_from(
    [
        "alg",
        "typ",
        "cty",
        "crit",
        "kid",
        "jwk",
        "x5c",
        "b64",
        "enc",
        "exp",
        "iat",
        "nbf",
        "sun",
        "aud",
        "iss",
        "jti",
    ]
)
objects = st.dictionaries(names, json_values, max_size=6)
raw_parts = st.binary(max_size=60) | objects.map(lambda value: json.dumps(value).encode())


def signed(header: bytes, claims: bytes) -> bytes:
    head = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, claims))
    return head + b"." + base64.urlsafe_b64encode(hmac.digest(KEY, head, "sha256")).rstrip(b"=")


def judged(token: str | bytes) -> Examination:
    """Examine, verify, and hold the two against each other and against what is promised."""
    examination = examine(token, KEY, NOW)
    places = [list(BY_ID).index(finding.rule) for finding in examination.findings]
    assert places == sorted(set(places))
    for finding in examination.findings:
        assert finding.found.isascii()
        assert finding.found.isprintable()
        assert 0 < len(finding.found) <= 200
        assert finding.severity == BY_ID[finding.rule].severity
    if examination.verdict == "valid":
        assert VERIFIER.verify(token, NOW).to_dict() == examination.claims
    else:
        with pytest.raises(Refused) as caught:
            VERIFIER.verify(token, NOW)
        assert caught.value.finding == examination.findings[0]
    return examination


@given(st.binary(max_size=300) | st.text(st.characters(), max_size=300))
@example("")
@example("..")
@example("\ud800.\udfff.")
@example(b"\0.\xff.\x1b[2J")
def test_any_token(token: str | bytes) -> None:
    assert judged(token).verdict in {"invalid", "either"}


@given(raw_parts, raw_parts)
def test_any_signed_parts(header: bytes, claims: bytes) -> None:
    judged(signed(header, claims))


@given(objects)
def test_any_signed_claims(claims: dict[str, object]) -> None:
    judged(signed(HEADER, json.dumps(claims).encode()))


HOSTILE = {
    "deep array": b"[" * 90_000,
    "deep objects": b'{"a":' * 18_000,
    "deep, well formed": b'{"a":' + b"[" * 45_000 + b"]" * 45_000 + b"}",
    "wide": b"[" + b"[]," * 30_000 + b"[]]",
    "long integer": b'{"exp":' + b"9" * 90_000 + b"}",
    "long negative integer": b'{"exp":-' + b"9" * 90_000 + b"}",
    "many long integers": b'{"x":[' + b",".join([b"9" * 4299] * 20) + b"]}",
    "long fraction": b'{"exp":0.' + b"3" * 90_000 + b"}",
    "long exponent": b'{"exp":1e' + b"9" * 90_000 + b"}",
    "many duplicates": b'{"sun":"a"' + b',"sun":"a"' * 9_000 + b"}",
    "many escapes": b'{"sun":"' + b"\\ud800" * 15_000 + b'"}',
    "open string": b'{"sun":"' + b"\\\\" * 40_000,
    "many quotes": b'"' * 90_000,
    "blanks": b" " * 90_000,
    "blanks and brackets": (b" " * 1_000 + b"[") * 90,
    "NUL": b"\0" * 90_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_json_ends_in_findings(text: bytes) -> None:
    assert judged(signed(HEADER, text)).verdict == "invalid"
    assert judged(signed(text, b"{}")).verdict == "invalid"


def test_hostile_numbers_leave_claims_that_can_be_printed() -> None:
    claims = judged(signed(HEADER, HOSTILE["long integer"])).claims
    assert claims == {"exp": 10**400}
    assert json.loads(json.dumps(claims)) == claims


def test_what_nests_too_deep_is_cut() -> None:
    text = b'{"a":' + b"[" * 45_000 + b"1" + b"]" * 45_000 + b"}"
    claims = judged(signed(HEADER, text)).claims
    assert json.dumps(claims) == '{"a": ' + "[" * 63 + "null" + "]" * 63 + "}"


def test_millions_of_periods_and_bytes_are_refused_at_once() -> None:
    for token in (b"." * 5_000_000, b"A" * 5_000_000, "é" * 5_000_000):
        assert [finding.rule for finding in judged(token).findings] == ["form.size"]


@pytest.mark.parametrize("token", [None, 1, bytearray(b"a.b.c"), memoryview(b"a.b.c"), ["a"], object()])
def test_a_token_of_another_type_is_a_type_error(token: object) -> None:
    with pytest.raises(TypeError, match="token"):
        examine(token, KEY, NOW)  # type: ignore[arg-type]  # the wrong type is what is tested
    with pytest.raises(TypeError, match="token"):
        VERIFIER.verify(token, NOW)  # type: ignore[arg-type]  # the wrong type is what is tested


@pytest.mark.parametrize("key", ["k" * 32, bytearray(32), 1, [1]])
def test_a_key_of_another_type_is_a_type_error(key: object) -> None:
    with pytest.raises(TypeError, match="key"):
        examine("a.b.c", key, NOW)  # type: ignore[arg-type]  # the wrong type is what is tested
    with pytest.raises(TypeError, match="key"):
        Verifier(key)  # type: ignore[arg-type]  # the wrong type is what is tested


@pytest.mark.parametrize("now", [True, "1893456000", 1j, [0]])
def test_a_moment_of_another_type_is_a_type_error(now: object) -> None:
    with pytest.raises(TypeError, match="now"):
        examine("a.b.c", KEY, now)  # type: ignore[arg-type]  # the wrong type is what is tested
    with pytest.raises(TypeError, match="now"):
        VERIFIER.verify("a.b.c", now)  # type: ignore[arg-type]  # the wrong type is what is tested


@pytest.mark.parametrize(
    "now", [float("nan"), float("inf"), float("-inf"), 10**5000], ids=["NaN", "inf", "-inf", "huge"]
)
def test_what_is_no_moment_is_a_value_error(now: float) -> None:
    with pytest.raises(ValueError, match="now") as caught:
        examine("a.b.c", KEY, now)
    assert not isinstance(caught.value, Refused)
    with pytest.raises(ValueError, match="now") as caught:
        VERIFIER.verify("a.b.c", now)
    assert not isinstance(caught.value, Refused)


def test_the_clock_is_read_when_no_moment_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    token = signed(HEADER, b'{"exp":2000,"iat":1000,"sun":"alice"}')
    monkeypatch.setattr("time.time", lambda: 1999.5)
    assert examine(token, KEY).verdict == "valid"
    assert VERIFIER.verify(token).sun == "alice"
    monkeypatch.setattr("time.time", lambda: 2000.0)
    assert [finding.rule for finding in examine(token, KEY).findings] == ["exp.unexpired"]
    with pytest.raises(Refused, match=r"exp\.unexpired"):
        VERIFIER.verify(token)
