"""Blocks of lines through one process and through a crew of them: order, bounds, silence, dead workers."""

from __future__ import annotations

import io
import json
import os
import signal
from collections import Counter
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import slurm_jwt_conformance
from slurm_jwt.strict.rules import RULES
from slurm_jwt_conformance.site.check.bulk import crew as crews
from slurm_jwt_conformance.site.check.bulk import lines, run, tally, worker
from slurm_jwt_conformance.site.check.bulk.judging import Judge
from slurm_jwt_conformance.site.check.bulk.summary import summary
from slurm_jwt_conformance.site.check.bulk.task import Task
from slurm_jwt_reports.problems import HarnessProblem
from slurm_jwt_vectors import load
from support.check_site import question

pytestmark = pytest.mark.program

SUITE = load()
KEY = SUITE.keys["random32"].bytes
TASK = Task(question(KEY), 1893456000)
TOKENS = [case.token for case in SUITE.cases.values() if case.key == "random32" and case.token is not None]


def text(count):
    """That many lines, each with the id that is its number."""
    return b"".join(
        json.dumps({"id": number, "token": TOKENS[number % len(TOKENS)]}).encode() + b"\n"
        for number in range(count)
    )


def feed(*texts):
    return lines.Feed(
        iter([(None if len(texts) == 1 else str(n), io.BytesIO(t)) for n, t in enumerate(texts)])
    )


def blocks(source):
    found = []
    while not source.ended:
        block = source.read()
        if block is not None:
            found.append(block)
    return found


@given(st.lists(st.binary(max_size=12)), st.booleans())
def test_chunks_of_any_size_make_the_lines_that_the_text_has(chunks, marked):
    chunks = [b"\xef\xbb\xbf", *chunks] if marked else chunks
    cutter = lines.Cutter()
    made = [block for chunk in chunks if (block := cutter.take(chunk))]
    made += [block for block in [cutter.rest()] if block]
    whole = b"".join(chunks)
    assert b"".join(block.data for block in made) == whole.removeprefix(b"\xef\xbb\xbf")
    before = 0
    for block in made:
        assert block.first == before + 1
        before += block.data.count(b"\n")


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("chunk", [1, 7, 64, 1000])
def test_of_a_line_over_the_limit_a_mark_is_kept_and_the_next_has_its_number(monkeypatch, chunk, end):
    monkeypatch.setattr(lines, "MOST_BYTES", 100)
    whole = b"a\n" + b"b" * 2000 + b"\nc\n" + b"d" * 500 + end
    cutter, made, most = lines.Cutter(), [], 0
    for start in range(0, len(whole), chunk):
        block = cutter.take(whole[start : start + chunk])
        most = max(most, len(cutter._rest))
        made += [block] if block else []
    made += [block for block in [cutter.rest()] if block]
    seen = {
        block.first + number: line
        for block in made
        for number, line in enumerate(block.data.split(b"\n"))
        if line
    }
    assert seen.keys() == {1, 2, 3, 4}
    assert (seen[1], seen[3]) == (b"a", b"c")
    if chunk < 100:
        assert (seen[2], seen[4]) == (lines.OVERLONG, lines.OVERLONG)
    assert most <= 100


def test_several_sources_are_told_apart_and_numbered_each():
    made = blocks(feed(b"a\nb", b"", b"\nc\n"))
    assert made == [
        lines.Block("0", 1, b"a\n"),
        lines.Block("0", 2, b"b"),
        lines.Block("2", 1, b"\nc\n"),
    ]


def told(answers):
    counted, said = tally.nothing(), b""
    for answer in answers:
        said += answer.text
        counted = tally.add(counted, answer.tally)
    return said, counted


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_a_crew_gives_the_answers_of_one_process_in_the_same_order(monkeypatch, jobs):
    monkeypatch.setattr(run, "ALONE_SECONDS", 0.0)
    monkeypatch.setattr(lines, "CHUNK", 4096)
    asked = text(3000)
    due = Judge(TASK).answer(lines.Block(None, 1, asked))
    said, counted = told(run.answers(TASK, feed(asked), jobs))
    assert said == due.text
    assert [json.loads(line)["id"] for line in said.splitlines()] == list(range(3000))
    assert counted == due.tally


