"""Mutants by the public path: named with -i, run behind the adapter protocol, shown in the report."""

from __future__ import annotations

import json

import pytest

from slurm_jwt_conformance.adapters import IssueRequest, VerifyRequest, registry
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.harness import batch, choice
from slurm_jwt_conformance.harness.mutants import catalogue
from slurm_jwt_reports.problems import Problem
from slurm_jwt_vectors import load
from tools.mutant_trials import trial

pytestmark = pytest.mark.program

SUITE = load()
KEY = bytes(range(32))
NOW = 1_893_456_000


def run(tmp_path, *words: str) -> tuple[int, list[dict[str, object]]]:
    code = main(["run", *words, "--quiet", "--out", str(tmp_path)])
    lines = (tmp_path / "results.jsonl").read_text(encoding="utf-8").splitlines()
    return code, [json.loads(line) for line in lines]


def test_a_run_shows_what_kills_a_mutant_and_its_code(tmp_path, capsys):
    code, events = run(tmp_path, "-i", "mutant:alg-without-case", "-k", "alg.*")
    assert code == 1
    failed = {str(event["case"]) for event in events if event.get("status") == "fail"}
    assert failed == {"alg.lower-case", "alg.mixed-case"}
    (introduced,) = [event for event in events if event["event"] == "implementation"]
    assert introduced["id"] == "mutant:alg-without-case"
    assert introduced["configuration"] == "alg-without-case"
    assert "# Compare alg without case.\n" in str(introduced["source"])
    assert ".upper()" in str(introduced["source"])
    assert "mutant:alg-without-case: alg.lower-case: accept" in capsys.readouterr().out


def test_a_wrong_issuer_shows_in_the_matrix_and_several_mutants_do_not_read_each_other(tmp_path):
    code, events = run(tmp_path / "one", "-i", "mutant:issuer-exp-as-float", "-k", "sun.bob")
    assert code == 1
    cells = {
        (event["status"], event["key"].startswith("rs256")) for event in events if event["event"] == "cell"
    }
    assert cells == {("fail", False), ("unsupported", True)}, "it knows only HS256"
    names = ("mutant:bom-ignored", "mutant:typ-ignored")
    code, events = run(tmp_path / "two", "-i", names[0], "-i", names[1], "-i", "reference", "-k", "sun.bob")
    assert code == 0
    assert {event["issuer"] for event in events if event["event"] == "cell"} == {"reference"}


@pytest.mark.parametrize("name", ["exp-leeway-60", "hs256-with-public-key"])
def test_a_mutant_in_a_process_of_its_own_answers_as_in_the_trial(name):
    mutant = catalogue.named(name)
    here = trial.answers(mutant)
    requests = [
        VerifyRequest(case.id, case.token_bytes, SUITE.keys[case.key].bytes, case.now, SUITE.jwks_of(case))
        for case in SUITE.cases.values()
        if case.id in here
    ]
    with batch.lineup([f"mutant:{name}"]) as there:
        answers = there.present[f"mutant:{name}"].verify(requests)
        seen = {answer.id: answer.outcome for answer in answers}
    due = {"accept": "accept", "refuse": "reject"}
    assert seen == {case: due[answer.outcome] for case, answer in here.items()}


def test_a_wrong_issuer_issues_wrongly_behind_the_adapter_protocol():
    claims = {"exp": NOW + 60, "iat": NOW, "sun": "alice"}
    with batch.lineup(["mutant:issuer-typ-at-jwt", "reference"]) as there:
        made = [
            next(iter(one.issue([IssueRequest("x", claims, KEY, NOW)]))).token or ""
            for one in there.present.values()
        ]
    wrong, right = (token.split(".") for token in made)
    assert wrong[0] == "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9"
    assert wrong[1] == right[1]
    assert wrong[2] != right[2]


def test_mutants_take_part_only_where_they_are_named():
    names = catalogue.ids()
    assert names == tuple(f"mutant:{name}" for name in catalogue.MUTANTS)
    assert not set(names) & set(registry.ids())
    assert not set(names) & set(choice.choose_implementations([]))
    assert not set(names) & set(choice.choose_implementations(["*"]))
    assert choice.choose_implementations(["mutant:*"]) == names
    named = choice.choose_implementations(["mutant:alg-none-*", "mutant:crit-ignored"])
    assert named == (
        "mutant:alg-none-accepted",
        "mutant:alg-none-in-other-case-accepted",
        "mutant:crit-ignored",
    )


@pytest.mark.parametrize("word", ["mutant:alg-without-cas", "mutant:alg-wthout-*"])
def test_an_unknown_mutant_brings_the_nearest_one(word):
    with pytest.raises(Problem) as unknown:
        choice.choose_implementations([word])
    assert repr(word.removeprefix("mutant:"))[1:-1] in unknown.value.what
    assert "alg-without-case" in unknown.value.hint
