"""Only a kept verdict is a pass: no skip, unknown or unasked case ever reads as one."""

from __future__ import annotations

import itertools
from typing import get_args

import msgspec
import pytest

from slurm_jwt_reports.run.case_words import SHORT
from slurm_jwt_reports.run.marks import (
    AS_DOCUMENTED,
    GAP,
    IMPOSTOR,
    MARKS,
    MISSING,
    NEW,
    TRAP,
    UNSUPPORTED,
    mark_of,
)
from slurm_jwt_reports.run.overview import overview
from slurm_jwt_reports.run.sentences import answer
from slurm_jwt_reports.run.standouts import alarms, standouts
from slurm_jwt_reports.stream.events import (
    CellOutcome,
    Deviation,
    Finding,
    ImplementationText,
    Outcome,
    OutcomeName,
    Status,
    Verdict,
)
from slurm_jwt_reports.stream.index import Contradiction, contradiction, gather
from tools import example_run as example

CASE = next(event for event in example.events(1, 1) if event.__class__.__name__ == "CaseText")
LIBRARY = ImplementationText(id="lib", name="lib", kind="library")
SLURM = ImplementationText(id="slurmctld:22.05", name="slurmctld 22.05", kind="slurm")


def all_outcomes():
    for verdict, outcome, status in itertools.product(*map(get_args, (Verdict, OutcomeName, Status))):
        case = msgspec.structs.replace(CASE, verdict=verdict)
        yield case, Outcome(case=case.id, implementation="lib", outcome=outcome, status=status)


def test_the_only_passes_are_a_valid_token_accepted_and_an_invalid_one_refused():
    passes = {
        (case.verdict, outcome.outcome)
        for case, outcome in all_outcomes()
        if outcome.status == "pass" and not contradiction(outcome, case, LIBRARY)
    }
    assert passes == {("valid", "accept"), ("invalid", "reject")}


def test_only_a_pass_is_marked_as_documented():
    for case, outcome in all_outcomes():
        if not contradiction(outcome, case, LIBRARY):
            mark = mark_of(case, LIBRARY, outcome)
            assert (mark is AS_DOCUMENTED) == (outcome.status == "pass"), (case.verdict, outcome)


def test_slurm_is_held_against_the_documents_and_not_against_its_record():
    for case, outcome in all_outcomes():
        if contradiction(outcome, case, SLURM):
            continue
        results = run([case], [SLURM], [msgspec.structs.replace(outcome, implementation=SLURM.id)])
        mark = overview(results).marks[case.id, SLURM.id]
        expected = {("invalid", "accept"): GAP, ("valid", "reject"): TRAP, ("either", "reject"): TRAP}
        odd = expected.get((case.verdict, outcome.outcome))
        assert overview(results).oddities.get((case.id, SLURM.id)) is odd
        if outcome.status == "fail":
            assert mark.code in "fx"
        elif odd:
            assert mark is odd
        else:
            kept = case.verdict != "either" and outcome.status == "pass"
            assert (mark is AS_DOCUMENTED) == kept, outcome


def run(cases, implementations, more):
    key = next(event for event in example.events(1, 1) if event.__class__.__name__ == "KeyText")
    return gather([next(example.events(1, 1)), key, *cases, *implementations, *more])


def test_a_finding_of_an_impostor_marks_an_accepted_valid_token():
    outcome = Outcome(case=CASE.id, implementation=SLURM.id, outcome="accept", status="pass", uid=0)
    finding = Finding(kind="impostor", case=CASE.id, implementation=SLURM.id, text="acts as root")
    results = run([CASE], [SLURM], [outcome, finding])
    assert overview(results).marks[CASE.id, SLURM.id] is IMPOSTOR


def test_recorded_is_for_slurm_alone_and_no_pass():
    recorded = Outcome(case=CASE.id, implementation=SLURM.id, outcome="accept", status="recorded")
    assert contradiction(recorded, CASE, SLURM) is None
    assert contradiction(recorded, CASE, LIBRARY)
    assert mark_of(CASE, SLURM, recorded) is not AS_DOCUMENTED
    results = run([CASE], [SLURM], [recorded])
    said = "By its record as documented in the one judged case."
    assert answer(overview(results), SLURM).sentence == said
    assert answer(overview(results), SLURM).label == "from its record"


@pytest.mark.parametrize("status", ["pass", "either"])
@pytest.mark.parametrize("outcome", ["crash", "hang", "unsupported", "not run"])
def test_a_file_that_passes_off_no_verdict_as_one_is_refused(status, outcome):
    event = Outcome(case=CASE.id, implementation="lib", outcome=outcome, status=status)
    with pytest.raises(Contradiction):
        run([CASE], [LIBRARY], [event])


def test_what_was_not_judged_is_counted_as_such():
    results = run([CASE], [LIBRARY], [])
    said = answer(overview(results), LIBRARY)
    assert said.sentence == "It was asked nothing that the documents decide. Checked 0 of 1 cases."
    assert said.details == "1 not asked."
    assert said.label == "partly judged"


def test_an_implementation_that_was_not_run_says_why():
    gone = ImplementationText(id="lib", name="lib", kind="library", status="not run", reason="not installed.")
    assert answer(overview(run([CASE], [gone], [])), gone) == ("not run", "not installed.", "")


