"""Properties that hold for all tokens: Issuer and Verifier, one byte changed, and every library both ways."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slurm_jwt import Issuer, Refused, Verifier, examine
from slurm_jwt_conformance.adapters import IssueRequest, VerifyRequest, registry
from slurm_jwt_conformance.harness import batch
from slurm_jwt_vectors import strategies

LIBRARIES = tuple(name for name in registry.library_ids() if name.endswith(":careful"))
END = 2**53 - 1
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
FEW = settings(PATIENT, max_examples=8)

moments = st.integers(0, 2**33)
lifespans = st.integers(1, 2**40)
binary_keys = st.binary(min_size=32, max_size=100)


def reads_as_json(key):
    """Tell whether python-jose takes these bytes for the text of a JWK, and not for a key."""
    try:
        json.loads(key)
    except ValueError:
        return False
    return True


@PATIENT
@given(strategies.keys(), strategies.users(), lifespans, moments, st.data())
def test_what_the_issuer_makes_the_verifier_takes_until_it_expires(key, user, lifespan, now, data):
    token = Issuer(key).issue(user, lifespan, now)
    verifier = Verifier(key)
    late = data.draw(st.integers(now + lifespan, END), label="late")
    for moment in (now, now + lifespan - 1):
        claims = verifier.verify(token, moment)
        assert claims.to_dict() == {"exp": now + lifespan, "iat": now, "sun": user}
        assert examine(token, key, moment).verdict == "valid"
    with pytest.raises(Refused) as refused:
        verifier.verify(token, late)
    assert refused.value.rule == "exp.unexpired"


@PATIENT
@given(strategies.good_tokens(), strategies.keys())
def test_a_token_is_good_under_its_own_key_alone(sample, other):
    padded = {key.ljust(64, b"\0") for key in (sample.key, other)}
    if len(padded) == 1:  # HMAC fills keys up with NULs (RFC 2104 2): one key, differently long
        return
    with pytest.raises(Refused) as refused:
        Verifier(other).verify(sample.token, sample.now)
    assert refused.value.rule == "signature.match"


plain_tokens = st.builds(
    lambda key, user, lifespan, now: strategies.Sample(
        Issuer(key).issue(user, lifespan, now).encode(), key, now, user
    ),
    strategies.keys(),
    strategies.users(),
    lifespans,
    moments,
)


@PATIENT
@given(plain_tokens | strategies.good_tokens(), st.data())
def test_any_one_byte_changed_is_refused(sample, data):
    """Whatever byte becomes whatever other byte: unused bits, padding and white space are no way out."""
    token, place = sample.token, data.draw(st.integers(0, len(sample.token) - 1), label="place")
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != token[place]), label="byte")
    refuses(sample, token[:place] + bytes([byte]) + token[place + 1 :])


@PATIENT
@given(plain_tokens | strategies.good_tokens(), st.data())
def test_any_one_byte_more_or_less_is_refused(sample, data):
    token, place = sample.token, data.draw(st.integers(0, len(sample.token) - 1), label="place")
    refuses(sample, token[:place] + token[place + 1 :])
    more = data.draw(st.binary(min_size=1, max_size=1), label="more")
    refuses(sample, token[:place] + more + token[place:])
    refuses(sample, token + more)


def refuses(sample, changed):
    with pytest.raises(Refused):
        Verifier(sample.key).verify(changed, sample.now)
    assert examine(changed, sample.key, sample.now).verdict in {"invalid", "either"}


@pytest.fixture(scope="module")
def participants():
    """Every library as a careful user configures it."""
    with batch.lineup(LIBRARIES) as there:
        assert not there.absent
        yield there.present


# Times that every library can hold: Gehirn's makes a datetime of exp, which ends with the year 9999.
wishes = st.lists(
    st.tuples(
        binary_keys.filter(lambda key: not reads_as_json(key)),
        strategies.users(),
        st.integers(1, 2**31),
        st.integers(1, 2**32),
    ),
    min_size=1,
    max_size=20,
)


@pytest.mark.program
@pytest.mark.parametrize("name", LIBRARIES)
def test_the_reference_takes_what_a_library_makes(participants, name):
    @FEW
    @given(wishes)
    def check(wanted):
        requests = [
            IssueRequest(str(i), {"exp": now + lifespan, "iat": now, "sun": user}, key, now)
            for i, (key, user, lifespan, now) in enumerate(wanted)
        ]
        answers = list(participants[name].issue(requests))
        assert [answer.outcome for answer in answers] == ["token"] * len(wanted)
        for request, answer in zip(requests, answers, strict=True):
            claims = Verifier(request.key).verify(answer.token or "", request.now)
            assert claims.to_dict() == request.claims

    check()


@pytest.mark.program
@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_takes_what_the_reference_makes(participants, name):
    @FEW
    @given(wishes)
    def check(wanted):
        requests = [
            VerifyRequest(str(i), Issuer(key).issue(user, lifespan, now).encode(), key, now)
            for i, (key, user, lifespan, now) in enumerate(wanted)
        ]
        answers = participants[name].verify(requests)
        assert [(answer.outcome, answer.user) for answer in answers] == [
            ("accept", user) for _, user, _, _ in wanted
        ]

    check()