def test_a_crew_answers_a_line_of_16_mb_between_others(monkeypatch):
    monkeypatch.setattr(run, "ALONE_SECONDS", 0.0)
    long = json.dumps({"id": "long", "token": "x" * (15 * 2**20)}).encode()
    too_long = json.dumps({"id": "too long", "token": "x" * (17 * 2**20)}).encode()
    said, counted = told(run.answers(TASK, feed(text(20) + long + b"\n" + too_long + b"\n" + text(20)), 2))
    answers = [json.loads(line) for line in said.splitlines()]
    assert [answer["id"] for answer in answers] == [*range(20), "long", None, *range(20)]
    assert answers[20]["rules"] == ["form.size"]
    assert answers[21]["line"] == 22
    assert (counted.tokens, counted.unusable) == (41, 1)


def ended(crew_workers):
    return [each.child.poll() is not None for each in crew_workers]


def test_workers_hold_no_key_where_others_can_see_it_and_end_with_the_crew():
    source, sink = os.pipe()
    with crews.Crew(TASK, 2) as crew, os.fdopen(source, "rb", buffering=0) as stream:
        answers = crew.answers(lines.Feed(iter([(None, stream)])))
        os.write(sink, text(5))
        assert next(answers).tally.tokens == 5
        for each in crew._workers:
            for place in ("cmdline", "environ"):
                seen = Path(f"/proc/{each.child.pid}/{place}").read_bytes()
                assert KEY not in seen
                assert KEY.hex().encode() not in seen
        os.close(sink)
        assert list(answers) == []
        workers = crew._workers
    assert ended(workers) == [True, True]


def test_an_answer_goes_out_while_the_source_is_silent():
    """A program that asks line by line and waits for each answer is not left waiting."""
    source, sink = os.pipe()
    with crews.Crew(TASK, 2) as crew, os.fdopen(source, "rb", buffering=0) as stream:
        answers = crew.answers(lines.Feed(iter([(None, stream)])))
        for number in range(5):
            os.write(sink, json.dumps({"id": number, "token": TOKENS[0]}).encode() + b"\n")
            assert json.loads(next(answers).text)["id"] == number
        os.close(sink)
        assert list(answers) == []


def test_a_dead_worker_is_an_error_of_the_harness_that_says_where():
    source, sink = os.pipe()
    with crews.Crew(TASK, 2) as crew, os.fdopen(source, "rb", buffering=0) as stream:
        answers = crew.answers(lines.Feed(iter([(None, stream)])))
        os.write(sink, text(5))
        assert next(answers).tally.tokens == 5
        victim = crew._workers[0]
        os.kill(victim.child.pid, signal.SIGKILL)
        with pytest.raises(HarnessProblem, match="SIGKILL") as caught:
            next(answers)
        workers = crew._workers
    os.close(sink)
    assert caught.value.exit_code == 3
    assert ended(workers) == [True, True]


def test_a_worker_that_cannot_start_is_an_error_of_the_harness(monkeypatch):
    monkeypatch.setattr(crews.sys, "executable", "/nonexistent/python")
    with pytest.raises(HarnessProblem, match="worker process"):
        crews.Crew(TASK, 2)


def test_a_worker_that_ends_at_its_start_is_an_error_of_the_harness(monkeypatch, capfd):
    monkeypatch.setattr(worker, "COMMAND", ("-c", "raise SystemExit(5)"))
    with crews.Crew(TASK, 2) as crew, pytest.raises(HarnessProblem, match="exit status 5"):
        list(crew.answers(feed(text(10))))
    assert capfd.readouterr().err == ""


