"""`slurm-jwt check --jsonl` and `--lines` as users run them: files, summaries, ends of all kinds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

import slurm_jwt_conformance
from slurm_jwt_vectors import load

pytestmark = pytest.mark.program

SUITE = load()
KEY = SUITE.keys["random32"].bytes
CASES = [case for case in SUITE.cases.values() if case.key == "random32" and case.token is not None]
GOOD = next(case.token for case in CASES if case.verdict == "valid")
EXPIRED = next(case.token for case in CASES if case.rules == ("exp.unexpired",) and case.any_time)
NOW = "1893456000"
SECONDS = 60


@pytest.fixture
def call(tmp_path):
    """Give the command that checks lines under the key of these tokens, with more arguments."""
    key = tmp_path / "jwt_hs256.key"
    key.write_bytes(KEY)
    start = [sys.executable, "-m", "slurm_jwt_conformance", "check", "--no-discovery", "--now", NOW]

    def words(*more):
        judge = () if "--judge" in more or "--release" in more else ("--judge", "rules")
        return [*start, "--key-file", str(key), *judge, *map(str, more)]

    return words


@pytest.fixture
def check(call):
    def run(*more, stdin=b""):
        done = subprocess.run(call(*more), input=stdin, capture_output=True, timeout=SECONDS, check=False)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()

    return run


def lines(*tokens):
    return b"".join(
        json.dumps({"id": number, "token": token}).encode() + b"\n" for number, token in enumerate(tokens)
    )


def test_lines_are_answered_and_counted_for_people_on_stderr(check):
    code, said, err = check("--jsonl", stdin=lines(GOOD, EXPIRED, EXPIRED))
    assert [answer["verdict"] for answer in said] == ["valid", "invalid", "invalid"]
    assert code == 1
    assert err.splitlines()[0] == "3 tokens: 1 valid, 2 invalid"
    assert err.splitlines()[1] == "outcome: 1 pass, 2 fail"
    assert err.splitlines()[2].split()[:2] == ["2", "exp.unexpired:"]


@pytest.mark.parametrize(
    ("stdin", "code"),
    [(lines(GOOD), 0), (lines(GOOD).rstrip(b"\n"), 0), (lines(GOOD, EXPIRED), 1), (b"", 0), (b"\n \n", 0)],
)
def test_exit_codes(check, stdin, code):
    assert check("--jsonl", stdin=stdin)[0] == code


def test_an_unusable_line_leaves_the_others_their_answers_and_exits_with_2(check):
    code, said, err = check("--jsonl", stdin=lines(GOOD) + b"\xff\xfe\n" + lines(EXPIRED))
    assert [answer.get("verdict") for answer in said] == ["valid", None, "invalid"]
    assert (code, said[1]["line"]) == (2, 2)
    assert "1 unusable line" in err


def test_bare_lines_and_files_that_windows_wrote(check, tmp_path):
    path = tmp_path / "tokens.txt"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode() + b"\r\n\r\n" + EXPIRED.encode())
    code, said, _ = check("--lines", path)
    assert code == 1
    assert [(answer["id"], answer["verdict"], answer["rules"]) for answer in said] == [
        (1, "valid", []),
        (3, "invalid", ["exp.unexpired"]),
    ]


def test_several_files_are_named_in_the_answers_and_counted_together(check, tmp_path):
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.write_bytes(lines(GOOD) + b"broken")
    second.write_bytes(lines(EXPIRED))
    code, said, err = check("--jsonl", first, second)
    assert code == 2
    assert [(answer["file"], answer["id"]) for answer in said] == [
        (str(first), 0),
        (str(first), None),
        (str(second), 0),
    ]
    assert (said[1]["line"], "error" in said[1]) == (2, True)
    assert err.startswith("2 tokens: 1 valid, 1 invalid\noutcome: 1 pass, 1 fail\n1 unusable line\n")


def test_several_token_files_are_judged_each(check, tmp_path):
    paths = [tmp_path / "good.jwt", tmp_path / "expired.jwt"]
    for path, token in zip(paths, (GOOD, EXPIRED), strict=True):
        path.write_text(f"{token}\n")
    code, said, _ = check("--token-file", paths[0], "--token-file", paths[1])
    assert code == 1
    assert {answer["file"]: answer["verdict"] for answer in said} == {
        str(paths[0]): "valid",
        str(paths[1]): "invalid",
    }


def test_a_prefix_in_one_of_several_token_files_is_removed_and_named(check, tmp_path):
    paths = [tmp_path / "plain.jwt", tmp_path / "prefix.jwt"]
    for path, text in zip(paths, (GOOD, f"Bearer {GOOD}\r\n"), strict=True):
        path.write_text(text)
    code, said, _ = check("--token-file", paths[0], "--token-file", paths[1])
    assert code == 0
    assert [(answer["verdict"], answer.get("removed")) for answer in said] == [
        ("valid", None),
        ("valid", "Bearer "),
    ]


@pytest.mark.parametrize("options", [("--judge", "rules"), ("--release", "22.05", "--passwd", "none")])
def test_each_line_keeps_the_published_schema(check, tmp_path, options):
    place = Path(slurm_jwt_conformance.__file__).parent / "schema" / "check-lines.schema.json"
    lines_keep = jsonschema.Draft202012Validator(json.loads(place.read_text()))
    path = tmp_path / "prefix.jwt"
    path.write_text(f"Bearer {GOOD}\n")
    said = check("--token-file", path, "--token-file", path, *options)[1]
    said += check("--jsonl", *options, stdin=lines(GOOD, EXPIRED) + b"no json\n")[1]
    assert [sorted({"removed", "file", "error"} & line.keys()) for line in said] == [
        *[["file", "removed"]] * 2, [], [], ["error"],
    ]  # fmt: skip
    for line in said:
        lines_keep.validate(line)
    assert not lines_keep.is_valid(said[0] | {"other": 1})


def test_the_summary_goes_to_a_file_as_json_and_no_text_to_stderr(check, tmp_path):
    path = tmp_path / "summary.json"
    users = tmp_path / "passwd"
    users.write_text("root:x:0:0::/:/bin/sh\nalice:x:2001:2001::/:/bin/sh\n")
    code, said, err = check(
        *("--jsonl", "--summary", path, "--release", "22.05", "--passwd", users, "--judge", "slurm"),
        stdin=lines(GOOD, EXPIRED),
    )
    summary = json.loads(path.read_text())
    assert (code, err) == (1, "")
    assert [answer["slurm"]["22.05/libjwt1.10.2"]["uid"] for answer in said] == [2001, None]
    assert (summary["tokens"], summary["failed"], summary["rules"]) == (2, 1, {"exp.unexpired": 1})
    assert summary["releases"] == {"22.05/libjwt1.10.2": {"accepted": 1, "refused": 1, "unknown": 0}}


POLICY = """\
[token]
max_lifetime = 2600000000
[users]
deny = ["root"]
[[waiver]]
rule = "exp.unexpired"
reason = "a test"
by = "somebody"
expires = 2030-12-31
"""


def test_a_policy_says_of_each_line_what_it_says_of_the_token_alone(check, call, tmp_path):
    policy, users = tmp_path / "site.toml", tmp_path / "passwd"
    policy.write_text(POLICY)
    users.write_text("root:x:0:0::/:/bin/sh\nalice:x:2001:2001::/:/bin/sh\n")
    site = ("--policy", policy, "--release", "22.05", "--passwd", users)
    asked = [case for case in CASES if case.topic in {"sun", "exp"} and len(case.token) < 2000][::6]
    asked.append(SUITE.cases["claims.scontrol"])
    code, said, err = check("--jsonl", *site, stdin=lines(*(case.token for case in asked)))
    assert (code, len(said)) == (1, len(asked))
    for case, answer in zip(asked, said, strict=True):
        command = call("--json", *site, "-")
        one = subprocess.run(command, input=case.token_bytes, capture_output=True, check=False)
        alone = json.loads(one.stdout)
        assert answer["passes"] == (one.returncode == 0)
        assert answer["remarks"] == [remark["id"] for remark in alone["remarks"]]
        assert (answer["verdict"], answer["slurm"].keys()) == (alone["verdict"], alone["slurm"].keys())
    assert {"policy.lifetime", "policy.user"} <= {name for answer in said for name in answer["remarks"]}
    assert {answer["passes"] for answer in said} == {True, False}
    assert "policy.lifetime\n" in err


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "device", "empty", "long"])
def test_what_is_no_file_of_lines_is_refused_at_once_and_nothing_is_judged(check, tmp_path, kind):
    path = tmp_path / "x\x1b[31m"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path = Path("/dev/zero")
    elif kind == "long":
        path = "x" * 5000
    elif kind == "empty":
        path = ""
    good = tmp_path / "good.jsonl"
    good.write_bytes(lines(GOOD))
    code, said, err = check("--jsonl", good, path)
    assert (code, said) == (2, [])
    assert err
    assert "\x1b" not in err


def test_a_pipe_that_the_shell_opened_is_read():
    source, sink = os.pipe()
    os.write(sink, lines(GOOD))
    os.close(sink)
    os.set_inheritable(source, True)
    command = [sys.executable, "-m", "slurm_jwt_conformance", "check", "--jsonl", f"/dev/fd/{source}"]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, close_fds=False)
    os.close(source)
    assert json.loads(done.stdout)["verdict"] == "undetermined"


def test_a_stdin_that_does_not_block_is_waited_for(call):
    source, sink = os.pipe()
    os.set_blocking(source, False)
    with subprocess.Popen(call("--jsonl"), stdin=source, stdout=subprocess.PIPE) as child:
        time.sleep(0.5)
        os.write(sink, lines(GOOD))
        assert json.loads(child.stdout.readline())["verdict"] == "valid"
        os.close(sink)
        assert child.wait(timeout=SECONDS) == 0
    os.close(source)


def test_a_file_of_zeros_is_one_line_too_long(check, tmp_path):
    path = tmp_path / "zeros"
    with path.open("wb") as stream:
        stream.truncate(200 * 2**20)
    code, said, _ = check("--jsonl", path)
    assert code == 2
    assert [(answer["line"], answer["id"]) for answer in said] == [(1, None)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--jsonl", "--json"), "--json"),
        (("--jsonl", "--lines"), "not allowed"),
        (("--summary", "x", "a.b.c"), "--jsonl"),
        (("--jobs", "2", "a.b.c"), "--jsonl"),
        (("a.b.c", "d.e.f"), "--jsonl"),
        (("--jsonl", "--jobs", "0"), "1 to 256"),
        (("--jsonl", "--jobs", "x"), "1 to 256"),
        (("--jsonl", "--summary", "/nonexistent/summary"), "/nonexistent/summary"),
        (("--jsonl", "--summary", "/"), "not the name of a file"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(check, arguments, message):
    code, said, err = check(*arguments)
    assert (code, said) == (2, [])
    assert message in err


@pytest.fixture
def endless(call, tmp_path):
    """Start the command on more lines than it can judge meanwhile, with a crew at work."""
    path = tmp_path / "many"
    path.write_bytes(lines(*(case.token for case in CASES if len(case.token) < 2000)) * 400)
    started = []

    def start(*more, **streams):
        child = subprocess.Popen(call("--jsonl", "--jobs", "2", path, *more), **streams)
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.wait()
        for stream in (child.stdout, child.stderr):
            if stream:
                stream.close()


def crew_of(child):
    """Wait until a command has its two workers, reading what it writes, and give their process ids."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if child.stdout:
            assert child.stdout.read1()
        found = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
        if len(found) == 2:
            return found
        assert child.poll() is None, "it ended before it had a crew"
    raise AssertionError("it has no crew")


