"""A child process that outlives its parent, and the parent that waits until the child is ready."""

from __future__ import annotations

import subprocess
import sys

import pytest

CHILD = """
import os, sys, time
from slurm_jwt_conformance.lab.service import background
code = background.detach()
if code is not None:
    print("parent", code)
    sys.exit(0)
{act}
"""

pytestmark = pytest.mark.program


def run(act):
    return subprocess.run(
        [sys.executable, "-c", CHILD.format(act=act)], capture_output=True, text=True, check=False, timeout=60
    )


def test_the_parent_prints_the_childs_output_and_returns_when_it_is_ready():
    result = run("print('ready'); background.release(); print('hidden'); time.sleep(0.5)")
    assert (result.returncode, result.stdout, result.stderr) == (0, "ready\nparent 0\n", "")


def test_a_child_that_ends_before_it_is_ready_gives_its_exit_code():
    result = run("print('why', file=sys.stderr); sys.exit(3)")
    assert (result.stdout, result.stderr) == ("parent 3\n", "why\n")


def test_a_killed_child_is_an_error():
    result = run("os.kill(os.getpid(), 9)")
    assert result.returncode == 1
    assert "Signal 9 ended the lab's process" in result.stderr


@pytest.mark.parametrize(
    "what", ["os.getsid(0) == os.getpid()", "os.getcwd() == '/'", "sys.stdin.read() == ''"]
)
def test_the_child_has_a_session_a_folder_and_an_input_of_its_own(what):
    assert run(f"print({what}); background.release()").stdout.startswith("True\n")
