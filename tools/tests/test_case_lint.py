"""`lint` refuses what must not be in the vectors, each fault put in on purpose."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from slurm_jwt_vectors import Observation, Observed
from tools import case_lint as lint
from tools import vector_data
from tools.case_lint import Complaint

READ = lint.read()
CASE = READ.suite.cases["exp.missing"]


def as_observed() -> dict[str, Observed]:
    """Records of all releases in which every case was asked."""
    cases = {
        case.id: Observation(
            token_sha256=hashlib.sha256(case.token_bytes).hexdigest(),
            key=case.key,
            route="scontrol",
            clock="system",
            verdict="cannot-be-carried",
            uid=None,
            user=None,
            log=None,
            client=None,
            jwks=case.jwks,
        )
        for case in READ.suite.cases.values()
    }
    return {
        release: Observed(
            release=release, slurm="1", libjwt="1", packages={}, recorded="2026-01-01", cases=dict(cases)
        )
        for release in lint.RELEASES
    }


CLEAN = READ._replace(observed=as_observed())


def with_case(**changes: object) -> lint.Vectors:
    changed = msgspec.structs.replace(CASE, **changes)
    cases = {**CLEAN.suite.cases, CASE.id: changed}
    return CLEAN._replace(suite=msgspec.structs.replace(CLEAN.suite, cases=cases))


def test_the_vectors_are_clean():
    """All but the records, which daemons alone can make: they are looked at in a test of their own."""
    assert lint.lint(CLEAN) == ()


def test_every_case_was_asked_of_every_release():
    assert tuple(lint.observed(READ)) == ()


def test_there_are_the_four_releases():
    assert lint.RELEASES == ("20.11", "22.05", "24.11", "26.05")


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_a_missing_docstring(text):
    vectors = CLEAN._replace(docstrings={**CLEAN.docstrings, CASE.id: text})
    assert Complaint(CASE.id, "has no docstring") in lint.lint(vectors)


@pytest.mark.parametrize("sources", [(), (" ",)])
def test_a_missing_source(sources):
    assert lint.lint(with_case(sources=sources)) == (Complaint(CASE.id, "names no source"),)


def test_a_missing_purpose():
    assert lint.lint(with_case(purpose=" ")) == (Complaint(CASE.id, "has no purpose: compile again"),)


def test_a_missing_source_of_an_issuing_case():
    wish = msgspec.structs.replace(CLEAN.issuing["issue.usual"], sources=())
    vectors = CLEAN._replace(issuing={**CLEAN.issuing, "issue.usual": wish})
    assert lint.lint(vectors) == (Complaint("issue.usual", "names no source"),)


def test_another_verdict_than_the_reference_s():
    said = list(lint.judged(with_case(verdict="valid")))
    assert said == [Complaint(CASE.id, "is documented as valid, the reference says invalid")]


def test_other_rules_than_the_reference_s():
    said = list(lint.judged(with_case(rules=("exp.number",))))
    assert said == [Complaint(CASE.id, "breaks exp.number, the reference finds exp.required")]


def test_a_rule_that_does_not_exist():
    assert list(lint.judged(with_case(rules=("exp.nonsense",)))) == [
        Complaint(CASE.id, "breaks unknown rules: exp.nonsense")
    ]


def test_a_retired_id_in_use():
    vectors = CLEAN._replace(retired={**CLEAN.retired, CASE.id: "a test"})
    assert Complaint(CASE.id, "is a retired id: a test") in lint.lint(vectors)


def test_an_id_that_stood_for_another_token():
    last = CLEAN.released
    before = msgspec.structs.replace(last.cases[CASE.id], question="0" * 64)
    vectors = CLEAN._replace(released=msgspec.structs.replace(last, cases={**last.cases, CASE.id: before}))
    said = lint.lint(vectors)
    assert Complaint(CASE.id, f"stood for another token in {last.version}: take a new id") in said


@pytest.mark.parametrize("retired", [False, True])
def test_an_id_that_is_gone(retired):
    last = CLEAN.released
    released = msgspec.structs.replace(last, cases={**last.cases, "exp.gone": last.cases[CASE.id]})
    vectors = CLEAN._replace(
        released=released, retired={"exp.gone": "a test"} if retired else {}, version="99.0.0"
    )
    due = Complaint("exp.gone", f"was in {last.version} and is gone: say why in retired.json")
    assert list(lint.named(vectors)) == ([] if retired else [due])


def test_a_changed_verdict_without_a_major_version():
    last = CLEAN.released
    before = msgspec.structs.replace(last.cases[CASE.id], answer="either")
    released = msgspec.structs.replace(last, version="1.4.2", cases={**last.cases, CASE.id: before})
    assert list(lint.named(CLEAN._replace(released=released, version="1.9.0"))) == [
        Complaint("VERSION", "is 1.9.0; what changed makes it 2.0.0")
    ]
    assert list(lint.named(CLEAN._replace(released=released, version="2.0.0"))) == []


def test_a_case_without_an_observation():
    records = as_observed()
    del records["22.05"].cases[CASE.id]
    said = lint.lint(CLEAN._replace(observed=records))
    assert said == (Complaint(CASE.id, "has no observation of 22.05: run `python -m tools.record`"),)


@pytest.mark.parametrize("changes", [{"token_sha256": "0" * 64}, {"key": "pem-pkcs1"}])
def test_an_observation_of_another_question(changes):
    records = as_observed()
    records["26.05"].cases[CASE.id] = msgspec.structs.replace(records["26.05"].cases[CASE.id], **changes)
    said = lint.lint(CLEAN._replace(observed=records))
    assert said == (Complaint(CASE.id, "was observed on 26.05 with another token, key or JWKS"),)


def test_a_release_without_a_record():
    records = as_observed()
    del records["20.11"]
    assert list(lint.observed(CLEAN._replace(observed=records))) == [
        Complaint("20.11", "has no record: run `python -m tools.record`")
    ]


@pytest.mark.parametrize("retired", [False, True])
def test_an_observation_of_no_case(retired):
    records = as_observed()
    records["24.11"].cases["exp.gone"] = records["24.11"].cases[CASE.id]
    vectors = CLEAN._replace(observed=records, retired={"exp.gone": "a test"} if retired else {})
    due = Complaint("exp.gone", "is in the record of 24.11, and no case")
    assert list(lint.observed(vectors)) == ([] if retired else [due])


def test_stale_data(monkeypatch):
    monkeypatch.setattr(vector_data, "differing", lambda _files: ["exp.json"])
    assert list(lint.compiled(CLEAN)) == [
        Complaint("exp.json", "is stale: run python -m tools.regenerate vectors, or remove it")
    ]


def test_cases_that_do_not_compile(monkeypatch):
    def stopped():
        raise ValueError("case exp.missing: a case names its sources")

    monkeypatch.setattr(vector_data, "compiled", stopped)
    assert list(lint.compiled(CLEAN)) == [Complaint("compile", "case exp.missing: a case names its sources")]
