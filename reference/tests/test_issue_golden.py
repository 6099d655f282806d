"""The Issuer gives what scontrol gives, and refuses what would be useless; known answers of the RFCs."""

from __future__ import annotations

import base64
import hmac
from enum import Enum, IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurm_jwt import Issuer, Refused, Verifier, examine
from slurm_jwt.strict.jws import signer

KEY = bytes(range(32))
NOW = 1_893_456_000

# Made with base64 and "openssl dgst -sha256 -mac HMAC" from the two JSON texts
# {"alg":"HS256","typ":"JWT"} and {"exp":1893457800,"iat":1893456000,"sun":"alice"}.
GOLDEN = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJleHAiOjE4OTM0NTc4MDAsImlhdCI6MTg5MzQ1NjAwMCwic3VuIjoiYWxpY2UifQ."
    "dyjYc6Tn1wJuLwdsHWdY_3IkydrEMNqCL_2vKzuzXhw"
)


def test_the_golden_token() -> None:
    assert Issuer(KEY).issue("alice", now=NOW) == GOLDEN
    assert Issuer(KEY).issue("alice", 1800, NOW + 0.999) == GOLDEN


def test_the_clock_is_read_and_rounded_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: NOW + 0.999)
    assert Issuer(KEY).issue("alice") == GOLDEN


@pytest.mark.parametrize(
    ("user", "lifespan", "rule"),
    [
        ("", 1800, "sun.empty"),
        ("-alice", 1800, "sun.posix"),
        ("alice\n", 1800, "sun.posix"),
        ('al"ice', 1800, "sun.posix"),
        ("älice", 1800, "sun.posix"),
        ("٣", 1800, "sun.posix"),
        ("\ud800", 1800, "sun.posix"),
        ("alice@example.org", 1800, "sun.posix"),
        ("alice", 0, "exp.unexpired"),
        ("alice", -1, "exp.unexpired"),
        ("alice", -(10**5000), "exp.unexpired"),
        ("alice", 2**53 - NOW, "claims.numbers"),
        ("alice", 10**5000, "claims.numbers"),
    ],
    ids=range(13),
)
def test_useless_tokens_are_refused(user: str, lifespan: int, rule: str) -> None:
    with pytest.raises(Refused) as caught:
        Issuer(KEY).issue(user, lifespan, NOW)
    assert caught.value.rule == rule


def test_the_longest_lifespan() -> None:
    token = Issuer(KEY).issue("alice", 2**53 - 1 - NOW, NOW)
    assert Verifier(KEY).verify(token, NOW).exp == 2**53 - 1


@pytest.mark.parametrize("name", ["a", "0", "_", ".", "a-", "A.b_c-9", "x" * 255])
def test_portable_names_are_taken(name: str) -> None:
    assert Verifier(KEY).verify(Issuer(KEY).issue(name, now=NOW), NOW).sun == name


@pytest.mark.parametrize("user", [None, b"alice", 1, ["alice"]])
def test_a_user_of_another_type_is_a_type_error(user: Any) -> None:
    with pytest.raises(TypeError, match="user name"):
        Issuer(KEY).issue(user)


@pytest.mark.parametrize("lifespan", [None, 1800.0, float("nan"), "1800", True])
def test_a_lifespan_of_another_type_is_a_type_error(lifespan: Any) -> None:
    with pytest.raises(TypeError, match="lifespan"):
        Issuer(KEY).issue("alice", lifespan)


def test_what_is_no_moment_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="now"):
        Issuer(KEY).issue("alice", now=float("nan"))


@pytest.mark.parametrize(("key", "rule"), [(b"", "key.empty"), (bytes(31), "key.length")])
def test_unusable_keys_are_refused(key: bytes, rule: str) -> None:
    for role in (Issuer, Verifier):
        with pytest.raises(Refused) as caught:
            role(key)
        assert caught.value.rule == rule


@pytest.mark.parametrize("key", [None, "k" * 32, bytearray(32)])
def test_a_key_of_another_type_is_a_type_error(key: Any) -> None:
    for role in (Issuer, Verifier):
        with pytest.raises(TypeError, match="key"):
            role(key)


# RFC 4231 4.2, 4.3, 4.7: a short key, a key shorter than the hash, one longer than the block.
@pytest.mark.parametrize(
    ("key", "message", "mac"),
    [
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ],
)
def test_the_mac_gives_the_answers_of_rfc_4231(key: bytes, message: bytes, mac: str) -> None:
    assert base64.urlsafe_b64decode(signer(key)(message) + b"=").hex() == mac


