"""The outcomes that an export of the vectors carries: the record where there is one, otherwise the model."""

import json

import jsonschema
import pytest

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.harness.outcomes import outcomes
from slurm_jwt_conformance.lab.daemons.prediction import predicted
from slurm_jwt_vectors import load, load_observed, release
from slurm_jwt_vectors.suite import version

SUITE, OBSERVED = load(), load_observed()
OUTCOMES = outcomes(SUITE)


def test_every_case_has_an_outcome_on_every_series():
    assert {*OUTCOMES.cases} == {*SUITE.cases}
    assert {tuple(each) for each in OUTCOMES.cases.values()} == {releases.series()}


@pytest.mark.parametrize("series", releases.series())
def test_records_are_shown_as_they_are_and_the_rest_is_the_model(series):
    record = OBSERVED.get(series)
    for name, case in SUITE.cases.items():
        shown = OUTCOMES.cases[name][series]
        if record is not None and name in record.cases:
            seen = record.cases[name]
            due = ("observed", record.slurm, seen.verdict, seen.uid, seen.log)
            assert tuple(shown)[:5] == due, name
            continue
        told = predicted(case, SUITE, series)
        assert (shown.basis, shown.uid, shown.log) == ("modelled", told.uid, told.log), name
        assert (shown.verdict == "accepted") == (told.accepted is True), name


def test_a_daemon_that_does_not_start_says_its_last_line():
    ends = {
        (name, each["24.11"].log)
        for name, each in OUTCOMES.cases.items()
        if SUITE.cases[name].jwks and each["24.11"].verdict == "daemon-does-not-start"
    }
    assert any(log and log.startswith("fatal: ") for _, log in ends)
    assert not any(OUTCOMES.cases[name]["20.11"].verdict == "daemon-does-not-start" for name, _ in ends)


def test_the_export_keeps_its_schema():
    made = release.contents("json", OUTCOMES)
    document = json.loads(made[f"slurm-jwt-vectors-{version()}.json"])
    jsonschema.validate(document, json.loads(made["slurm-jwt-vectors.schema.json"]))
    by_id = {case["id"]: case for case in document["cases"]}
    assert by_id["claims.scontrol"]["outcomes"]["24.11"]["uid"] == document["users"]["alice"] == 2001
