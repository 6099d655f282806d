"""The issuing cases and the reference agree: on what a token made as asked breaks, and on what is refused."""

from __future__ import annotations

import base64
import hmac
import json

import pytest

from slurm_jwt import Issuer, Refused, examine
from slurm_jwt.strict.rules import BY_ID, RULES
from slurm_jwt_vectors import load, load_issuing

KEYS = load().keys
CASES = load_issuing()
ORDER = {rule.id: number for number, rule in enumerate(RULES)}


def encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def made_as_asked(case) -> bytes | None:
    """The token that a careless issuer makes of the wish; None where JSON cannot even write it."""
    try:
        claims = json.dumps(case.asked, ensure_ascii=True, separators=(",", ":")).encode()
    except TypeError:
        return None
    signing_input = encode(b'{"alg":"HS256","typ":"JWT"}') + b"." + encode(claims)
    mac = hmac.new(KEYS[case.key].bytes, signing_input, "sha256").digest()
    return signing_input + b"." + encode(mac)


WRITABLE = sorted(name for name, case in CASES.items() if made_as_asked(case) is not None)
SIMPLE = sorted(
    name
    for name, case in CASES.items()
    if set(case.asked) == {"exp", "iat", "sun"}
    and isinstance(case.asked["sun"], str)
    and all(type(case.asked[time]) is int for time in ("exp", "iat"))
)


def test_most_wishes_can_be_written():
    assert len(WRITABLE) > 100
    assert len(SIMPLE) > 30


@pytest.mark.parametrize("name", WRITABLE)
def test_a_token_made_as_asked_breaks_the_declared_rules(name):
    case = CASES[name]
    seen = examine(made_as_asked(case), KEYS[case.key].bytes, case.now)
    assert tuple(finding.rule for finding in seen.findings) == case.rules
    if case.expected == "token":
        assert seen.verdict == "valid"
    if case.expected == "refuse":
        assert seen.verdict == "invalid"


@pytest.mark.parametrize("name", SIMPLE)
def test_the_issuer_does_what_is_expected(name):
    """The Issuer refuses what leaves a choice, as the Verifier does; it holds no claims in the future."""
    case = CASES[name]
    asked = case.asked
    try:
        issuer = Issuer(KEYS[case.key].bytes)
        token = issuer.issue(asked["sun"], asked["exp"] - asked["iat"], asked["iat"])
    except Refused as refused:
        assert case.expected in {"refuse", "either"}
        assert refused.rule in case.rules  # noqa: PT017 - which wishes it refuses is what is tested
        return
    assert case.expected == "token" or case.rules == ("iat.reached",)
    seen = examine(token, KEYS[case.key].bytes, case.now)
    assert tuple(finding.rule for finding in seen.findings) == case.rules
    assert {name: seen.claims[name] for name in case.held} == case.held


def test_declared_rules_are_rules_in_order_and_their_severity_decides():
    for case in CASES.values():
        assert list(case.rules) == sorted(case.rules, key=ORDER.__getitem__), case.id
        severities = {BY_ID[rule].severity for rule in case.rules}
        if case.expected == "refuse":
            assert "error" in severities, case.id
        elif case.expected == "either" and case.rules != ("nbf.reached",):
            assert "error" not in severities, case.id
