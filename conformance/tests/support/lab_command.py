"""For tests of `slurm-jwt lab`: run it, in folders of the test, and see what it leaves."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from slurm_jwt_conformance.cli import main
from support.slurm import DEFAULT

RELEASE = ("--release", DEFAULT)
SLURM_JWT = [sys.executable, "-m", "slurm_jwt_conformance"]


class Result(NamedTuple):
    code: int
    out: str
    err: str


def call(*arguments, stdin=b""):
    """Run `slurm-jwt lab`. `up` forks and handles signals, so it runs in a process of its own."""
    if arguments[0] == "up":
        result = subprocess.run(
            [*SLURM_JWT, "lab", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Result(result.returncode, result.stdout, result.stderr)
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["lab", *arguments])
    return Result(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def own_folders():
    """Give labs a runtime folder and a temporary folder that only the test uses."""
    base = Path(tempfile.mkdtemp(prefix="sjt."))
    base.chmod(0o755)
    (base / "run").mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(base / "run"))
        patch.setenv("TMPDIR", str(base))
        patch.setattr("tempfile.tempdir", str(base))
        yield base
        call("down", "--all")
    shutil.rmtree(base)


def processes_naming(text):
    """Return the other processes with `text` in command line or environment."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            if str(text).encode() in words and int(entry.name) != os.getpid():
                found.add(int(entry.name))
    return found


def wait_until(happened, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)
    return happened()


def nothing_is_left(base):
    files = [path for path in base.rglob("*") if path.name not in {"run", "slurm-jwt", "labs"}]
    mounts = str(base) in Path("/proc/self/mountinfo").read_text()
    return not files and not mounts and not processes_naming(base)


def holder(base):
    (facts,) = base.glob("run/slurm-jwt/labs/*/lab.json")
    return json.loads(facts.read_text())["mark"]["pid"]
