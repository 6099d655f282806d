"""The public strategies draw what they say, told by `examine`: good tokens, one broken rule, any bytes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from slurm_jwt import Refused, Verifier, examine
from slurm_jwt.strict.rules import BY_ID, RULES
from slurm_jwt_vectors import strategies

FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BY_SEVERITY = {"error": "invalid", "choice": "either"}


def found(sample):
    seen = examine(sample.token, sample.key, sample.now)
    return seen.verdict, tuple(finding.rule for finding in seen.findings)


def test_every_rule_can_be_broken():
    assert tuple(rule.id for rule in RULES) == strategies.BREAKABLE


@FEW
@given(strategies.good_tokens())
def test_good_tokens_are_good(sample):
    assert found(sample) == ("valid", ())
    assert Verifier(sample.key).verify(sample.token, sample.now).sun == sample.user


@FEW
@given(strategies.good_tokens(now=1))
def test_good_tokens_are_good_at_their_moment(sample):
    assert sample.now == 1
    assert found(sample) == ("valid", ())


@pytest.mark.parametrize("rule", strategies.BREAKABLE)
def test_broken_tokens_break_their_rule_alone(rule):
    verdict = "undetermined" if rule == "form.size" else BY_SEVERITY[BY_ID[rule].severity]

    @FEW
    @given(strategies.broken_tokens(rule))
    def check(sample):
        assert sample.rules == (rule,)
        assert found(sample) == (verdict, (rule,))

    check()


@FEW
@given(strategies.token_like())
def test_token_like_text_gets_an_answer(text):
    key = bytes(32)
    seen = examine(text, key, 0)
    if seen.verdict == "valid":
        Verifier(key).verify(text, 0)
        return
    with pytest.raises(Refused) as refused:
        Verifier(key).verify(text, 0)
    assert refused.value.rule == seen.findings[0].rule
