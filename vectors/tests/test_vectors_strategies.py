"""The strategies draw what their docstrings promise, told without the reference."""

import base64
import hmac
import json
import re
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from slurm_jwt_vectors import strategies
from slurm_jwt_vectors.build import NOW
from slurm_jwt_vectors.strategies import broken

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def payload(token: bytes) -> dict[str, object]:
    text = token.split(b".")[1]
    return json.loads(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))


def drawn(strategy) -> list:
    """Up to 500 draws, the same in every run."""
    seen = []

    @settings(FEW, max_examples=500, derandomize=True, phases=[Phase.generate])
    @given(strategy)
    def collect(value):
        seen.append(value)

    collect()
    return seen


@FEW
@given(strategies.keys())
def test_keys_are_long_enough(key: bytes):
    assert len(key) >= 32


@FEW
@given(strategies.users())
def test_users_are_portable_names(name: str):
    assert re.fullmatch(r"[A-Za-z0-9._][A-Za-z0-9._-]{0,31}", name)


@FEW
@given(st.data(), st.integers(0, 2**33))
def test_claims_are_good_at_their_moment(data, now: int):
    claims = data.draw(strategies.claims(now))
    assert claims["iat"] <= now < claims["exp"]
    assert claims.get("nbf", now) <= now
    assert isinstance(claims["sun"], str)
    assert "aud" not in claims


@FEW
@given(strategies.headers())
def test_headers_are_good(header: dict[str, object]):
    assert header["alg"] == "HS256"
    assert header.get("typ", "JWT") == "JWT"
    assert not {"crit", "b64", "enc", "cty"} & set(header)


@FEW
@given(strategies.good_tokens())
def test_good_tokens_are_signed_and_name_their_user(sample):
    signing_input, _, signature = sample.token.rpartition(b".")
    mac = hmac.new(sample.key, signing_input, "sha256").digest()
    assert base64.urlsafe_b64encode(mac).rstrip(b"=") == signature
    assert payload(sample.token)["sun"] == sample.user
    assert (sample.now, sample.rules) == (NOW, ())


@FEW
@given(strategies.broken_tokens("sun.posix"))
def test_odd_names_are_named(sample):
    assert payload(sample.token)["sun"] == sample.user


@FEW
@given(strategies.broken_tokens("sun.required"))
def test_a_token_without_sun_names_nobody(sample):
    assert sample.user is None


def test_any_rule_can_come_without_being_asked_for(monkeypatch):
    """Only the choice of the rule is drawn: Hypothesis goes through such a small space as a whole."""
    monkeypatch.setattr(broken, "_broken", lambda rules, _good: st.sampled_from(rules))
    assert set(drawn(strategies.broken_tokens())) == set(strategies.BREAKABLE)


def test_an_unknown_rule_is_an_error():
    with pytest.raises(ValueError, match=r"exp\.required-not"):
        strategies.broken_tokens("exp.required-not")


def test_token_like_text_can_be_a_token_noise_or_nothing():
    seen = drawn(strategies.token_like())
    assert any(text.count(b".") == 2 and len(text) > 60 for text in seen)
    assert any(b"." not in text and len(text) > 3 for text in seen)
    assert b"" in seen


@pytest.mark.program
def test_without_hypothesis_the_error_names_the_extra():
    script = "import sys; sys.modules['hypothesis'] = None; import slurm_jwt_vectors.strategies"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "slurm-jwt-conformance[strategies]" in done.stderr


KEY = bytes(range(32))


@pytest.mark.parametrize("draw", [strategies.good_tokens, strategies.broken_tokens])
def test_samples_take_a_key_and_a_user(draw):
    for sample in drawn(draw(key=KEY, user="alice")):
        assert sample.key == KEY
        assert sample.user == "alice" or sample.rules[0].startswith("sun.")


def test_token_like_text_takes_a_key_and_a_user():
    name = base64.urlsafe_b64encode(b'{"alg":"HS256"}').rstrip(b"=")
    assert any(text.startswith(name[:4]) for text in drawn(strategies.token_like(key=KEY, user="alice")))


def test_with_a_key_no_token_breaks_a_rule_about_the_key(monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(broken, "_broken", lambda rules, _good: st.sampled_from(rules))
        rules = drawn(strategies.broken_tokens(key=KEY))
    assert set(rules) == {rule for rule in strategies.BREAKABLE if not rule.startswith("key.")}
    with pytest.raises(ValueError, match=r"key\.length.*leave out key="):
        strategies.broken_tokens("key.length", key=KEY)


def test_a_key_or_user_of_no_good_token_is_refused():
    with pytest.raises(ValueError, match="31 bytes"):
        strategies.good_tokens(key=KEY[:31])
    with pytest.raises(ValueError, match="portable"):
        strategies.good_tokens(user="al ice")


@pytest.mark.parametrize(
    ("samples", "wrong"),
    [
        (strategies.good_tokens, lambda sample: len(sample.token) > 300),
        (strategies.broken_tokens, lambda sample: len(sample.token) > 300),
        (strategies.broken_tokens, lambda sample: "exp" in sample.rules[0]),
    ],
)
def test_a_failure_shrinks_in_few_calls(samples, wrong):
    """Each call costs one verification: 2,500 of a verifier that needs 2 ms are 5 seconds."""
    calls = []

    @settings(FEW, database=None, derandomize=True, phases=[Phase.generate, Phase.shrink], max_examples=100)
    @given(samples())
    def check(sample):
        calls.append(sample)
        assert not wrong(sample)

    with pytest.raises(AssertionError):
        check()
    assert len(calls) < 2500
