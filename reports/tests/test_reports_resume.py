"""A run that was killed goes on from what it left, and ends as if nothing had happened."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.stream.events import Cell, Finding, Footer, Header, ImplementationText, Outcome
from slurm_jwt_reports.stream.index import Contradiction, gather
from slurm_jwt_reports.stream.order import events_of, unfinished
from slurm_jwt_reports.stream.reader import read
from slurm_jwt_reports.stream.writer import Writer
from tools import example_run as example
from tools.example_run import without_times

EVENTS = list(example.complete(16, 14))
WHOLE = gather(EVENTS)


def left_after(path, count, torn=b""):
    """Leave what a run left that was killed after so many events, maybe in the middle of a line."""
    lines = [msgspec.json.encode(event) + b"\n" for event in EVENTS[:count]]
    path.write_bytes(b"".join(lines) + torn)
    return path


def resumed(path):
    """Go on as a run does: write everything again but the header, in its order."""
    with Writer(path, unfinished(path)) as out:
        for event in EVENTS[1:-1]:
            out.write(event)
        out.finish("complete", example.SECONDS)
    return read(path)


@pytest.mark.parametrize("torn", [b"", b'{"event":"outc', b"\0\0\0"])
@pytest.mark.parametrize("count", [1, 20, 60, 150, 250, len(EVENTS) - 3, len(EVENTS) - 1])
def test_a_resumed_run_is_the_whole_run(tmp_path, count, torn):
    assert resumed(left_after(tmp_path / "results.jsonl", count, torn)) == WHOLE


def test_an_interrupted_run_is_resumed_too(tmp_path):
    path = tmp_path / "results.jsonl"
    with Writer(path) as out:
        for event in EVENTS[:200]:
            out.write(event)
        out.finish("interrupted", 3.5)
    assert resumed(path) == WHOLE


def test_what_is_written_again_stands_in_the_file_once(tmp_path):
    path = left_after(tmp_path / "results.jsonl", 200)
    resumed(path)
    lines = path.read_bytes().splitlines()
    assert len(set(lines)) == len(lines) == len(EVENTS)


def test_what_was_judged_stays_in_the_file_at_every_moment(tmp_path):
    path = left_after(tmp_path / "results.jsonl", 200, b'{"event":')
    judged = set(read(path).outcomes)
    out = Writer(path, unfinished(path))
    assert set(read(path).outcomes) == judged
    out.close()
    assert [one.name for one in tmp_path.iterdir()] == ["results.jsonl"]


@pytest.mark.program
def test_a_disk_that_is_full_when_resuming_leaves_the_old_file(tmp_path):
    path = left_after(tmp_path / "results.jsonl", 200)
    before = path.read_bytes()
    code = (
        "import resource, sys\n"
        "from slurm_jwt_reports.problems import Problem\n"
        "from slurm_jwt_reports.stream.order import unfinished\n"
        "from slurm_jwt_reports.stream.writer import Writer\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))\n"
        "try: Writer(sys.argv[1], unfinished(sys.argv[1]))\n"
        "except Problem as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    assert "Make room" in done.stdout
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["results.jsonl"]


def test_a_complete_run_has_nothing_to_resume(tmp_path):
    path = tmp_path / "results.jsonl"
    example.write(path, 16, 14)
    with pytest.raises(Problem, match="nothing to resume"):
        unfinished(path)


def test_what_must_be_asked_again_is_not_kept(tmp_path):
    path = left_after(tmp_path / "results.jsonl", len(EVENTS) - 1)
    kept = list(events_of(unfinished(path)))
    assert not [event for event in kept if isinstance(event, Cell | Finding | Footer)]
    assert {event.status for event in kept if isinstance(event, ImplementationText)} == {"ran"}
    there = {event.id for event in kept if isinstance(event, ImplementationText)}
    assert {event.implementation for event in kept if isinstance(event, Outcome)} <= there


def test_another_answer_than_before_is_a_contradiction(tmp_path):
    path = left_after(tmp_path / "results.jsonl", 200)
    judged = next(iter(read(path).outcomes.values()))
    with Writer(path, unfinished(path)) as out, pytest.raises(Contradiction, match="different event"):
        out.write(msgspec.structs.replace(judged, error="quite another"))
    assert judged in read(path).outcomes.values()


def test_events_stand_in_an_order_that_can_be_read():
    assert gather(events_of(WHOLE)) == WHOLE
    assert isinstance(next(events_of(WHOLE)), Header)


def test_without_times_only_what_was_found_is_left():
    other = [
        msgspec.structs.replace(event, **changes)
        for event in EVENTS
        for changes in [
            {"started": "2027-01-01T00:00:00Z"} if isinstance(event, Header)
            else {"milliseconds": 9.5} if isinstance(event, Outcome)
            else {"seconds": 99.0} if isinstance(event, Footer)
            else {}
        ]
    ]  # fmt: skip
    assert gather(other) != WHOLE
    assert without_times(gather(other)) == without_times(WHOLE)
    changed = [
        msgspec.structs.replace(event, error="x") if isinstance(event, Outcome) else event for event in other
    ]
    assert without_times(gather(changed)) != without_times(WHOLE)
