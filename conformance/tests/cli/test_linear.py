"""No reader is quadratic: four times the input costs at most about four times the calls of functions."""

from __future__ import annotations

import cProfile
import pstats

import pytest

from slurm_jwt import Issuer
from support.commands import call, no_daemons

KEY = bytes(range(1, 33))
SITE = "ClusterName=c\nSlurmctldHost=h\nSlurmUser=root\nAuthAltTypes=auth/jwt\nAuthAltParameters={}\n"
PARTS = "jwt_key={here}/k"
DOCTOR = ["doctor", "--conf", "odd", "--release", "24.11"]
CHECK = ["check", "--no-discovery", "--key-file", "k", "--now", "2000000001", "--release", "24.11"]
MANY = [*CHECK, "--jobs", "1"]
POLICY = "[token]\nissuers = [{}]\n"


def site(text):
    return SITE.format(PARTS) + text


INPUTS = {
    "unknown lines": (DOCTOR, lambda n: site("Foo=bar\n" * n)),
    "different unknown lines": (DOCTOR, lambda n: site("".join(f"Foo{place}=bar\n" for place in range(n)))),
    "one key often": (DOCTOR, lambda n: site("SlurmUser=root\n" * n)),
    "one long line": (DOCTOR, lambda n: site("Foo=" + "x" * n * 100 + "\n")),
    "many settings in a line": (DOCTOR, lambda n: site("Foo=x " * n + "\n")),
    "many jwt_key": (DOCTOR, lambda n: SITE.format("jwt_key=/x," * n + PARTS)),
    "many parts": (DOCTOR, lambda n: SITE.format("a," * n + PARTS)),
    "changes": (
        ["changes", "22.05", "24.11", "--conf", "odd"],
        lambda n: SITE.format("jwt_key=/x," * n + PARTS),
    ),
    "rotate": (["rotate", "--conf", "odd", "--release", "24.11"], lambda n: site("Foo=bar\n" * n)),
    "issuers": ([*CHECK, "--token-file", "t", "--policy", "odd"], lambda n: POLICY.format('"a",' * n)),
    "dotted key": (
        [*CHECK, "--token-file", "t", "--policy", "odd"],
        lambda n: ".".join("a" * n * 20) + " = 1",
    ),
    "users": ([*CHECK, "--token-file", "t", "--passwd", "odd"], lambda n: "alice:x:1:1::/:/bin/sh\n" * n),
    "lines": ([*MANY, "--lines", "odd"], lambda n: "x\n" * n),
    "one line of tokens": ([*MANY, "--lines", "odd"], lambda n: "x" * n * 20),
    "deep JSON": ([*MANY, "--jsonl", "odd"], lambda n: '{"token":' + "[" * n * 20),
    "unknown log lines": (["explain", "-"], lambda n: "error: foo\n" * n),
    "one log line": (["explain", "-"], lambda n: "error: " * n * 10),
    "events": (["report", "show", "odd"], lambda n: '{"event":"run"}\n' * n),
}


def calls(words, text):
    """Return how many functions a command calls for an input."""
    profile = cProfile.Profile()
    with no_daemons():
        profile.enable()
        done = call(words, text.encode(), {"SLURM_CONF": "", "SLURM_JWT": ""})
        profile.disable()
    assert done.code in {0, 1, 2}, done.err
    return pstats.Stats(profile).total_calls


@pytest.mark.parametrize("what", INPUTS)
def test_four_times_the_input_costs_four_times_the_calls(tmp_path, monkeypatch, what):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "k").write_bytes(KEY)
    (tmp_path / "t").write_text(Issuer(KEY).issue("alice", 600, 2_000_000_000))
    words, make = INPUTS[what]
    counts = []
    for number in (100, 100, 400, 1600):  # the first imports modules
        text = make(number).replace("{here}", str(tmp_path))
        (tmp_path / "odd").write_text(text)
        counts.append(calls(words, text))
    assert counts[3] - counts[2] < 6 * (counts[2] - counts[1]) + 20_000, counts
