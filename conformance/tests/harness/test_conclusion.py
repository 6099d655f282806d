"""What a run ends with: the terminal's sentences, breakage first, and the exit code."""

from pathlib import Path

import pytest

from slurm_jwt_conformance.harness.conclusion import MOST_SHOWN, conclude
from slurm_jwt_reports.render import text_of
from slurm_jwt_reports.stream.events import (
    CaseText,
    Cell,
    Finding,
    Footer,
    Header,
    ImplementationText,
    KeyText,
    Outcome,
)
from slurm_jwt_reports.stream.index import gather

CASES = tuple(f"exp.case-{number:02}" for number in range(14))
IDS = ("lib", "gone", "slurmctld:24.11", "slurmctld:26.05")


def case(name):
    return CaseText(
        id=name, topic="exp", purpose="p", sources=(), key="k", now=0, any_time=False, verdict="invalid",
        rules=(), token_sha256="0" * 64, token_bytes=9,
    )  # fmt: skip


def finished(*events, failing=CASES, suite=100):
    """Return a run in which lib accepts these invalid cases, with these events more."""
    outcomes = [
        Outcome(case=one, implementation="lib", outcome="accept" if one in failing else "reject",
                status="fail" if one in failing else "pass")
        for one in CASES
    ]  # fmt: skip
    findings = [Finding(kind="new", case=one, implementation="lib", text="accept: why") for one in failing]
    return gather(
        [
            Header(
                suite="1", command="c", started="2026-12-01T00:00:00Z", python="3", vectors_sha256="0",
                machine={}, versions={}, suite_cases=suite,
            ),
            KeyText(id="k", shape="PEM (RSA PRIVATE KEY)", bytes=9, fingerprint="0" * 16),
            *map(case, CASES),
            *(
                ImplementationText(
                    id=name, name=name, kind="slurm" if ":" in name else "library",
                    status="not run" if name == "gone" else "ran",
                )
                for name in IDS
            ),
            *outcomes,
            *findings,
            *events,
            Footer(status="complete", counts=_counts(outcomes, events), seconds=1),
        ]
    )  # fmt: skip


def _counts(outcomes, events):
    statuses = [one.status for one in (*outcomes, *events) if isinstance(one, Outcome)]
    return {status: statuses.count(status) for status in set(statuses)}


ABSENT = Finding(kind="absent", implementation="gone", text="could not be prepared: no network")
BROKEN = Finding(kind="harness", implementation="gone", text="it wrote garbage")
STALE = Finding(kind="stale", text="lib.toml, [[case]] 1: no longer")


def bad_token(verifier):
    return Cell(
        issuer="gone",
        verifier=verifier,
        key="k",
        outcome="bad token",
        status="fail",
        reason="breaks alg.hs256",
    )


def test_breakage_comes_first_and_the_rest_is_counted():
    lines = conclude(Path("r"), finished(ABSENT, BROKEN, STALE)).sentence.splitlines()
    titles = [line for line in lines if line.endswith(":")]
    assert titles == [
        "1 failure of the suite or of an adapter:",
        "1 implementation not checked:",
        "1 stale entry of the ledger:",
        "14 new differences:",
    ]
    assert lines[1] == "  gone: it wrote garbage"
    assert lines[3] == "  gone: could not be prepared: no network"
    shown = [line for line in lines if line.startswith("  lib: exp.")]
    assert len(shown) == MOST_SHOWN
    assert "  and 4 more (see results.jsonl and index.html)" in lines


@pytest.mark.parametrize(
    ("events", "failing", "code"),
    [((), (), 0), ((), CASES[:1], 1), ((STALE,), (), 1), ((ABSENT,), (), 1), ((ABSENT, BROKEN), CASES, 3)],
)
def test_the_exit_code_follows_the_findings(events, failing, code):
    assert conclude(Path("r"), finished(*events, failing=failing)).exit_code == code


def test_a_baseline_excuses_what_it_has_and_nothing_else():
    old = finished(failing=CASES[:3])
    assert conclude(Path("r"), finished(failing=CASES[:3]), old).exit_code == 0
    found = conclude(Path("r"), finished(failing=CASES[:4]), old)
    assert found.exit_code == 1
    assert found.sentence.splitlines()[:3] == [
        "1 new difference that the baseline does not have:",
        "  lib: exp.case-03: accept: why",
        "3 differences as in the baseline",
    ]
    assert conclude(Path("r"), finished(STALE, failing=()), old).exit_code == 1
    assert conclude(Path("r"), finished(ABSENT, failing=()), old).exit_code == 1


def test_all_numbers_of_one_run_agree():
    """Traps, gaps and impostors are cases, however many releases show them; a bad token is one difference."""
    odd = [
        *(Outcome(case=one, implementation=name, outcome="accept", status="recorded", basis="recorded")
          for one in CASES[:2] for name in IDS[2:]),
        *(Finding(kind="gap", case=one, implementation=name, text="t")
          for one in CASES[:2] for name in IDS[2:]),
        bad_token("lib"), bad_token("gone"),
        Finding(kind="new", implementation="gone", text="bad token under k: breaks alg.hs256"),
    ]  # fmt: skip
    results = finished(*odd)
    sentence = conclude(Path("r"), results).sentence
    assert "2 gaps, counted by case" in sentence
    assert "15 new differences (14 answers to cases, 1 in the issuer x verifier matrix):" in sentence
    assert '"failures": 15' in text_of(results, "json")
    assert "15 new differences" in text_of(results, "badge")
    assert "15 differences that no ledger explains" in text_of(results, "html")
    assert "2 tokens that the documents forbid are accepted" in text_of(results, "html")


def test_a_bad_token_does_not_make_its_readers_refuse_the_pages_own_key():
    page = text_of(finished(bad_token("lib")), "html")
    assert "is refused by" not in page
    assert "gone as issuer" in page


@pytest.mark.parametrize("form", ["markdown", "html", "json", "junit"])
def test_how_much_was_checked_is_said_with_the_result(form):
    results = finished(failing=())
    assert "checked 14 of 100 cases: lib" in conclude(Path("r"), results).sentence
    text = text_of(results, form)
    assert ('"checked": 14' if form == "json" else "Checked 14 of 100 cases.") in text
    whole = finished(failing=(), suite=14)
    assert "cases: lib" not in conclude(Path("r"), whole).sentence
    assert "Checked 14 of" not in text_of(whole, form)


@pytest.mark.parametrize("form", ["markdown", "html", "json", "junit", "sarif"])
def test_who_could_not_take_part_is_in_every_report(form):
    text = text_of(finished(ABSENT, failing=()), form)
    assert "could not be prepared: no network" in text
    assert form != "junit" or 'failures="1"' in text
