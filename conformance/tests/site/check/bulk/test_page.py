"""What docs/check-many.md shows is what the command writes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_vectors import load

pytestmark = pytest.mark.program

PAGE = Path(__file__).parents[5] / "docs" / "check-many.md"
SUITE = load()


def test_the_page_shows_what_the_command_writes(tmp_path):
    shown = re.search(r"```console\n\$ slurm-jwt (.*)\n([^`]*)```", PAGE.read_text())
    arguments, output = shown[1].split(), shown[2]
    (tmp_path / "jwt_hs256.key").write_bytes(SUITE.keys["random32"].bytes)
    (tmp_path / "users.txt").write_text(accounts.passwd())
    good, expired = SUITE.cases["claims.scontrol"], SUITE.cases["exp.one"]
    lines = [{"id": "portal", "token": good.token}, {"id": 2, "token": expired.token}]
    (tmp_path / "tokens.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines) + "{broken\n")
    command = [sys.executable, "-m", "slurm_jwt_conformance", *arguments, "--no-discovery"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout + done.stderr == output
