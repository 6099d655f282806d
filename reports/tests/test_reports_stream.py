"""A result stream is written line by line and read back, whatever happened to it in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.stream.events import FORMAT, Cell, Finding, Outcome
from slurm_jwt_reports.stream.index import CUT_SHORT, INTERRUPTED, gather
from slurm_jwt_reports.stream.reader import LAST_LINE, MAX_LINE, read
from slurm_jwt_reports.stream.writer import MAX_TEXT, Writer
from tools import example_run as example

SMALL = (16, 14)


@pytest.fixture
def stream(tmp_path):
    path = tmp_path / "results.jsonl"
    example.write(path, *SMALL)
    return path


def reason(path):
    with pytest.raises(Problem) as caught:
        read(path)
    return str(caught.value)


def test_what_is_written_is_read_back(stream):
    assert read(stream) == gather(example.complete(*SMALL))
    results = read(stream)
    assert results.complete
    assert results.problems == ()
    assert results.footer.counts == results.counts()
    assert sum(results.counts().values()) == 16 * 14


def test_each_line_is_there_when_write_returns(tmp_path):
    path = tmp_path / "results.jsonl"
    with Writer(path) as out:
        for number, event in enumerate(example.events(*SMALL), 1):
            out.write(event)
            assert path.read_bytes().count(b"\n") == number
    assert read(path).problems == (CUT_SHORT,)


def test_a_file_cut_anywhere_is_read_as_cut_short(stream, tmp_path):
    data = stream.read_bytes()
    lines = data.splitlines(keepends=True)
    starts = [sum(map(len, lines[:count])) for count in range(1, len(lines))]
    cut = tmp_path / "cut.jsonl"
    for start in starts[:: len(starts) // 40]:
        for end in (start, start + 1, start + 20):
            cut.write_bytes(data[:end])
            results = read(cut)
            assert results.problems[0] == CUT_SHORT
            assert not results.complete
            assert results.problems[1:] == ((LAST_LINE,) if end > start else ())


def test_zeros_that_a_crash_left_at_the_end_are_a_damaged_last_line(stream):
    lines = stream.read_bytes().splitlines(keepends=True)
    stream.write_bytes(b"".join(lines[:-1]) + b"\0" * 300)
    assert read(stream).problems == (CUT_SHORT, LAST_LINE)


def test_an_interrupted_run_says_so(tmp_path):
    path = tmp_path / "results.jsonl"
    with Writer(path) as out:
        for event in example.events(*SMALL):
            out.write(event)
        out.finish("interrupted", 1.5)
    assert read(path).problems == (INTERRUPTED,)
    assert not read(path).complete


@pytest.mark.program
def test_a_killed_writer_leaves_every_event_that_it_had_written(tmp_path):
    path = tmp_path / "results.jsonl"
    code = (
        "import os, sys\n"
        "from tools import example_run as example\n"
        "from slurm_jwt_reports.stream.writer import Writer\n"
        "out = Writer(sys.argv[1])\n"
        "for event in example.events(16, 14): out.write(event)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    results = read(path)
    assert len(results.outcomes) == 16 * 14
    assert results.problems == (CUT_SHORT,)


def test_damage_in_the_middle_is_no_cut(stream):
    lines = stream.read_bytes().splitlines(keepends=True)
    lines[5] = lines[5][:20] + b"\n"
    stream.write_bytes(b"".join(lines))
    assert "line 6 is damaged" in reason(stream)


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (b"", "is empty"),
        (b"\n", "is no results.jsonl of slurm-jwt run"),
        (b"PK\x03\x04binary", "is no results.jsonl of slurm-jwt run"),
        (b"\xff\xfe{\x00", "is no results.jsonl of slurm-jwt run"),
        (b'{"event":"rule","id":"exp.integer"}\n', "is no results.jsonl of slurm-jwt run"),
        (b'{"implementations":{},"dialect":"x"}\n', "is no results.jsonl of slurm-jwt run"),
        (b"[" * 100_000 + b"\n", "is no results.jsonl of slurm-jwt run"),
        (b'{"event":"run","format":0}\n', f"has format 0, this program reads {FORMAT}"),
        (b'{"event":"run","format":2,"more":[]}\n', "was written by a newer or another slurm-jwt"),
        (b"x" * (MAX_LINE + 2), "longer than"),
    ],
)
def test_foreign_older_and_newer_files_are_refused_with_a_reason(tmp_path, first, said):
    path = tmp_path / "results.jsonl"
    path.write_bytes(first)
    assert said in reason(path)


def test_an_unknown_member_or_event_is_a_newer_format(stream):
    lines = stream.read_bytes().splitlines(keepends=True)
    more = json.loads(lines[1]) | {"colour": "red"}
    stream.write_bytes(lines[0] + json.dumps(more).encode() + b"\n")
    assert "newer" in reason(stream)
    assert "colour" in reason(stream)
    stream.write_bytes(lines[0] + b'{"event":"weather"}\n')
    assert "newer" in reason(stream)


def test_what_is_no_file_is_refused(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert "is no regular file" in reason(fifo)
    assert "is a directory" in reason(tmp_path)
    assert "No such file" in reason(tmp_path / "none")
    assert "⟨U+001B⟩" in reason(tmp_path / "\x1b[31m")


def _events():
    return list(example.events(*SMALL))


def _outcome(**changes):
    wanted = {"case": "exp.missing", "implementation": "jwcrypto:careful"}
    return msgspec.structs.replace(Outcome(**wanted, outcome="reject", status="pass"), **changes)


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (_outcome(error="another"), "a second, different event"),
        (_outcome(case="exp.gone"), "does not describe"),
        (_outcome(implementation="gone"), "does not describe"),
        (Cell(issuer="gone", verifier="reference", key="random32", outcome="accept", status="pass"), "descr"),
        (
            Cell(issuer="reference", verifier="reference", key="k", outcome="accept", status="pass"),
            "describe",
        ),
        (Finding(kind="new", case="gone", text="x"), "does not describe"),
        (next(example.events(1, 1)), "a second header"),
    ],
)
def test_a_stream_that_contradicts_itself_is_neither_written_nor_read(tmp_path, event, said):
    path = tmp_path / "results.jsonl"
    with Writer(path) as out:
        for before in _events():
            out.write(before)
        with pytest.raises(ValueError, match=said):
            out.write(event)
    assert read(path).problems == (CUT_SHORT,)
    path.write_bytes(path.read_bytes() + msgspec.json.encode(event) + b"\n")
    assert said in reason(path)


def test_nothing_comes_before_the_header_or_after_the_end(stream, tmp_path):
    lines = stream.read_bytes().splitlines(keepends=True)
    stream.write_bytes(b"".join([*lines, lines[1]]))
    assert "after the end" in reason(stream)
    with Writer(tmp_path / "other") as out, pytest.raises(ValueError, match="before the header"):
        out.write(_events()[1])


def test_false_counts_at_the_end_are_told(stream):
    lines = stream.read_bytes().splitlines(keepends=True)
    end = json.loads(lines[-1])
    end["counts"]["pass"] += 1
    stream.write_bytes(b"".join(lines[:-1]) + json.dumps(end).encode() + b"\n")
    assert read(stream).problems == ("The counts at the end of the file are not those of its outcomes.",)


def test_the_same_event_again_is_nothing_new(stream):
    lines = stream.read_bytes().splitlines(keepends=True)
    stream.write_bytes(b"".join([*lines[:-1], lines[-2], lines[-1]]))
    assert read(stream).outcomes == gather(example.complete(*SMALL)).outcomes


@pytest.mark.parametrize("tail", ["", "\ud800", "x" * (MAX_LINE + 1)], ids=["plain", "surrogate", "too long"])
def test_no_character_of_a_text_ends_a_line_for_other_readers(tmp_path, tail):
    text = "a\u0085b\u2028c\u2029d\x0b\x0c\x1c\x1d\x1e\r\n\u00e9"
    path = tmp_path / "results.jsonl"
    events = [event for event in _events() if not isinstance(event, Outcome | Cell | Finding)]
    with Writer(path) as out:
        for event in events:
            out.write(event)
        out.write(_outcome(error=text + tail))
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(events) + 1
    error = json.loads(lines[-1])["error"]
    assert error == next(iter(read(path).outcomes.values())).error
    assert tail or error == text


def test_lone_surrogates_become_visible_instead_of_ending_the_run(tmp_path):
    path = tmp_path / "results.jsonl"
    events = [event for event in _events() if not isinstance(event, Outcome | Cell | Finding)]
    with Writer(path) as out:
        for event in events:
            out.write(event)
        out.write(_outcome(error="ValueError: '\ud800'"))
    assert next(iter(read(path).outcomes.values())).error == "ValueError: '⟨U+D800⟩'"


def test_a_line_too_long_to_read_is_shortened_with_a_note(tmp_path):
    path = tmp_path / "results.jsonl"
    events = [event for event in _events() if not isinstance(event, Outcome | Cell | Finding)]
    with Writer(path) as out:
        for event in events:
            out.write(event)
        out.write(_outcome(error="x" * (MAX_LINE + 1)))
    error = next(iter(read(path).outcomes.values())).error
    assert error.endswith("more characters)")
    assert MAX_TEXT < len(error) < MAX_TEXT + 100


@pytest.mark.program
def test_a_full_disk_is_an_error_that_says_what_to_do_and_leaves_whole_lines(tmp_path):
    path = tmp_path / "results.jsonl"
    code = (
        "import resource, sys\n"
        "from tools import example_run as example\n"
        "from slurm_jwt_reports.problems import Problem\n"
        "from slurm_jwt_reports.stream.writer import Writer\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_001, 20_001))\n"
        "try:\n"
        "    with Writer(sys.argv[1]) as out:\n"
        "        for event in example.events(16, 14): out.write(event)\n"
        "except Problem as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    assert "cannot be written" in done.stdout
    assert "Make room" in done.stdout
    assert 15_000 < path.stat().st_size <= 20_001
    assert path.read_bytes().endswith(b"}\n")
    assert read(path).problems == (CUT_SHORT,)


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(Problem, match="cannot be written: No such file or directory"):
        Writer(tmp_path / "none" / "results.jsonl")
    for place, words in ((tmp_path, "is a folder"), (Path("/dev/full"), "is a device")):
        with pytest.raises(Problem, match=words):
            Writer(place)


@pytest.mark.program
def test_a_full_disk_is_named_and_leaves_no_file(tmp_path):
    code = (
        "import resource, sys\n"
        "from slurm_jwt_reports.problems import Problem\n"
        "from slurm_jwt_reports.stream.writer import Writer\n"
        "from tools import example_run as example\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "try:\n"
        "    with Writer(sys.argv[1]) as out:\n"
        "        out.write(next(iter(example.complete(4, 2))))\n"
        "except Problem as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "results.jsonl")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert "Make room" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_answers_may_arrive_in_any_order(stream):
    lines = stream.read_bytes().splitlines(keepends=True)
    texts = [
        line for line in lines if not line.startswith((b'{"event":"outcome"', b'{"event":"implementation"'))
    ]
    texts, end = texts[: len(texts) - 1], texts[-1]
    implementations = [line for line in lines if line.startswith(b'{"event":"implementation"')]
    outcomes = [line for line in lines if line.startswith(b'{"event":"outcome"')]
    late = [line for line in texts if line.startswith((b'{"event":"cell"', b'{"event":"finding"'))]
    early = [line for line in texts if line not in late]
    before = read(stream)
    stream.write_bytes(b"".join([*early, *implementations[::-1], *late[::-1], *outcomes[::-1], end]))
    after = read(stream)
    assert after == before
    assert list(after.outcomes) == list(before.outcomes)
    assert list(after.cells) == list(before.cells)
    assert list(after.implementations) == list(before.implementations)


def test_results_cannot_be_changed(stream):
    results = read(stream)
    with pytest.raises(TypeError):
        results.cases["x"] = None
    with pytest.raises(AttributeError):
        results.header.suite = "9"
