"""Programs with limits: their environment, their ends, and what a limit leaves."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from slurm_jwt_conformance.lab import program

pytestmark = pytest.mark.program


def sh(text, **options):
    return program.run(["/bin/sh", "-c", text], **{"seconds": 30.0, **options})


def test_both_outputs_and_the_exit_code():
    assert sh("echo out; echo err >&2; exit 7") == program.Result(7, "out\n", "err\n")
    assert sh("kill -9 $$").exit == -9


def test_the_environment_is_clean_unless_one_is_given(monkeypatch):
    monkeypatch.setenv("SECRET", "yes")
    names = {line.partition("=")[0] for line in program.run(["/usr/bin/env"], seconds=30).out.splitlines()}
    assert names == set(program.CLEAN)
    assert sh('printf %s "$TOKEN"', environment={"TOKEN": b"a\xffb"}).out == "a\\xffb"


def test_standard_input_is_empty():
    assert sh("cat; echo end").out == "end\n"


def test_bytes_that_are_not_utf_8_are_shown_escaped():
    assert sh(r"printf 'a\377b'").out == "a\\xffb"


@pytest.mark.parametrize("text", ["echo said; sleep 60 & echo $! >{note}; wait", "exec >&- 2>&-; sleep 60"])
def test_the_time_limit_ends_the_program_and_its_children(text, tmp_path):
    note = tmp_path / "pid"
    result = sh(text.format(note=note), seconds=1.0)
    assert (result.exit, result.late, result.ended) == (None, True, "it did not end within the time limit")
    if note.exists():
        assert result.out == "said\n"
        assert _ends(note.read_text().strip())


def _ends(pid):
    """Wait for the end of a process: the kernel needs a moment after SIGKILL."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state in "ZX":
            return True
        time.sleep(0.02)
    return False


def test_the_output_limit_ends_the_program():
    result = sh("exec yes", most_bytes=1000)
    assert (result.exit, result.flooded, result.ended) == (None, True, "it wrote too much output")
    assert result.out.startswith("y\ny\n")


def test_a_program_that_is_not_there(tmp_path):
    result = program.run([str(tmp_path / "missing")], seconds=5)
    assert (result.exit, result.out, result.ended) == (None, "", "No such file or directory")
    (tmp_path / "broken").write_bytes(b"\x7fELF")
    (tmp_path / "broken").chmod(0o755)
    assert program.run([str(tmp_path / "broken")], seconds=5).missing == "Exec format error"


def test_an_exception_leaves_no_process(monkeypatch):
    started = []
    original = program.subprocess.Popen

    def popen(*arguments, **options):
        started.append(original(*arguments, **options))
        return started[-1]

    def interrupt(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(program.subprocess, "Popen", popen)
    monkeypatch.setattr(program, "_read", interrupt)
    with pytest.raises(KeyboardInterrupt):
        program.run([sys.executable, "-c", "import time; time.sleep(60)"], seconds=60)
    assert started[0].returncode == -9