def test_of_a_mistake_in_a_worker_the_kind_alone_is_told(capfd):
    task = TASK._replace(question="the secret of no site")
    with crews.Crew(task, 1) as crew, pytest.raises(HarnessProblem, match="exit status 3"):
        list(crew.answers(feed(text(3))))
    said = capfd.readouterr().err
    assert said.startswith("slurm-jwt: AttributeError")
    assert "secret" not in said


def test_what_is_under_way_is_bounded(monkeypatch):
    """A source that is faster than its worker is not read into memory."""
    monkeypatch.setattr(crews, "MOST_WAITING", 100_000)
    monkeypatch.setattr(lines, "CHUNK", 10_000)
    asked = text(8000)
    sizes = iter([len(block.data) for block in blocks(feed(asked))])
    source, under_way = feed(asked), []
    ahead = Counter()
    read = lines.Feed.read

    def counting(self):
        block = read(self)
        ahead["bytes"] += 0 if block is None else len(block.data)
        under_way.append(ahead["bytes"])
        return block

    monkeypatch.setattr(lines.Feed, "read", counting)
    with crews.Crew(TASK, 1) as crew:
        for _ in crew.answers(source):
            ahead["bytes"] -= next(sizes)
    assert ahead["bytes"] == 0
    longest = max(map(len, asked.splitlines()))
    assert max(under_way) <= 100_000 + 10_000 + longest


RELEASE = "22.05/libjwt1.10.2"
COUNTED = tally.Tally(
    Counter(valid=2, invalid=1234),
    Counter({"pass": 2, "fail": 1234}),
    Counter({"exp.unexpired": 1233, "alg.hs256": 1, "sun.posix": 1}),
    Counter({"policy.user": 7, "user.unknown": 9}),
    Counter({(RELEASE, "accepted"): 2, (RELEASE, "refused"): 1234}),
    1,
)


def test_a_summary_for_people_has_the_most_frequent_first():
    said = list(tally.as_text(COUNTED, {rule.id: rule.sentence for rule in RULES}))
    assert said[0] == "1,236 tokens: 2 valid, 1,234 invalid"
    assert said[1] == "outcome: 2 pass, 1,234 fail"
    assert said[2] == "1 unusable line"
    assert [line.split()[:2] for line in said[3:6]] == [
        ["1,233", "exp.unexpired:"],
        ["1", "alg.hs256:"],
        ["1", "sun.posix:"],
    ]
    assert [line.split() for line in said[6:8]] == [["9", "user.unknown"], ["7", "policy.user"]]
    assert said[8] == f"Slurm {RELEASE}: 2 accepted, 1,234 refused, 0 unknown"
    assert len(said) == 9


def schema():
    place = Path(slurm_jwt_conformance.__file__).parent / "schema" / "check-summary.schema.json"
    return jsonschema.Draft202012Validator(json.loads(place.read_text()))


def test_a_summary_for_scripts_keeps_its_schema():
    made = msgspec.to_builtins(summary(COUNTED))
    schema().validate(made)
    schema().validate(msgspec.to_builtins(summary(tally.nothing())))
    assert list(made["rules"]) == ["exp.unexpired", "alg.hs256", "sun.posix"]
    assert made["releases"] == {RELEASE: {"accepted": 2, "refused": 1234, "unknown": 0}}
    assert sum(made["outcomes"].values()) == sum(made["verdicts"].values()) == made["tokens"] == 1236
    for member in made:
        assert not schema().is_valid({name: made[name] for name in made if name != member})
    assert not schema().is_valid(made | {"more": 1})


@pytest.mark.parametrize(
    ("counted", "code"),
    [
        (tally.nothing(), 0),
        (tally.nothing()._replace(verdicts=Counter(valid=3), outcomes=Counter({"pass": 3})), 0),
        (tally.nothing()._replace(verdicts=Counter(valid=3), outcomes=Counter({"pass": 2})), 1),
        (COUNTED, 2),
    ],
)
def test_the_exit_code_is_the_worst_that_a_line_gives(counted, code):
    assert counted.code == code
