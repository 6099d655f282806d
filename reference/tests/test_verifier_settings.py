"""audience, issuer, leeway and max_lifetime: what a Verifier requires beyond the documented rules."""

from __future__ import annotations

import base64
import hmac
import json
from enum import Enum, IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurm_jwt import Issuer, Refused, Verifier, examine
from slurm_jwt.strict.rules import BY_ID, EXPECTATIONS, LATER_RULES, RULES, in_edition

KEY = bytes(range(32))
NOW = 1_893_456_000
USUAL = {"exp": NOW + 1800, "iat": NOW, "sun": "alice"}


class Names(str, Enum):  # noqa: UP042 - its text is "Names.SLURM", that of a StrEnum its value
    SLURM = "slurm"


class Seconds(IntEnum):
    HALF_HOUR = 1800


def signed(claims: dict[str, Any], key: bytes = KEY) -> bytes:
    """A token of the usual form with these members beside the usual claims; None removes a claim."""
    members = {name: value for name, value in {**USUAL, **claims}.items() if value is not None}
    parts = (b'{"alg":"HS256","typ":"JWT"}', json.dumps(dict(sorted(members.items()))).encode())
    compact = [part.replace(b": ", b":").replace(b", ", b",") for part in parts]
    head = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in compact)
    return head + b"." + base64.urlsafe_b64encode(hmac.digest(key, head, "sha256")).rstrip(b"=")


def refusal(claims: dict[str, Any], now: float = NOW, **settings: Any) -> str | None:
    """The first rule by which Verifier and examine refuse a token, None if both accept it."""
    token = signed(claims)
    examination = examine(token, KEY, now, **settings)
    verifier = Verifier(KEY, **settings)
    if examination.verdict == "valid":
        assert verifier.verify(token, now).to_dict() == examination.claims
        return None
    with pytest.raises(Refused) as caught:
        verifier.verify(token, now)
    assert caught.value.finding == examination.findings[0]
    return caught.value.rule


@pytest.mark.parametrize("aud", ["slurm", ["slurm"], ["other", "slurm"]])
@pytest.mark.parametrize(
    "audience", ["slurm", ["x", "slurm"], {"slurm"}, ("slurm",), Names.SLURM, list(Names)]
)
def test_a_token_for_the_audience_is_accepted(aud: object, audience: Any) -> None:
    assert refusal({"aud": aud}, audience=audience) is None
    assert refusal({"aud": aud}) == "aud.unasked"


@pytest.mark.parametrize("aud", ["Slurm", "slurm ", "slur", "", [], ["other"], None])
def test_a_token_for_another_audience_or_none_is_refused(aud: object) -> None:
    assert refusal({"aud": aud}, audience=["slurm", "x"]) == "aud.expected"


@pytest.mark.parametrize("aud", [1, {"slurm": 1}, ["slurm", 1], True])
def test_an_audience_of_another_form_is_refused(aud: object) -> None:
    assert refusal({"aud": aud}, audience="slurm") == "aud.form"


@pytest.mark.parametrize("iss", ["https://idp/", "HTTPS://idp", "https://idp\u0000", "", None])
def test_another_issuer_is_refused(iss: object) -> None:
    assert refusal({"iss": iss}, issuer="https://idp") == "iss.expected"


def test_the_issuer_is_accepted() -> None:
    assert refusal({"iss": "https://idp"}, issuer="https://idp") is None
    assert refusal({"iss": "slurm"}, issuer=Names.SLURM) is None
    assert refusal({"iss": ["https://idp"]}, issuer="https://idp") == "claims.types"


@pytest.mark.parametrize(("name", "rule"), [("nbf", "nbf.reached"), ("iat", "iat.reached")])
def test_leeway_for_what_is_not_yet(name: str, rule: str) -> None:
    assert refusal({name: NOW + 30}) == rule
    assert refusal({name: NOW + 30}, leeway=29) == rule
    assert refusal({name: NOW + 30}, leeway=30) is None


def test_leeway_for_what_has_expired() -> None:
    assert refusal({}, now=NOW + 1829, leeway=30) is None
    assert refusal({}, now=NOW + 1830, leeway=30) == "exp.unexpired"
    assert refusal({}, now=NOW + 1829.5, leeway=30) is None
    assert refusal({"exp": -(10**300)}, leeway=2**53 - 1) == "claims.numbers"


def test_the_lifetime_is_bounded() -> None:
    assert refusal({}, max_lifetime=1800) is None
    assert refusal({}, max_lifetime=Seconds.HALF_HOUR) is None
    assert refusal({}, max_lifetime=1799) == "exp.lifetime"
    assert refusal({"iat": NOW - 1}, max_lifetime=1800) == "exp.lifetime"
    assert refusal({"iat": None}, max_lifetime=1) == "iat.required"