@given(st.binary(max_size=200), st.binary(max_size=300))
def test_the_mac_is_that_of_the_standard_library(key: bytes, message: bytes) -> None:
    signature = base64.urlsafe_b64decode(signer(key)(message) + b"=")
    assert signature == hmac.digest(key, message, "sha256")


def test_the_example_of_rfc_7515_appendix_a_1() -> None:
    token = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    key = base64.urlsafe_b64decode(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow=="
    )
    examination = examine(token, key, now=1_300_819_379)
    assert [finding.rule for finding in examination.findings] == ["sun.required", "iat.required"]
    assert examination.header == {"typ": "JWT", "alg": "HS256"}
    assert examination.claims == {"iss": "joe", "exp": 1_300_819_380, "http://example.com/is_root": True}
    late = examine(token, key, now=1_300_819_380)
    assert [finding.rule for finding in late.findings] == ["sun.required", "iat.required", "exp.unexpired"]
    assert "signature.match" in [finding.rule for finding in examine(token, key[:-1], 0).findings]


class User(str, Enum):  # noqa: UP042 - its text is "User.ALICE", that of a StrEnum its value
    ALICE = "alice"


class Injector(str):
    """Text that writes itself as more than it is."""

    def __format__(self, spec: str) -> str:
        return 'root","x":"'

    __str__ = __repr__ = isalnum = isascii = __format__  # type: ignore[assignment]  # the trap that is tested


class Late(int):
    """A number that adds up to another one and writes itself in another way."""

    def __radd__(self, other: int) -> int:
        return 2**60

    def __format__(self, spec: str) -> str:
        return "9999999999"

    __add__ = __radd__


class Whenever(float):
    """A moment that is within every bound."""

    def __le__(self, other: object) -> bool:
        return True

    __ge__ = __lt__ = __gt__ = __le__

    def __floor__(self) -> int:
        return 0


@pytest.mark.parametrize("user", [User.ALICE, Injector("alice")])
def test_the_value_of_a_subclass_of_str_is_the_user(user: str) -> None:
    assert Issuer(KEY).issue(user, now=NOW) == GOLDEN


def test_a_subclass_of_str_is_judged_by_its_value() -> None:
    with pytest.raises(Refused) as caught:
        Issuer(KEY).issue(Injector('a","sun":"root'), now=NOW)
    assert caught.value.rule == "sun.posix"


@pytest.mark.parametrize("lifespan", [Late(1800), IntEnum("Lifespan", {"USUAL": 1800})["USUAL"]])
def test_the_value_of_a_subclass_of_int_is_the_lifespan(lifespan: int) -> None:
    assert Issuer(KEY).issue("alice", lifespan, NOW) == GOLDEN


def test_the_value_of_a_subclass_is_the_moment() -> None:
    assert Issuer(KEY).issue("alice", now=Whenever(NOW)) == GOLDEN
    assert Issuer(KEY).issue("alice", now=Late(NOW)) == GOLDEN
    with pytest.raises(ValueError, match="now"):
        Issuer(KEY).issue("alice", now=Whenever("inf"))


def test_a_name_that_makes_the_token_too_long_is_refused() -> None:
    longest = max(length for length in range(98_100, 98_304) if fits("a" * length))
    assert len(Issuer(KEY).issue("a" * longest, now=NOW)) <= 131_072
    for length in (longest + 1, 131_072, 10_000_000):
        with pytest.raises(Refused, match="128 KiB") as caught:
            Issuer(KEY).issue("a" * length, now=NOW)
        assert caught.value.rule == "form.size"


def fits(name: str) -> bool:
    """Return whether a token for the name has at most 131,072 bytes, by the length of its base64."""
    payload = len(f'{{"exp":{NOW + 1800},"iat":{NOW},"sun":"{name}"}}')
    return 36 + 1 + (payload * 4 + 2) // 3 + 1 + 43 <= 131_072


@given(
    st.text("abc-_.0", min_size=1, max_size=3),
    st.integers(1, 2**54),
    st.integers(-(2**63), 2**63) | st.floats(-(2.0**63), 2.0**63),
)
def test_whatever_is_issued_is_verified(user: str, lifespan: int, now: float) -> None:
    try:
        token = Issuer(KEY).issue(user, lifespan, now)
    except Refused:
        return
    assert Verifier(KEY).verify(token, now).sun == user
