"""Shards of one run make the run again; whatever does not fit together is refused with its place."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.stream.events import (
    CaseText,
    Cell,
    Finding,
    Footer,
    Header,
    ImplementationText,
    Outcome,
)
from slurm_jwt_reports.stream.index import CUT_SHORT, FALSE_COUNTS, INTERRUPTED, gather
from slurm_jwt_reports.stream.merge import merge
from slurm_jwt_reports.stream.order import events_of
from slurm_jwt_reports.stream.reader import read
from slurm_jwt_reports.stream.writer import Writer
from tools import example_run as example
from tools.example_run import without_times

EVENTS = list(example.complete(16, 14))
WHOLE = gather(EVENTS)


def shard(wanted, *, footer="complete"):
    """Give the run of those outcomes, cells and findings that are wanted, with a footer of its own."""
    kept = [
        event
        for event in EVENTS[:-1]
        if not isinstance(event, Outcome | Cell | Finding | CaseText) or wanted(event)
    ]
    counts = gather(kept).counts()
    return gather([*kept, *([Footer(status=footer, counts=counts, seconds=2.0)] if footer else [])])


def by_topic(*topics):
    def wanted(event):
        name = event.id if isinstance(event, CaseText) else getattr(event, "case", None)
        return name.partition(".")[0] in topics if name else "key" in topics

    return wanted


FIRST = shard(by_topic("key", "alg", "typ", "crit", "signature", "claims"))
SECOND = shard(by_topic("sun", "iat", "exp", "nbf"))


def both(*runs):
    return merge([(f"{number}.jsonl", run) for number, run in enumerate(runs, 1)])


def test_shards_make_the_whole_run_again():
    merged = both(FIRST, SECOND)
    assert merged.outcomes == WHOLE.outcomes
    assert merged.cells == WHOLE.cells
    assert merged.findings == WHOLE.findings
    assert merged.cases == WHOLE.cases
    assert merged.complete
    assert merged.problems == ()
    assert merged.footer.seconds == 4.0


def test_the_order_of_the_files_does_not_change_what_was_found():
    assert both(SECOND, FIRST).outcomes == both(FIRST, SECOND).outcomes


def test_overlaps_that_agree_are_merged():
    assert without_times(both(WHOLE, FIRST))[1:-1] == without_times(WHOLE)[1:-1]


def test_one_run_stays_as_it_is():
    assert merge([("a", WHOLE)]) is WHOLE


def test_a_merged_run_can_be_written_and_read(tmp_path):
    path = tmp_path / "merged.jsonl"
    with Writer(path, both(FIRST, SECOND)):
        pass
    assert read(path) == both(FIRST, SECOND)


@pytest.mark.parametrize(("footer", "problem"), [(None, CUT_SHORT), ("interrupted", INTERRUPTED)])
def test_a_merged_run_is_as_complete_as_its_parts(footer, problem):
    part = shard(by_topic("sun", "iat", "exp", "nbf"), footer=footer)
    for merged in (both(FIRST, part), both(part, FIRST)):
        assert not merged.complete
        assert merged.problems == (problem,)


def test_the_runs_of_two_libraries_stand_side_by_side():
    def only(*names):
        ends = ("implementation", "issuer", "verifier")
        return gather(
            event
            for event in EVENTS[:-1]
            if not (isinstance(event, ImplementationText) and event.id not in names)
            and all(getattr(event, end, None) in (None, *names) for end in ends)
        )

    merged = both(only("reference", "pyjwt:careful"), only("reference", "jwcrypto:careful"))
    assert set(merged.implementations) == {"reference", "pyjwt:careful", "jwcrypto:careful"}
    assert len(merged.outcomes) == 3 * len(WHOLE.cases)


def with_changed(kind, wanted, **members):
    """Give the second shard with every event of this kind changed that is wanted."""
    return gather(
        replace(event, **members) if isinstance(event, kind) and wanted(event) else event
        for event in events_of(shard(lambda _: True))
        if not isinstance(event, Footer)
    )


def is_case(event):
    return event.id == "exp.now"


def is_missing(event):
    return (event.case, event.implementation) == ("exp.missing", "pyjwt:careful")


def is_pair(event):
    return (event.issuer, event.verifier, event.key) == ("reference", "reference", "random32")


@pytest.mark.parametrize(
    ("kind", "wanted", "members", "named"),
    [
        (Outcome, is_missing, {"error": "another"}, "outcome exp.missing / pyjwt:careful"),
        (Outcome, is_missing, {"outcome": "accept", "status": "fail"}, "outcome exp.missing / pyjwt:careful"),
        (Cell, is_pair, {"outcome": "reject", "status": "fail"}, "pair reference / reference / random32"),
        (CaseText, is_case, {"purpose": "another"}, "case exp.now"),
        (
            ImplementationText,
            lambda one: one.id == "pyjwt:careful",
            {"version": "9"},
            "implementation pyjwt:careful",
        ),
    ],
)
def test_a_conflict_is_an_error_that_names_it_and_both_files(kind, wanted, members, named):
    with pytest.raises(Problem) as caught:
        both(WHOLE, with_changed(kind, wanted, **members))
    assert str(caught.value).startswith(f"1.jsonl and 2.jsonl disagree about the {named}.")


def test_times_are_no_conflict():
    assert both(WHOLE, with_changed(Outcome, is_missing, milliseconds=99.0)).outcomes == WHOLE.outcomes


@pytest.mark.parametrize(("member", "word"), [("suite", "suite"), ("vectors_sha256", "vectors")])
def test_runs_of_other_suites_or_vectors_are_not_merged(member, word):
    with pytest.raises(Problem, match=f"1.jsonl and 2.jsonl cannot be merged: {word}"):
        both(WHOLE, with_changed(Header, lambda _: True, **{member: "other"}))


def test_who_took_part_in_one_run_took_part():
    there = ImplementationText(id="slurmctld:20.11", name="slurmctld", kind="slurm", version="20.11.4")
    answer = Outcome(case="exp.missing", implementation=there.id, outcome="reject", status="pass")
    base = gather(example.complete(16, 15))
    implementations = {**base.implementations, there.id: there}
    outcomes = {**base.outcomes, (answer.case, there.id): answer}
    other = base._replace(implementations=implementations, outcomes=outcomes, footer=None)
    assert base.implementations[there.id].status == "not run"
    for merged in (both(base, other), both(other, base)):
        assert merged.implementations[there.id] == there
        assert merged.outcomes[answer.case, there.id] == answer


def test_what_differs_between_machines_is_told_of_both():
    header = replace(
        SECOND.header,
        python="CPython 3.13.0",
        machine={"system": "Other"},
        started="2026-01-01T00:00:00Z",
        command="slurm-jwt run -k x",
    )
    merged = both(FIRST, SECOND._replace(header=header))
    assert merged.header.python == "CPython 3.11.7 + CPython 3.13.0"
    assert merged.header.machine["system"] == "Debian GNU/Linux 12 + Other"
    assert merged.header.started == "2026-01-01T00:00:00Z"
    assert merged.header.command == "slurm-jwt run && slurm-jwt run -k x"


def test_a_token_is_kept_only_where_every_run_shows_it():
    shown = with_changed(CaseText, is_case, token="eyJ.a.b")
    assert both(shown, WHOLE).cases["exp.now"].token is None
    assert both(shown, shown).cases["exp.now"].token == "eyJ.a.b"


def test_a_file_with_false_counts_is_refused():
    footer = replace(EVENTS[-1], counts={"pass": 10**6})
    lying = gather([*EVENTS[:-1], footer])
    assert FALSE_COUNTS in lying.problems
    with pytest.raises(Problem, match=r"2\.jsonl cannot be merged"):
        both(WHOLE, lying)
