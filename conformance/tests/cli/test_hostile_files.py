"""Hostile files for every option of every command that reads one; what is read is never opened for writing.

One process makes all calls of a kind of file: with a limit on its memory, an alarm against hanging, and an
audit hook that sees every open().
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile

import pytest

from support.commands import leaves, values

pytestmark = pytest.mark.program

READS = {"FILE", "OLD", "NEW", "A"}
MADE = {"--out", "--export", "--summary", "--sarif", "--junit", "--markdown", "--html"}
FIRST = {
    "check": ["--no-discovery"],
    "run": ["-i", "reference", "-k", "exp.missing", "--out", "report", "--site", "x"],
    "report render": ["--format", "markdown"],
    "report merge": ["--out", "merged.jsonl"],
    "doctor": ["--release", "24.11"],
    "contract": ["--release", "24.11"],
    "rotate": ["--release", "24.11"],
    "changes": ["22.05", "24.11"],
    "probe": ["--bin-dir", "."],
    "lab exec": ["--seconds", "1"],
}
AFTER = {"doctor --dbd-conf": ["--conf", "slurm.conf"], "changes --dbd-conf": ["--conf", "slurm.conf"],
         "rotate --dbd-conf": ["--conf", "slurm.conf"], "lab exec --token-file": ["--", "true"]}  # fmt: skip

DRIVER = """
import json, os, resource, signal, sys
from support import commands as testing

task = json.load(sys.stdin)
opened = []

def hook(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)):
        path, mode, flags = args
        writing = flags & (os.O_WRONLY | os.O_RDWR | os.O_TRUNC | os.O_CREAT | os.O_APPEND)
        if writing:
            opened.append(os.fsdecode(path))

class Hangs(BaseException):
    pass

def alarm(*_):
    raise Hangs

signal.signal(signal.SIGALRM, alarm)
sys.addaudithook(hook)
if task["megabytes"]:
    here = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    limit = here + task["megabytes"] * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
answers = []
with testing.no_daemons():
    for words in task["calls"]:
        opened.clear()
        signal.alarm(task["seconds"])
        try:
            done = testing.call(words, b"", task["environment"])
            answer = [done.code, done.out.decode("utf-8", "replace"), done.err.decode("utf-8", "replace")]
        except Hangs:
            answer = ["hangs", "", ""]
        signal.alarm(0)
        answers.append([*answer, list(opened)])