@pytest.mark.parametrize("exp", [10**300, -(10**300), 1e308, 10**4000, "1", True, [1]])
@pytest.mark.parametrize("iat", [NOW, NOW + 0.5, 10**4000, -(10**4000), "x", None])
def test_a_lifetime_of_odd_numbers_raises_nothing(exp: Any, iat: Any) -> None:
    assert refusal({"exp": exp, "iat": iat}, max_lifetime=60) is not None


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"audience": b"slurm"}, TypeError),
        ({"audience": ["slurm", 1]}, TypeError),
        ({"audience": 1}, TypeError),
        ({"audience": []}, ValueError),
        ({"audience": ""}, ValueError),
        ({"issuer": ["x"]}, TypeError),
        ({"issuer": ""}, ValueError),
        ({"leeway": -1}, ValueError),
        ({"leeway": 1.5}, TypeError),
        ({"leeway": True}, TypeError),
        ({"leeway": None}, TypeError),
        ({"leeway": 2**53}, ValueError),
        ({"max_lifetime": 0}, ValueError),
        ({"max_lifetime": "60"}, TypeError),
        ({"max_lifetime": 2**53}, ValueError),
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_meant(settings: dict[str, Any], error: type[Exception]) -> None:
    for call in (lambda: Verifier(KEY, **settings), lambda: examine("a.b.c", KEY, NOW, **settings)):
        with pytest.raises(error, match=next(iter(settings))) as caught:
            call()
        assert not isinstance(caught.value, Refused)


def test_a_key_is_required_and_settings_are_named() -> None:
    with pytest.raises(TypeError, match="key"):
        Verifier()
    with pytest.raises(TypeError, match="positional"):
        Verifier(KEY, "slurm")  # type: ignore[misc]  # the wrong call is what is tested


def test_the_rules_of_settings_are_in_the_catalogue_after_the_documented_ones() -> None:
    both = {"2020": RULES, "later": in_edition("later")}
    assert {*RULES, *LATER_RULES, *EXPECTATIONS} == set(BY_ID.values())
    for rules in both.values():
        ids = [rule.id for rule in (*rules, *EXPECTATIONS)]
        assert ids == [rule for rule in BY_ID if rule in ids]
    assert all(
        rule.sources and rule.sentence.endswith(".") and rule.hint.endswith(".") for rule in EXPECTATIONS
    )


def test_rules_of_settings_are_not_checked_on_unreadable_claims() -> None:
    for token in (b"a.b.c", b"a", signed({})[:-3] + b"!!!"):
        required = examine(token, KEY, NOW, audience="slurm", issuer="x", max_lifetime=1)
        ids = {rule.id for rule in EXPECTATIONS}
        assert ids <= {*required.not_checked, *(finding.rule for finding in required.findings)}
        assert not ids & set(examine(token, KEY, NOW).not_checked)


times = st.integers(NOW - 100, NOW + 100)


@given(
    st.fixed_dictionaries(
        {"exp": times, "iat": times, "sun": st.just("alice")},
        optional={
            "nbf": times,
            "iss": st.sampled_from(["a", "b"]),
            "aud": st.sampled_from(["a", ["a", "b"]]),
        },
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "audience": st.sampled_from(["a", "b", ["a", "c"]]),
            "issuer": st.sampled_from(["a", "b"]),
            "leeway": st.integers(0, 50),
            "max_lifetime": st.integers(1, 150),
        },
    ),
)
def test_the_verifier_accepts_what_an_own_oracle_accepts(
    claims: dict[str, Any], settings: dict[str, Any]
) -> None:
    leeway, audience = settings.get("leeway", 0), settings.get("audience")
    names = {audience} if isinstance(audience, str) else set(audience or ())
    aud = claims.get("aud", [])
    right = (
        bool(names & ({aud} if isinstance(aud, str) else set(aud))) if audience else "aud" not in claims,
        settings.get("issuer") in {None, claims.get("iss")},
        claims["exp"] > NOW - leeway,
        claims["iat"] <= NOW + leeway,
        claims.get("nbf", NOW) <= NOW + leeway,
        claims["exp"] - claims["iat"] <= settings.get("max_lifetime", 10**6),
    )
    assert (refusal(claims, **settings) is None) == all(right)


def test_a_token_of_scontrol_has_no_audience() -> None:
    token = Issuer(KEY).issue("alice", now=NOW)
    with pytest.raises(Refused, match=r"aud\.expected"):
        Verifier(KEY, audience="slurm").verify(token, NOW)