def test_only_an_rfc_violation_is_called_a_fault():
    sentences = {}
    for kind in ("RFC violation", "Slurm profile", "safe refusal", "cannot express", "adapter limit"):
        known = Outcome(
            case=CASE.id, implementation="lib", outcome="reject", status="known",
            deviation=Deviation(class_=kind, reason="so it is"),
        )  # fmt: skip
        sentences[kind] = answer(overview(run([CASE], [LIBRARY], [known])), LIBRARY)
    assert [kind for kind, said in sentences.items() if "fault" in " ".join(said)] == ["RFC violation"]


def test_codes_and_words_are_distinct_and_complete():
    assert len({mark.code for mark in MARKS}) == len({mark.label for mark in MARKS}) == len(MARKS)
    assert len({mark.symbol for mark in MARKS}) == len(MARKS), "a symbol must tell marks apart without colour"
    assert set(SHORT) == set(get_args(CellOutcome)) | set(get_args(OutcomeName))


def test_the_headline_is_the_key_that_the_page_tells_to_make():
    found = standouts(overview(gather(example.complete(16, 14))))
    assert found[0].title == "The page's own key is refused"
    assert found[0].text.endswith("is refused by Authlib, PyJWT and python-jose.")
    assert [one.title for one in found[1:]] == ["Let in as someone else", "Documents and daemons disagree"]
    assert found[1].text == "2 tokens are let in as other users than they name, by slurmctld 22.05."
    assert found[2].text == (
        "5 tokens that the documents forbid are accepted and 2 tokens that they allow are refused, "
        "by slurmctld 22.05."
    )


def test_an_example_acts_as_root_or_speaks_of_the_page_itself():
    found = {one.title: one for one in standouts(overview(gather(example.complete(16, 14))))}
    assert found["Let in as someone else"].examples[0].id == "sun.zero"
    gap, trap = found["Documents and daemons disagree"].examples
    assert (gap.verdict, trap.verdict) == ("invalid", "either")
    assert (gap.id, trap.id) == ("iat.missing", "exp.float"), (
        "the shortest of those that the page itself rules out"
    )


def test_what_is_new_is_an_alarm_of_its_own():
    (new,) = alarms(overview(gather(example.complete(16, 14))))
    assert new.text == (
        "2 differences that no ledger explains, in python-jose careful (1) and Gehirn jwt defaults (1)."
    )


def test_no_headline_without_evidence():
    results = run(
        [CASE], [LIBRARY], [Outcome(case=CASE.id, implementation="lib", outcome="accept", status="pass")]
    )
    assert standouts(overview(results)) == []


def test_a_new_difference_of_slurm_is_new_and_still_a_gap():
    case = msgspec.structs.replace(CASE, verdict="invalid")
    event = Outcome(case=case.id, implementation=SLURM.id, outcome="accept", status="fail")
    what = overview(run([case], [SLURM], [event]))
    assert what.marks[case.id, SLURM.id] is NEW
    assert what.oddities[case.id, SLURM.id] is GAP
    said = "As documented in 0 of 1 judged case; accepts 1 forbidden."
    assert answer(what, SLURM).sentence == said
    assert answer(what, SLURM).details == "1 new difference, 1 gap."


def judged(verdict, outcome, status, one=LIBRARY):
    case = msgspec.structs.replace(CASE, verdict=verdict)
    deviation = Deviation(class_="RFC violation", reason="r") if status == "known" else None
    event = Outcome(case=case.id, implementation=one.id, outcome=outcome, status=status, deviation=deviation)
    return answer(overview(run([case], [one], [event])), one).sentence


@pytest.mark.parametrize(
    ("verdict", "outcome", "status", "said"),
    [
        ("valid", "accept", "pass", "the one judged case."),
        ("invalid", "reject", "pass", "the one judged case."),
        ("invalid", "accept", "known", "0 of 1 judged case; accepts 1 forbidden."),
        ("valid", "reject", "fail", "0 of 1 judged case; refuses 1 allowed."),
        ("valid", "crash", "fail", "0 of 1 judged case; crashes on 1."),
        ("invalid", "hang", "known", "0 of 1 judged case; hangs on 1."),
        ("either", "accept", "either", "nothing that the documents decide."),
        ("invalid", "accept", "not claimed", "nothing that the documents decide."),
    ],
)
def test_the_sentence_says_what_was_done_against_the_documents(verdict, outcome, status, said):
    assert judged(verdict, outcome, status).endswith(said)


def test_slurm_that_does_as_documented_though_not_as_recorded_is_not_blamed():
    assert judged("valid", "accept", "fail", SLURM).endswith("the one judged case.")


@pytest.mark.parametrize(
    ("verdict", "outcome", "status", "said"),
    [
        ("valid", "accept", "pass", "the one judged case."),
        ("invalid", "accept", "fail", "0 of 1 judged case; issues 1 forbidden."),
        ("valid", "reject", "known", "0 of 1 judged case; withholds 1 due."),
    ],
)
def test_of_who_issues_the_sentence_speaks_of_issuing(verdict, outcome, status, said, monkeypatch):
    monkeypatch.setattr(f"{__name__}.CASE", msgspec.structs.replace(CASE, token_sha256="", token_bytes=0))
    assert judged(verdict, outcome, status).endswith(said)


def test_slurm_cannot_be_asked_for_a_token_of_chosen_claims():
    wish = msgspec.structs.replace(CASE, token_sha256="", token_bytes=0)
    assert mark_of(wish, SLURM, None) is UNSUPPORTED
    assert mark_of(wish, LIBRARY, None) is MISSING
    assert mark_of(CASE, SLURM, None) is MISSING