sys.__stdout__.write(json.dumps(answers))
"""


def calls_with(path):
    """Yield the words of a call for each option that reads a file."""
    for words, parser in leaves().items():
        name = " ".join(words)
        for option, metavar, count in values(parser):
            if metavar not in READS or option in MADE or (name, option) == ("keygen", ""):
                continue
            given = [option, *[path] * count] if option else [path] * count
            first = ["--lines"] if (name, option) == ("check", "") else []
            if name == "report diff":
                given = [path, path]
            yield [*words, *FIRST.get(name, []), *first, *given, *AFTER.get(f"{name} {option}", [])]


@pytest.fixture
def here(tmp_path):
    """Return a folder with a sound configuration and key, in which the calls are made."""
    key = bytes(range(1, 33))
    (tmp_path / "jwt_hs256.key").write_bytes(key)
    (tmp_path / "jwt_hs256.key").chmod(0o600)
    (tmp_path / "slurm.conf").write_text(
        f"ClusterName=c\nSlurmctldHost=h\nSlurmUser=root\nStateSaveLocation={tmp_path}\n"
        f"AuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key={tmp_path}/jwt_hs256.key\n"
    )
    return tmp_path


def made(here, calls, *, megabytes=400, seconds=20, powerless=False):
    """Make the calls in a process of their own; return for each what came of it."""
    task = {
        "calls": calls,
        "megabytes": megabytes,
        "seconds": seconds,
        "environment": {
            "XDG_CACHE_HOME": f"{here}/cache", "XDG_RUNTIME_DIR": f"{here}/run", "SLURM_CONF": "",
        },
    }  # fmt: skip
    # Root reads every file, unless it gives up the power to.
    without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if powerless else []
    done = subprocess.run(
        [*without, sys.executable, "-B", "-c", DRIVER],  # without files of byte code
        input=json.dumps(task), cwd=here, capture_output=True, text=True, check=False, timeout=seconds * 12,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return list(zip(calls, json.loads(done.stdout), strict=True))


def fifo(path):
    os.mkfifo(path)


def unix_socket(path):
    os.chdir(path.parent)  # a socket's path may have 107 bytes
    with socket.socket(socket.AF_UNIX) as made_socket:
        made_socket.bind(path.name)


def sparse(path):
    with path.open("wb") as stream:
        stream.truncate(2**30)


def sparse_with_text(path):
    with path.open("wb") as stream:
        stream.write(b"a=b\n" * 1000)
        stream.truncate(2**30)


KINDS = {
    "directory": lambda path: path.mkdir(),
    "fifo": fifo,
    "socket": unix_socket,
    "zero": lambda path: path.symlink_to("/dev/zero"),
    "null": lambda path: path.symlink_to("/dev/null"),
    "terminal": lambda path: path.symlink_to("/dev/tty"),
    "memory": lambda path: path.symlink_to("/proc/self/mem"),
    "dangling": lambda path: path.symlink_to("nowhere"),
    "loop": lambda path: path.symlink_to(path.name),
    "link-to-fifo": lambda path: (fifo(path.with_name("the-fifo")), path.symlink_to("the-fifo")),
    "missing": lambda _path: None,
    "below-a-file": lambda path: path.symlink_to("jwt_hs256.key/x"),
    "sparse": sparse,
    "sparse-with-text": sparse_with_text,
}
CODES = {"null": {0, 1, 2}, "memory": {0, 1, 2, 3}}
"""Other exit codes than 1 and 2: an empty slurm.conf or user database is one; disks fail (3)."""


def wrong(answers, codes):
    """Return the calls whose answer is none: another exit code, a traceback, or no word."""
    return [
        f"{' '.join(words)}: {code} {out[-300:]} {err[-600:]}"
        for words, (code, out, err, _) in answers
        if code not in codes or "Traceback" in err or not (err.strip() or out.strip())
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_stands_where_a_file_belongs_is_answered(here, monkeypatch, kind):
    monkeypatch.chdir(here)
    KINDS[kind](here / "odd")
    answers = made(here, list(calls_with("odd")))
    assert wrong(answers, CODES.get(kind, {1, 2})) == []
    assert not [words for words, (*_, opened) in answers if "odd" in map(os.path.basename, opened)]


NAMES = {
    "empty": "",
    "nul": "a\0b",
    "long": "x" * 300,
    "deep": "/".join(["x" * 200] * 30),
    "two-lines": "new\nline",
    "escape": "esc\x1b[31m",
    "no-utf8": "\udcff\udcfe",
    "dot": ".",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_that_are_no_files_are_answered(here, name):
    assert wrong(made(here, list(calls_with(NAMES[name]))), {1, 2}) == []


def test_files_that_may_not_be_read_are_answered(here):
    (here / "odd").write_bytes(bytes(range(1, 33)))
    (here / "odd").chmod(0)
    answers = made(here, list(calls_with("odd")), powerless=os.geteuid() == 0)
    assert wrong(answers, {1, 2}) == []


def test_a_symbolic_link_to_a_sound_file_is_followed(here):
    (here / "key-link").symlink_to("jwt_hs256.key")
    (here / "conf-link").symlink_to("slurm.conf")
    calls = [
        ["token", "--key-file", "key-link", "username=root"],
        ["doctor", "--conf", "conf-link", "--release", "24.11"],
        ["rotate", "--conf", "conf-link", "--release", "24.11"],
    ]
    assert wrong(made(here, calls), {0, 1}) == []


def test_nothing_that_is_read_is_opened_for_writing(here):
    """Nor anything else: but for what --out and its like name, no command writes a file."""
    for name in ("token.txt", "passwd", "site.toml", "slurmdbd.conf", "tokens.txt"):
        (here / name).write_text("")
    (here / "token.txt").write_text("eyJhbGciOiJIUzI1NiJ9.e30.AAAA\n")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in here.iterdir()}
    key, conf = "jwt_hs256.key", "slurm.conf"
    calls = [
        ["check", "--token-file", "token.txt", "--key-file", key, "--all-releases", "--passwd", "passwd"],
        ["check", "--token-file", "token.txt", "--conf", conf, "--release", "24.11", "--json"],
        ["check", "--lines", "--key-file", key, "tokens.txt"],
        ["token", "--key-file", key, "username=root"],
        ["keygen", key],
        ["contract", "--conf", conf, "--release", "24.11"],
        ["changes", "22.05", "24.11", "--conf", conf],
        ["rotate", "--conf", conf, "--release", "24.11"],
        ["doctor", "--conf", conf, "--release", "24.11"],
        ["probe", "--token-file", "token.txt", "--key-file", key, "--conf", conf, "--bin-dir", "."],
        ["lab", "ask", "--token-file", "token.txt"],
        ["lab", "up", "--key-file", key],
        ["explain", "exp.integer"],
        ["completion", "zsh"],
    ]
    answers = made(here, [*calls, *calls_with(key), *calls_with(conf)])
    for words, (code, _, err, opened) in answers:
        assert code != 3 or "no daemons here" in err or words[0] in {"lab", "probe"}, (words, err)
        touched = [path for path in opened if os.path.realpath(here / path) in map(str, before)]
        assert not touched, (words, opened)
        allowed = ("/dev/null", "report/", tempfile.gettempdir())
        assert not [path for path in opened if not path.startswith(allowed)], (words, opened)
    for path, (content, changed) in before.items():
        assert (path.read_bytes(), path.stat().st_mtime_ns) == (content, changed)


@pytest.mark.parametrize("option", ["--html", "--sarif", "--junit", "--markdown", "--summary"])
@pytest.mark.parametrize("named", [True, False])
def test_no_report_is_written_over_a_key(here, option, named):
    """Whether the call reads that key or not; over a former report of its own kind it is."""
    key = (here / "jwt_hs256.key").read_bytes()
    call = ["check", *(["--key-file", "jwt_hs256.key"] if named else ["--no-discovery"])]
    call += ["--lines"] if option == "--summary" else ["abc"]
    answers = made(here, [[*call, option, place] for place in ("jwt_hs256.key", "fresh", "fresh")])
    fine = 0 if option == "--summary" else 1
    assert [code for _, (code, *_) in answers] == [2, fine, fine], answers
    assert (here / "jwt_hs256.key").read_bytes() == key
    assert (here / "fresh").stat().st_size


def test_no_run_is_merged_over_a_key(here):
    run = ["run", "-i", "reference", "-k", "exp.missing", "--quiet", "--out"]
    merge = ["report", "merge", "one", "two", "--out"]
    answers = made(here, [[*run, "one"], [*run, "two"], [*merge, "jwt_hs256.key"], [*merge, "m.jsonl"],
                          [*merge, "m.jsonl"]], megabytes=0)  # fmt: skip
    assert [code for _, (code, *_) in answers] == [0, 0, 2, 0, 0], answers
    assert (here / "jwt_hs256.key").read_bytes() == bytes(range(1, 33))


GROWING = """
import os, sys, time

place, new = sys.argv[1], sys.argv[1] + ".new"
end = time.monotonic() + 60
while os.path.exists(sys.argv[2]) and time.monotonic() < end:
    with open(place, "ab") as stream:
        stream.write(os.urandom(4096))
    with open(new, "wb") as stream:
        stream.write(bytes(range(1, 33)))
    os.replace(new, place)
    os.unlink(place)
"""


def test_files_that_change_while_they_are_read_are_answered(here):
    """One grows, is replaced and is gone, over and over: each call says something, and none hangs."""
    (here / "odd").write_bytes(bytes(range(1, 33)))
    (here / "go").touch()
    calls = list(calls_with("odd"))
    changing = subprocess.Popen([sys.executable, "-c", GROWING, str(here / "odd"), str(here / "go")])
    try:
        answers = made(here, calls * 2)
    finally:
        (here / "go").unlink()
        changing.wait()
    # A key that was whole at that moment lets `lab up` go on, to the daemons that this test withholds.
    ended = [(words, said) for words, said in answers if "no daemons here" not in said[2]]
    assert len(ended) > len(answers) / 2
    assert wrong(ended, {0, 1, 2}) == []
