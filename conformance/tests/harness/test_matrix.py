"""The matrix: who reads whose tokens, and whose doing a cell is."""

import json
from dataclasses import replace

import pytest

import slurm_jwt_vectors
from slurm_jwt import Issuer
from slurm_jwt_conformance.adapters import AdapterBroken, Description, NotInstalled, Outcome, registry
from slurm_jwt_conformance.harness import batch
from slurm_jwt_conformance.harness.batch import Absent
from slurm_jwt_conformance.harness.ledger import CellEntry, Ledger, Placed
from slurm_jwt_conformance.harness.matrix import LIFESPAN, USER, matrix
from slurm_jwt_conformance.harness.rs256_keys import rs256_keys
from slurm_jwt_vectors import build, pem
from support.slurm import require_release

NOW = 1_893_456_000
SUITE = slurm_jwt_vectors.load()
KEYS = {name: SUITE.keys[name] for name in ("random32", "pem-pkcs1")}


class Scripted:
    """A participant that answers what the test says; records what it is asked."""

    def __init__(self, issues="token", verifies="accept", user=USER, **more):
        self.issues, self.verifies, self.user = issues, verifies, user
        self.roles = more.get("roles", ("issuer", "verifier"))
        self.clock, self.token = more.get("clock", "argument"), more.get("token", build.token)
        self.orders, self.questions = [], []

    def describe(self):
        return Description("lib", "1.0", "Python", self.roles, self.clock)

    def issue(self, requests):
        for request in requests:
            self.orders.append(request)
            if isinstance(self.issues, Exception):
                raise self.issues
            made = self.token(claims=request.claims).signed_by(request.key).encoded().decode()
            token = made if self.issues == "token" else None
            yield Outcome(request.id, self.issues, None if token else "why", token=token)

    def verify(self, requests):
        for request in requests:
            self.questions.append(request)
            if isinstance(self.verifies, Exception):
                raise self.verifies
            yield Outcome(request.id, self.verifies, user=self.user)

    def close(self):
        pass


def cells(ledger=None, **participants):
    settled = list(matrix(participants, KEYS, ledger or Ledger(), NOW))
    assert not any(isinstance(one, Absent) for one in settled)
    return {(one.cell.issuer, one.cell.verifier, one.cell.key): one.cell for one in settled}


def entry(role, outcome, **changes):
    fields = {
        "role": role,
        "keys": ("pem-pkcs1",),
        "implementations": ("bad",),
        "versions": "==1.0",
        "outcome": outcome,
        "class_": "safe refusal",
        "reason": "It refuses PEM.",
        "link": "https://example.org",
        **changes,
    }
    return Ledger([Placed("bad.toml, [[cell]] 1", CellEntry(**fields))])


def test_everybody_reads_everybody_under_every_key():
    found = cells(a=Scripted(), b=Scripted(), c=Scripted())
    assert len(found) == 3 * 3 * 2
    assert {(one.status, one.outcome) for one in found.values()} == {("pass", "accept")}


def test_claims_are_asked_for_exactly_and_as_integers():
    one = Scripted()
    cells(a=one)
    (order, _) = one.orders
    assert order.claims == {"exp": NOW + LIFESPAN, "iat": NOW, "sun": "alice"}
    assert {type(value) for value in order.claims.values()} == {int, str}
    assert (order.key, order.now) == (KEYS["random32"].bytes, NOW)
    assert [(question.key, question.now) for question in one.questions] == [
        (key.bytes, NOW) for key in KEYS.values()
    ]


@pytest.mark.parametrize(("issues", "status"), [("refuse", "fail"), ("crash", "fail"), ("hang", "fail")])
def test_a_token_that_is_not_issued_is_the_issuers_doing(issues, status):
    found = cells(good=Scripted(), bad=Scripted(issues=issues))
    for verifier in ("good", "bad"):
        cell = found["bad", verifier, "pem-pkcs1"]
        assert (cell.outcome, cell.status, cell.error) == ("not issued", status, "why")
        assert found["good", verifier, "pem-pkcs1"].status == "pass"
    known = cells(entry("issuer", "not issued"), good=Scripted(), bad=Scripted(issues=issues))
    assert known["bad", "good", "pem-pkcs1"].status == "known"
    assert known["bad", "good", "pem-pkcs1"].deviation.reason == "It refuses PEM."
    assert known["bad", "good", "random32"].status == "fail", "the entry is about another key"


BAD_TOKENS = {
    "breaks alg.hs256": lambda claims: build.token(header={"alg": "HS512", "typ": "JWT"}, claims=claims),
    "breaks exp.integer": lambda claims: build.token(claims={**claims, "exp": float(claims["exp"])}),
    "breaks exp.required": lambda claims: build.token(claims=build.without(claims, "exp")),
    "names the user 'root'": lambda claims: build.token(claims={**claims, "sun": "root"}),
}