def gone(ids):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{each}").exists() for each in ids):
            return True
        time.sleep(0.01)
    return False


def test_a_reader_that_leaves_ends_all_quietly_with_141(endless):
    child = endless(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    workers = crew_of(child)
    child.stdout.close()
    assert child.wait(timeout=SECONDS) == 141
    assert b"Traceback" not in child.stderr.read()
    assert gone(workers)


def test_a_dead_worker_is_said_with_exit_code_3_and_the_answers_so_far_are_whole(endless, tmp_path):
    path = tmp_path / "answers"
    with path.open("wb") as stdout:
        child = endless(stdout=stdout, stderr=subprocess.PIPE)
    workers = crew_of(child)
    os.kill(int(workers[0]), signal.SIGKILL)
    _, err = child.communicate(timeout=SECONDS)
    assert child.returncode == 3
    assert b"SIGKILL" in err
    assert b"Traceback" not in err
    answers = [json.loads(line) for line in path.read_bytes().splitlines()]
    asked = [case for case in CASES if len(case.token) < 2000]
    assert answers
    assert [answer["id"] for answer in answers] == [number % len(asked) for number in range(len(answers))]
    assert gone(workers)


def test_workers_end_when_the_command_is_killed(endless):
    child = endless(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    workers = crew_of(child)
    child.kill()
    child.wait(timeout=SECONDS)
    assert gone(workers)


def test_a_program_that_waits_for_each_answer_gets_it(call):
    child = subprocess.Popen(call("--jsonl"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with child:
        for number in range(3):
            child.stdin.write(json.dumps({"id": number, "token": GOOD}).encode() + b"\n")
            child.stdin.flush()
            assert json.loads(child.stdout.readline())["id"] == number
        child.stdin.close()
        assert child.wait(timeout=SECONDS) == 0


def test_neither_key_nor_token_is_in_any_output(check):
    secret = GOOD.rpartition(".")[2]
    _, said, err = check("--jsonl", stdin=lines(GOOD, GOOD + "x", "x" + GOOD) + GOOD.encode() + b"\n")
    for text in (json.dumps(said), err):
        assert secret not in text
        assert KEY.hex() not in text
