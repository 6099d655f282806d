"""A badge is grey wherever something is not known, and red whenever something failed."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from slurm_jwt_reports.run.badge import badge, judge
from slurm_jwt_reports.run.summary import summarize, summary
from slurm_jwt_reports.stream.events import Cell, Deviation, Finding, Footer, ImplementationText, Outcome
from slurm_jwt_reports.stream.index import gather
from tools import example_run as example

EVENTS = list(example.complete(16, 14))
FIELDS = {"schemaVersion", "label", "message", "color"}
"""Those that shields.io requires, and color."""


def run(change=lambda _: True, *more, footer=True):
    """Give the run of the reference alone, its outcomes changed."""
    events = []
    for event in EVENTS[:-1]:
        ends = {getattr(event, name, "reference") for name in ("implementation", "issuer", "verifier")}
        if ends != {"reference"} or isinstance(event, Finding):
            continue
        if isinstance(event, ImplementationText) and event.id != "reference":
            continue
        new = change(event) if isinstance(event, Outcome) else True
        if new is not None:
            events.append(event if new is True else new)
    events += more
    end = [Footer(status="complete", counts=gather(events).counts(), seconds=1.0)] if footer else []
    return gather([*events, *end])


def one(case, **members):
    return lambda event: replace(event, **members) if event.case == case else True


def test_it_is_what_shields_reads():
    made = json.loads(badge(run()))
    assert set(made) == FIELDS
    assert made["schemaVersion"] == 1
    assert all(isinstance(made[name], str) and made[name] for name in ("label", "message", "color"))


FAULT = Deviation(class_="RFC violation", reason="r")
CHOICE = Deviation(class_="safe refusal", reason="r")


@pytest.mark.parametrize(
    ("results", "message", "color"),
    [
        (run(), "as documented", "brightgreen"),
        (run(one("exp.missing", outcome="accept", status="fail")), "1 new difference", "red"),
        (run(one("exp.missing", outcome="crash", status="fail")), "1 new difference", "red"),
        (
            run(one("exp.missing", outcome="accept", status="known", deviation=FAULT)),
            "1 known fault",
            "orange",
        ),
        (
            run(one("sun.zero", outcome="reject", status="known", deviation=CHOICE)),
            "as documented, 1 known choice",
            "green",
        ),
        (
            run(one("exp.missing", outcome="unsupported", status="unsupported")),
            "15 of 16 judged",
            "lightgrey",
        ),
        (run(one("exp.missing", outcome="not run", status="not run")), "15 of 16 judged", "lightgrey"),
        (run(one("exp.missing", outcome="accept", status="not claimed")), "15 of 16 judged", "lightgrey"),
        (run(lambda event: None if event.case == "exp.missing" else True), "15 of 16 judged", "lightgrey"),
        (run(footer=False), "run cut short", "lightgrey"),
        (run(lambda _: True, Finding(kind="harness", text="x")), "the suite failed", "lightgrey"),
        (gather(EVENTS[:1]), "run cut short", "lightgrey"),
    ],
)
def test_colours(results, message, color):
    assert judge(results) == (message, color)


def test_what_is_only_recorded_is_grey_even_if_it_is_a_gap():
    slurm = ImplementationText(id="slurmctld:22.05", name="slurmctld", kind="slurm")
    answers = [
        Outcome(case=case, implementation=slurm.id, outcome="accept", status="recorded", basis="recorded")
        for case in run().cases
    ]
    assert judge(run(lambda _: True, slurm, *answers)) == ("16 of 32 judged", "lightgrey")


def test_a_live_release_is_held_against_the_documents():
    slurm = ImplementationText(id="slurmctld:22.05", name="slurmctld", kind="slurm")
    answers = [
        Outcome(case=case, implementation=slurm.id, outcome="accept", status="pass") for case in run().cases
    ]
    invalid = sum(case.verdict == "invalid" for case in run().cases.values())
    assert judge(run(lambda _: True, slurm, *answers)) == (
        f"as recorded, {invalid} differences from the documents", "orange"
    )  # fmt: skip


def test_a_pair_that_was_not_asked_is_grey_and_one_that_failed_red():
    ids = {"issuer": "reference", "verifier": "reference", "key": "pem-pkcs8"}
    mute = Cell(**ids, outcome="not run", status="not run")
    assert judge(run(lambda _: True, mute)) == ("1 pair not judged", "lightgrey")
    unread = Cell(**ids, outcome="reject", status="fail")
    assert judge(run(lambda _: True, unread)) == ("1 new difference", "red")


def test_the_summary_counts_what_the_stream_has():
    results = gather(EVENTS)
    made = summarize(results)
    for answer in made.answers:
        asked = [outcome for (_, name), outcome in results.outcomes.items() if name == answer.id]
        missing = len(results.cases) - len(asked)
        assert sum(answer.counts.values()) == len(results.cases)
        assert answer.counts.get("as documented", 0) <= sum(one.status == "pass" for one in asked)
        assert answer.counts.get("not claimed", 0) == sum(one.status == "not claimed" for one in asked)
        assert answer.counts.get("not asked", 0) == (missing if answer.took_part else 0)
        assert sum(answer.deviations.values()) == sum(one.status == "known" for one in asked)
    assert made.failures == results.counts()["fail"]
    assert made.complete


def test_the_summary_keeps_its_published_schema():
    from importlib.resources import files

    import jsonschema

    schema = json.loads(
        files("slurm_jwt_reports").joinpath("schema", "summary.schema.json").read_text("utf-8")
    )
    for results in (gather(EVENTS), gather(EVENTS[:1]), run(footer=False)):
        jsonschema.Draft202012Validator(schema).validate(json.loads(summary(results)))