@pytest.mark.parametrize("why", BAD_TOKENS)
def test_a_bad_token_is_the_issuers_doing_and_no_verifier_is_asked(why):
    good, bad = Scripted(verifies="reject"), Scripted(token=BAD_TOKENS[why])
    found = cells(good=good, bad=bad)
    assert len(good.questions) == 2, "only its own tokens"
    for verifier in ("good", "bad"):
        cell = found["bad", verifier, "pem-pkcs1"]
        assert (cell.outcome, cell.status) == ("bad token", "fail")
        assert why in cell.reason
    known = cells(entry("issuer", "bad token"), good=Scripted(), bad=bad)
    assert known["bad", "good", "pem-pkcs1"].status == "known"


def test_a_verifier_whose_clock_cannot_be_set_is_not_asked():
    found = cells(good=Scripted(), bad=Scripted(verifies="reject", clock="system"))
    assert found["good", "bad", "random32"].status == "unsupported"


@pytest.mark.parametrize("verifies", ["reject", "crash", "hang"])
def test_a_token_that_is_not_read_is_the_verifiers_doing(verifies):
    found = cells(good=Scripted(), bad=Scripted(verifies=verifies))
    assert found["good", "bad", "pem-pkcs1"].status == "fail"
    assert found["bad", "good", "pem-pkcs1"].status == "pass"
    known = cells(entry("verifier", verifies), good=Scripted(), bad=Scripted(verifies=verifies))
    assert known["good", "bad", "pem-pkcs1"].status == "known"
    assert known["bad", "bad", "pem-pkcs1"].status == "known"
    only = entry("verifier", verifies, partners=("good",))
    found = cells(only, good=Scripted(), bad=Scripted(verifies=verifies))
    assert found["good", "bad", "pem-pkcs1"].status == "known"
    assert found["bad", "bad", "pem-pkcs1"].status == "fail"


def test_a_token_that_is_read_for_somebody_else_fails():
    found = cells(good=Scripted(), bad=Scripted(user="root"))
    cell = found["good", "bad", "random32"]
    assert (cell.status, cell.reason) == ("fail", "accepted for user 'root' instead of 'alice'")


@pytest.mark.parametrize("outcome", ["unsupported", "not run"])
def test_what_was_not_tried_is_neither_pass_nor_failure(outcome):
    found = cells(good=Scripted(), bad=Scripted(issues=outcome))
    assert found["bad", "good", "random32"].status == outcome
    found = cells(good=Scripted(), bad=Scripted(verifies=outcome))
    assert found["good", "bad", "random32"].status == outcome


def test_who_has_one_role_is_asked_in_that_role_alone():
    reader, writer = Scripted(roles=("verifier",)), Scripted(roles=("issuer",))
    found = cells(reader=reader, writer=writer)
    assert found["writer", "reader", "random32"].status == "pass"
    assert {found["reader", name, "random32"].status for name in ("reader", "writer")} == {"unsupported"}
    assert found["writer", "writer", "random32"].status == "unsupported"
    assert reader.orders == writer.questions == []


def test_a_broken_adapter_is_told_and_the_others_go_on():
    broken = AdapterBroken("bad", "it wrote garbage")
    for bad in (Scripted(issues=broken), Scripted(verifies=broken)):
        settled = list(matrix({"good": Scripted(), "bad": bad}, KEYS, Ledger(), NOW))
        absent = [one for one in settled if isinstance(one, Absent)]
        assert {(one.implementation, one.error) for one in absent} == {("bad", broken)}
        rest = [one.cell for one in settled if not isinstance(one, Absent)]
        assert {cell.status for cell in rest if cell.verifier == cell.issuer == "good"} == {"pass"}


def test_a_programming_error_is_not_taken_for_an_adapters():
    with pytest.raises(ZeroDivisionError):
        list(matrix({"bad": Scripted(issues=ZeroDivisionError())}, KEYS, Ledger(), NOW))


def test_what_the_ledger_hears_names_the_one_whose_doing_it_is():
    participants = {"good": Scripted(), "bad": Scripted(issues="refuse")}
    settled = {
        (one.cell.issuer, one.cell.verifier): one.seen for one in matrix(participants, KEYS, Ledger(), 1)
    }
    assert settled["bad", "good"].implementation == "bad"
    assert settled["bad", "good"].role == "issuer"
    assert settled["good", "bad"].implementation == "bad"
    assert settled["good", "bad"].role == "verifier"


def test_a_stale_entry_is_found_by_the_cells():
    ledger = entry("verifier", "reject")
    settled = list(matrix({"good": Scripted(), "bad": Scripted()}, KEYS, ledger, NOW))
    stale = ledger.stale(one.seen for one in settled if one.seen)
    assert stale == [
        "bad.toml, [[cell]] 1: pem-pkcs1: bad 1.0 no longer does 'reject': accept, as documented"
    ]


RSA = rs256_keys(SUITE)


