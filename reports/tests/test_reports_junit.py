"""JUnit as CI readers see it: failures are failures, skips are skips, and a partial run is not green."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree as ET

import junitparser
import pytest

from slurm_jwt_reports.run.junit import MATRIX, RUN, junit
from slurm_jwt_reports.stream.events import Finding, Footer
from slurm_jwt_reports.stream.index import gather
from tools import example_run as example

EVENTS = list(example.complete(16, 17))


def suites(results):
    read = junitparser.JUnitXml.fromroot(ET.fromstring(junit(results)))
    return {suite.name: suite for suite in read}


def kind(test):
    return type(test.result[0]).__name__ if test.result else "passed"


@pytest.fixture(scope="module")
def results():
    return gather(EVENTS)


@pytest.fixture(scope="module")
def read(results):
    return suites(results)


def test_one_suite_for_each_implementation_with_every_case(results, read):
    assert set(read) == {*results.implementations, MATRIX, RUN}
    for name in results.implementations:
        assert [test.name for test in read[name]] == list(results.cases)
        assert {test.classname for test in read[name]} == {
            f"{name}.{c.topic}" for c in results.cases.values()
        }


def test_each_status_is_what_it_is(results, read):
    wanted = {
        "pass": "passed", "either": "passed", "known": "Skipped", "not claimed": "Skipped",
        "unsupported": "Skipped", "not run": "Skipped", "recorded": "Skipped",
    }  # fmt: skip
    for (case, name), outcome in results.outcomes.items():
        test = next(test for test in read[name] if test.name == case)
        if outcome.status == "fail":
            expected = "Error" if outcome.outcome in ("crash", "hang") else "Failure"
        elif name.startswith("slurmctld") and outcome.status == "pass":
            continue
        else:
            expected = wanted[outcome.status]
        assert kind(test) == expected, (case, name)


def test_a_gap_or_trap_of_slurm_is_no_bare_testcase(read):
    tests = {test.name: test for test in read["slurmctld:22.05"]}
    assert kind(tests["exp.now"]) == "Skipped"
    assert tests["exp.now"].result[0].message.startswith("gap: accept for invalid")
    assert tests["sun.zero"].result[0].message.startswith("impostor: accept for valid")
    assert kind(tests["exp.missing"]) == "passed"


def test_messages_say_expected_and_got(read):
    tests = {test.name: test for test in read["python-jose:careful"]}
    failure = tests["crit.unknown"].result[0]
    assert failure.message == "expected reject (crit.understood), got accept"
    assert "run alone: slurm-jwt run -k crit.unknown" in failure.text
    crash = {test.name: test for test in read["gehirn-jwt:defaults"]}["claims.truncated"].result[0]
    assert crash.message.endswith("got crash: IndexError: string index out of range")
    skipped = {test.name: test for test in read["pyjwt:careful"]}["key.pem-pkcs1"].result[0]
    assert skipped.message.startswith("known (safe refusal): reject for valid: An RSA private key")
    unclaimed = {test.name: test for test in read["pyjwt:defaults"]}["sun.missing"].result[0]
    assert unclaimed.message == "not claimed: The adapter claims no such rule."


def test_an_either_passes_with_a_note(read):
    test = next(test for test in read["reference"] if test.name == "exp.float")
    assert kind(test) == "passed"
    assert test.system_out.startswith("either: accept; The page says Unix timestamp")


def test_what_was_not_run_is_skipped_with_the_reason(read):
    assert {kind(test) for test in read["slurmctld:20.11"]} == {"Skipped"}
    assert "no record of Slurm 20.11" in next(iter(read["slurmctld:20.11"])).result[0].message


def test_the_numbers_are_those_of_the_testcases(read):
    for suite in read.values():
        kinds = Counter(kind(test) for test in suite)
        assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (
            len(list(suite)), kinds["Failure"], kinds["Error"], kinds["Skipped"],
        )  # fmt: skip


def test_a_run_cut_short_is_an_error_and_its_missing_cases_are_skipped():
    outcomes = [event for event in EVENTS if event.__class__.__name__ == "Outcome"]
    gone = set(map(id, outcomes[-30:]))
    read = suites(
        gather(event for event in EVENTS if id(event) not in gone and not isinstance(event, Footer))
    )
    assert [kind(test) for test in read[RUN] if test.name == "complete"] == ["Error"]
    messages = [test.result[0].message for suite in read.values() for test in suite if test.result]
    assert messages.count("not asked: the run left it out, or ended before") > 0


def test_a_failure_of_the_suite_and_a_stale_entry_are_seen():
    footer = EVENTS[-1]
    broken = Finding(kind="harness", text="the adapter is broken")
    read = suites(gather([*EVENTS[:-1], broken, footer]))
    kinds = {test.name.split()[0]: kind(test) for test in read[RUN]}
    assert kinds == {"complete": "passed", "stale": "Failure", "harness": "Error"}


def test_the_matrix_has_a_testcase_for_every_cell(results, read):
    assert read[MATRIX].tests == len(results.cells)
    assert read[MATRIX].skipped == sum(cell.status == "known" for cell in results.cells.values())
