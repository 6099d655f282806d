"""The smoke test tells an adapter that is broken from a library that is wrong."""

import sys
from dataclasses import replace

import pytest

from slurm_jwt_conformance.adapters import NotInstalled, Outcome
from slurm_jwt_conformance.adapters.child import Child
from slurm_jwt_conformance.adapters.smoke import smoke
from support.places import MISBEHAVING

pytestmark = pytest.mark.program

ADAPTER = MISBEHAVING
NOW = 1_893_456_000


@pytest.fixture
def child():
    children = []

    def start(mode):
        children.append(Child(f"cmd:{mode}", [sys.executable, "-I", str(ADAPTER), mode]))
        return children[-1]

    yield start
    for one in children:
        one.close()


def test_an_adapter_that_accepts_everything_does_not_ask_its_library(child):
    found = smoke(child("none"), NOW)
    assert "Everything is accepted, garbage too: the library is not asked at all." in found.adapter
    assert not found.library
    assert any(found)


def test_an_adapter_that_refuses_everything_loses_something_on_the_way(child):
    found = smoke(child("reject-all"), NOW)
    assert "A plain good token is not accepted: reject: no" in found.adapter
    assert not found.library


def test_a_contract_that_is_not_kept_is_the_adapters_fault(child):
    found = smoke(child("babble"), NOW)
    assert [text.partition(":")[0] for text in found.adapter] == ["The adapter breaks the adapter protocol"]


def test_what_cannot_take_part_is_neither(child):
    with pytest.raises(NotInstalled):
        smoke(child("unavailable"), NOW)


def test_an_issuer_alone_is_asked_as_an_issuer_alone(child):
    assert smoke(child("issuer-only"), NOW).adapter == ("What is issued is not a token.",)


class Scripted:
    """Answers as the reference does, but for what the test changes."""

    def __init__(self, participant, **changes):
        self.participant, self.changes = participant, changes

    def describe(self):
        return self.participant.describe()

    def verify(self, requests):
        for answer in self.participant.verify(requests):
            yield Outcome(answer.id, self.changes.get(answer.id.replace(" ", "_"), answer.outcome), "why")

    def issue(self, requests):
        return self.participant.issue(requests)


@pytest.fixture(scope="module")
def reference():
    from slurm_jwt_conformance.adapters import registry

    one = registry.start("reference")
    yield one
    one.close()


def test_the_reference_is_sane(reference):
    assert not any(smoke(Scripted(reference), NOW))


def test_a_library_that_takes_any_key_is_wrong_and_its_adapter_is_not(reference):
    found = smoke(Scripted(reference, other_key="accept"), NOW)
    assert found.adapter == ()
    assert found.library == ("A token is accepted that is signed with another key.",)


@pytest.mark.parametrize("question", ["RS256", "RS256 beside a key of HS256", "HS256 beside a JWKS"])
def test_rs256_is_asked_of_an_adapter_that_states_it(reference, question):
    found = smoke(Scripted(reference, **{question.replace(" ", "_"): "reject"}), NOW)
    assert found.adapter == (f"A plain good token is not accepted ({question}): reject: why",)


class Forgetful(Scripted):
    """Issues each RS256 token under another kid."""

    def issue(self, requests):
        return self.participant.issue([replace(one, kid=one.kid and "x") for one in requests])


def test_the_kid_of_the_request_must_be_in_the_token(reference):
    found = smoke(Forgetful(reference), NOW)
    assert found.adapter == ("What is issued with RS256 is not signed with the key of the request.",)


class OnlyHs256(Scripted):
    """States HS256 only."""

    def describe(self):
        return replace(self.participant.describe(), algorithms=("HS256",))


def test_rs256_is_not_asked_of_other_adapters(reference):
    assert not any(smoke(OnlyHs256(reference, RS256="crash"), NOW))


def test_a_clock_that_does_not_reach_the_library_is_the_adapters_fault(reference):
    found = smoke(Scripted(reference, expired="accept"), NOW)
    assert found.adapter == ("An expired token is accepted: `now` does not reach the library.",)
    assert found.library == ()