def test_who_does_not_know_rs256_is_not_asked_under_an_rsa_key():
    one = Scripted()
    settled = list(matrix({"one": one}, RSA, Ledger(), NOW))
    assert {(each.cell.status, each.cell.reason) for each in settled} == {
        ("unsupported", "it does not know RS256")
    }
    assert one.orders == one.questions == []


class Rs256(Scripted):
    """Issues under an RSA key, with the kid that the test says."""

    def __init__(self, kid=None, **more):
        super().__init__(**more)
        self.kid = kid

    def describe(self):
        return replace(super().describe(), algorithms=("HS256", "RS256"))

    def issue(self, requests):
        for request in requests:
            self.orders.append(request)
            issuer = Issuer(rsa=request.pem, kid=self.kid or request.kid)
            lifespan = request.claims["exp"] - request.claims["iat"]
            yield Outcome(request.id, "token", token=issuer.issue(request.claims["sun"], lifespan, NOW))


def test_issuers_of_rs256_get_the_private_key_and_verifiers_the_jwks_beside_a_key_of_hs256():
    one = Rs256()
    settled = list(matrix({"one": one}, RSA, Ledger(), NOW))
    assert {(each.cell.key, each.cell.status) for each in settled} == {
        ("rs256-one", "pass"),
        ("rs256-two", "pass"),
    }
    assert [(order.key, order.pem, order.kid) for order in one.orders] == [
        (None, pem.PKCS1, "one"),
        (None, pem.PKCS8, "two"),
    ]
    assert [len(json.loads(question.jwks)["keys"]) for question in one.questions] == [1, 2]
    assert {question.key for question in one.questions} == {SUITE.keys["random32"].bytes}


def test_an_rs256_token_of_an_unknown_kid_is_the_issuers_doing():
    bad = Rs256(kid="three")
    settled = list(matrix({"bad": bad}, {"rs256-two": RSA["rs256-two"]}, Ledger(), NOW))
    assert "breaks kid.known" in settled[0].cell.reason
    assert bad.questions == []


@pytest.mark.program
def test_all_libraries_read_each_others_rs256_tokens():
    with batch.lineup(registry.library_ids()) as there:
        settled = list(matrix(there.present, RSA, Ledger(), NOW))
    assert len(settled) == 2 * len(registry.library_ids()) ** 2
    assert [one.cell for one in settled if one.cell.status != "pass"] == []


@pytest.mark.slurm
@pytest.mark.parametrize(
    ("label", "expected"),
    [("20.11", "reject"), ("22.05", "accept"), ("24.11", "accept"), ("26.05", "accept")],
)
def test_a_real_slurmctld_reads_rs256_tokens_and_issues_none(label, expected):
    ctld = f"slurmctld:{require_release(label).label}"
    with batch.lineup(["reference", ctld], live_roots=True) as there:
        settled = list(matrix(there.present, RSA, Ledger(), NOW))
    cells = {(one.cell.issuer, one.cell.verifier, one.cell.key): one.cell for one in settled}
    for key in RSA:
        assert cells["reference", ctld, key].outcome == expected
        assert cells[ctld, "reference", key].reason == "scontrol token signs with HS256 only"


@pytest.mark.program
def test_real_libraries_read_each_other():
    with batch.lineup(["pyjwt:careful", "joserfc:careful", "reference"]) as there:
        settled = list(matrix(there.present, {"random32": KEYS["random32"]}, Ledger(), NOW))
    assert len(settled) == 9
    assert {one.cell.status for one in settled} == {"pass"}


def test_who_cannot_take_part_is_told_by_the_batch(monkeypatch):
    def start(name, _progress, **_options):
        if name == "absent":
            raise NotInstalled(name, "no network")
        return Scripted()

    monkeypatch.setattr(registry, "start", start)
    with batch.lineup(["absent", "present"]) as there:
        assert list(there.present) == ["present"]
        assert there.absent["absent"].reason == "no network"


def test_the_batch_introduces_everybody_before_their_answers_and_asks_no_edges_of_a_system_clock():
    cases = list(SUITE.cases.values())[:40]
    edge = next(case for case in SUITE.cases.values() if not case.any_time)
    one = Scripted(clock="system")
    items = list(batch.verdicts({"a": one}, [*cases, edge], SUITE, Ledger()))
    assert items[0] == batch.Introduced("a", one.describe())
    outcomes = {item.case: item for item in items[1:]}
    assert len(outcomes) == len({case.id for case in [*cases, edge]})
    assert outcomes[edge.id].status == "unsupported"
    assert edge.id not in {question.id for question in one.questions}


def test_a_participant_that_breaks_is_told_by_the_batch():
    broken = Scripted(verifies=AdapterBroken("bad", "garbage"))
    cases = list(SUITE.cases.values())[:3]
    items = list(batch.verdicts({"bad": broken, "good": Scripted()}, cases, SUITE, Ledger()))
    assert [item.implementation for item in items if isinstance(item, Absent)] == ["bad"]
    assert sum(getattr(item, "implementation", "") == "good" for item in items) == 4
