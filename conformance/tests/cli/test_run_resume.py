"""`slurm-jwt run --resume`: killed by kill -9 and resumed, a run equals one that was never killed."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
import types

import pytest
from msgspec.structs import replace

from slurm_jwt_conformance.cli import main
from slurm_jwt_reports.stream.reader import read
from tools.example_run import without_times

pytestmark = pytest.mark.program

ARGUMENTS = ("-i", "reference", "-i", "pyjwt:careful", "-i", "slurmctld:20.11", "-k", "exp.*")
PROGRAM = """
import base64, hmac, json, sys, time


def good(token, key):
    signed, _, signature = token.encode().rpartition(b".")
    made = base64.urlsafe_b64encode(hmac.digest(key, signed, "sha256")).rstrip(b"=")
    return hmac.compare_digest(made, signature) and b"." in signed


def answer(asked):
    if asked["op"] == "start":
        return {"protocol": 2, "library": "fake", "version": "1", "language": "Python",
                "roles": ["verifier"], "clock": "argument", "not_checked": []}
    if asked["op"] == "stop":
        raise SystemExit
    with open(LOG, "a") as log:
        print(asked["id"], file=log)
    time.sleep(SECONDS)
    fits = good(asked.get("token", ""), base64.b64decode(asked["key_base64"]))
    if fits and asked["id"] != "expired":  # which is the one claim that a smoke test minds
        return {"id": asked["id"], "outcome": "accept"}
    return {"id": asked["id"], "outcome": "reject", "error": "Refused: no"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
"""


def start(folder, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "slurm_jwt_conformance", "run", "--quiet", "--out", str(folder), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def killed_after(folder, outcomes, *arguments):
    """Start a run and kill it, as the kernel does, once its file has so many outcomes."""
    process = start(folder, *arguments)
    stream = folder / "results.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if stream.exists() and stream.read_bytes().count(b'"event":"outcome"') >= outcomes:
            break
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    process.kill()
    process.wait()
    left = read(stream)
    assert left.footer is None
    return left


def run(folder, *arguments):
    return main(["run", "--quiet", "--out", str(folder), *arguments])


@pytest.fixture
def adapter(tmp_path):
    """Make a slow program that keeps a list of what it was asked; give its word and that list."""

    def make(seconds=0.05):
        program, log = tmp_path / "adapter.py", tmp_path / "asked"
        log.touch()
        program.write_text(f"LOG, SECONDS = {str(log)!r}, {seconds}\n{PROGRAM}")
        return f"cmd:{sys.executable} {program}", log

    return make


def comparable(folder):
    """Give what a run found: without times, and without the folder's own name in the command."""
    header, *others = without_times(read(folder / "results.jsonl"))
    return [replace(header, command=header.command.replace(str(folder), "")), *others]


@pytest.mark.parametrize("outcomes", [1, 70])
def test_a_killed_run_is_finished_and_equals_an_uninterrupted_one(tmp_path, monkeypatch, adapter, outcomes):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    arguments = (*ARGUMENTS, "-i", adapter()[0])
    monkeypatch.setattr(sys, "argv", ["slurm-jwt", "run", "--out", str(whole), *arguments])
    code = run(whole, *arguments)
    left = killed_after(cut, outcomes, *arguments)
    monkeypatch.setattr(sys, "argv", ["slurm-jwt", "run", "--resume", "--out", str(cut), *arguments])
    assert run(cut, "--resume", *arguments) == code == 1
    finished = read(cut / "results.jsonl")
    assert finished.complete
    assert comparable(cut) == comparable(whole)
    kept = {place: one for place, one in left.outcomes.items() if one.milliseconds is not None}
    assert kept or outcomes == 1
    assert {place: finished.outcomes[place] for place in kept} == kept  # to the millisecond: not asked again
    assert "Not the whole run" not in (cut / "index.html").read_text()


def test_nothing_is_asked_twice(tmp_path, adapter, monkeypatch):
    word, log = adapter()
    monkeypatch.setattr("slurm_jwt_conformance.harness.session.MATRIX_KEYS", ())
    smoke = "slurm_jwt_conformance.adapters.smoke.smoke"
    monkeypatch.setattr(smoke, lambda *_: types.SimpleNamespace(adapter=()))
    left = killed_after(tmp_path / "r", 20, "-i", word, "-k", "exp.*")
    judged = {case for case, _ in left.outcomes}
    log.write_text("")
    run(tmp_path / "r", "--resume", "-i", word, "-k", "exp.*")
    asked = log.read_text().split()
    assert len(asked) == len(set(asked))
    assert not judged & set(asked)
    assert judged | set(asked) == {case for case, _ in read(tmp_path / "r" / "results.jsonl").outcomes}


def test_killed_again_and_again_it_still_gets_there(tmp_path, adapter):
    word, _ = adapter(seconds=0.02)
    arguments = ("-i", word, "-k", "exp.*")
    killed_after(tmp_path / "r", 10, *arguments)
    for outcomes in (25, 40):
        killed_after(tmp_path / "r", outcomes, "--resume", *arguments)
    run(tmp_path / "r", "--resume", *arguments)
    assert read(tmp_path / "r" / "results.jsonl").complete


def test_without_an_earlier_run_it_is_a_plain_run(tmp_path):
    assert run(tmp_path / "new", "--resume", "-i", "reference", "-k", "exp.*") == 0
    assert read(tmp_path / "new" / "results.jsonl").complete


def test_findings_and_exit_code_are_those_of_the_whole_run(tmp_path, adapter):
    word, _ = adapter(seconds=0.02)
    killed_after(tmp_path / "r", 20, "-i", word, "-k", "exp.*")
    assert run(tmp_path / "r", "--resume", "-i", word, "-k", "exp.*") == 1
    results = read(tmp_path / "r" / "results.jsonl")
    failed = [place for place, one in results.outcomes.items() if one.status == "fail"]
    found = [(one.case, one.implementation) for one in results.findings if one.kind == "new" and one.case]
    assert sorted(found) == sorted(failed)
    assert failed


def test_a_killed_run_looks_no_better_than_it_was(tmp_path):
    """What a release does against the documents is in the stream at once, not only at its end."""
    run(tmp_path, "-i", "slurmctld:20.11", "-k", "sun*")
    stream = tmp_path / "results.jsonl"
    whole = read(stream)
    data = stream.read_bytes()
    cut = data.rfind(b'"event":"outcome"', 0, data.rfind(b'"event":"outcome"') - 5000)
    stream.write_bytes(data[:cut])
    left = read(stream)
    told = {(one.case, one.kind) for one in left.findings}
    due = {(one.case, one.kind) for one in whole.findings if (one.case, one.implementation) in left.outcomes}
    assert told == due
    assert told


def problem(capsys, folder, *arguments):
    capsys.readouterr()
    code = run(folder, "--resume", *arguments)
    return code, capsys.readouterr().err


def test_a_complete_run_is_left_as_it_is(tmp_path, capsys):
    run(tmp_path, "-i", "reference", "-k", "alg.*")
    before = (tmp_path / "results.jsonl").read_bytes()
    code, said = problem(capsys, tmp_path, "-i", "reference", "-k", "alg.*")
    assert code == 2
    assert "nothing to resume" in said
    assert (tmp_path / "results.jsonl").read_bytes() == before


@pytest.fixture
def cut(tmp_path):
    """Give the folder of a run of the reference on exp.* that has ended too early."""
    run(tmp_path, "-i", "reference", "-k", "exp.*")
    stream = tmp_path / "results.jsonl"
    lines = stream.read_bytes().splitlines(keepends=True)
    texts = len(list(itertools.takewhile(lambda line: b'"event":"outcome"' not in line, lines)))
    stream.write_bytes(b"".join(lines[: texts + 5]))
    return tmp_path


@pytest.mark.parametrize(
    "arguments", [("-i", "reference"), ("-i", "reference", "-k", "alg.*"), ("-i", "pyjwt", "-k", "exp.*")]
)
def test_another_order_is_refused_with_the_command_of_the_first(cut, capsys, arguments):
    before = (cut / "results.jsonl").read_bytes()
    code, said = problem(capsys, cut, *arguments)
    assert code == 2
    assert "other cases or implementations" in said
    assert "It was started as: " in said
    assert (cut / "results.jsonl").read_bytes() == before


def changed_line(stream, event, **members):
    lines = stream.read_bytes().splitlines()
    for number, line in enumerate(lines):
        parsed = json.loads(line)
        if parsed["event"] == event:
            lines[number] = json.dumps(parsed | members).encode()
            break
    stream.write_bytes(b"\n".join(lines) + b"\n")


@pytest.mark.parametrize(
    ("event", "members", "words"),
    [
        ("run", {"suite": "0.0.1"}, "nother version of slurm-jwt"),
        ("run", {"vectors_sha256": "00"}, "nother version of slurm-jwt"),
        ("implementation", {"version": "9.9"}, "Something changed since"),
        ("case", {"purpose": "another"}, "Something changed since"),
    ],
)
def test_a_run_of_something_else_is_refused(cut, capsys, event, members, words):
    changed_line(cut / "results.jsonl", event, **members)
    code, said = problem(capsys, cut, "-i", "reference", "-k", "exp.*")
    assert code == 2
    assert words in said
    assert "Traceback" not in said


def test_what_is_no_stream_is_refused(tmp_path, capsys):
    (tmp_path / "results.jsonl").write_text("something else\n")
    code, said = problem(capsys, tmp_path, "-i", "reference", "-k", "exp.*")
    assert code == 2
    assert "is no results.jsonl" in said
    assert (tmp_path / "results.jsonl").read_text() == "something else\n"
