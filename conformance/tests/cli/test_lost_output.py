"""A command whose answers cannot be written on stdout says so, and does not end with 0."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from slurm_jwt import Issuer
from tools import example_run

pytestmark = pytest.mark.program

COMMANDS = [
    "--help",
    "--version",
    "help check",
    "check --help",
    "check --token-file token --key-file key --release 24.11",
    "check --token-file token --key-file key --json",
    "check --token-file token --key-file key --sarif -",
    "check --jsonl lines.jsonl --key-file key",
    "check --lines token --key-file key",
    "vectors list",
    "vectors list --json",
    "vectors show exp.false",
    "doctor --conf slurm.conf --release 24.11 --json",
    "explain exp.required",
    "changes 24.11 26.05",
    "token --key-file key username=alice",
    "completion bash",
    "report show run",
    "report show run --failures",
    "report render run --format json",
    "report diff run run",
    "run -i reference -k exp.false --out fresh --quiet",
    "run --list",
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    here = tmp_path_factory.mktemp("desk")
    key = bytes(range(32))
    token = Issuer(key).issue("alice", 1800)
    (here / "key").write_bytes(key)
    (here / "key").chmod(0o600)
    (here / "token").write_text(token)
    (here / "lines.jsonl").write_text(f'{{"id": 1, "token": "{token}"}}\n')
    (here / "slurm.conf").write_text("ClusterName=a\nSlurmctldHost=a\nSlurmUser=root\n")
    (here / "run").mkdir()
    example_run.write(here / "run" / "results.jsonl", 16, 14)
    return here


def shell(desk, line, unbuffered):
    return subprocess.run(
        ["bash", "-c", line, "bash", sys.executable, "-m", "slurm_jwt_conformance"],
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered, "COLUMNS": "80"},
        cwd=desk, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("way", "why"), [(">&-", "it is closed"), (">/dev/full", "No space left on device")])
def test_answers_that_are_lost_end_with_one_message_and_no_0(desk, command, way, why, unbuffered):
    done = shell(desk, f'"$@" {command} {way}', unbuffered)
    said = [line for line in done.stderr.splitlines() if "stdout" in line]
    assert done.returncode == 3, done.stderr
    assert said == [f"slurm-jwt: stdout cannot be written: {why}. The answers are lost."]
    assert "Exception" not in done.stderr
