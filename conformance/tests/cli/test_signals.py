"""A signal ends a command as Ctrl-C does: exit code, footer, reports, and no process is left."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from slurm_jwt_conformance import cli
from slurm_jwt_conformance.adapters.python import serve
from slurm_jwt_reports.stream.reader import read

pytestmark = pytest.mark.program

SECONDS = 60
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
ESCAPE = """
import os, sys, time

def escape(mark):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 10)
            with open(mark + ".new", "w") as out:
                out.write(str(os.getpid()))
            os.rename(mark + ".new", mark)
            time.sleep(600)
        os._exit(0)
"""
ADAPTER = f"""{ESCAPE}
from slurm_jwt import Verifier

LIBRARY, VERSION, FAMILY, CLOCK, ROLES = "fake", "1", (ValueError,), "argument", ("verifier",)
NOT_CHECKED = {{"slow": (), "fast": ()}}
left = 20

def verify(token, key, now, configuration):
    global left
    left -= 1
    if left < 0 and configuration == "slow":
        time.sleep(600)
    claims = Verifier(key).verify(token, now)
    return {{"sun": claims.sun}}

"""
PROGRAM = f"#!{sys.executable}\n{ESCAPE}\n"


def default_signals():
    for number in SIGNALS:  # the caller may be a background job, which ignores SIGINT
        signal.signal(number, signal.SIG_DFL)


def start(*words, preexec=default_signals, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "slurm_jwt_conformance", *words], text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=preexec, **options,  # noqa: PLW1509 - without threads
    )  # fmt: skip


def wait_for(condition):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it never happened")


def alive(pid):
    """Return whether a process runs; one that ended and was not reaped does not."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.fixture
def adapter(tmp_path):
    """Return a function that gives the words of a run with an adapter, and the mark of its lost child."""
    mark, script = tmp_path / "escaped", tmp_path / "adapter.py"
    script.write_text(f"{ADAPTER}\nescape({str(mark)!r})\n")

    def words(configuration):
        command = shlex.join([sys.executable, serve.__file__, str(script), configuration])
        return ["run", "--out", str(tmp_path / "report"), "-k", "exp.*", "-i", f"cmd:{command}"]

    yield words, mark
    if mark.exists() and alive(mark.read_text()):
        os.kill(int(mark.read_text()), signal.SIGKILL)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_run_ends_with_its_footer_and_reports_and_leaves_no_process(adapter, tmp_path, number):
    words, mark = adapter
    stream = tmp_path / "report" / "results.jsonl"
    child = start(*words("slow"))
    wait_for(lambda: stream.exists() and b'"event":"outcome"' in stream.read_bytes())
    child.send_signal(number)
    child.send_signal(number)
    _, err = child.communicate(timeout=SECONDS)
    assert child.returncode == 128 + number
    assert err.splitlines()[-1] == "slurm-jwt: interrupted"
    assert "Traceback" not in err
    assert read(stream).footer.status == "interrupted"
    assert all((tmp_path / "report" / name).exists() for name in ("index.html", "junit.xml", "summary.md"))
    assert not alive(mark.read_text())


def test_a_run_that_ends_by_itself_leaves_no_process(adapter):
    words, mark = adapter
    child = start(*words("fast"))
    _, err = child.communicate(timeout=SECONDS)
    assert child.returncode in {0, 1}, err
    assert not alive(mark.read_text())


def test_a_signal_that_the_caller_ignores_is_ignored(adapter):
    """As in a background job of a script, which only SIGTERM ends."""
    words, mark = adapter

    def background():
        default_signals()
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    child = start(*words("slow"), preexec=background)
    wait_for(mark.exists)
    child.send_signal(signal.SIGINT)
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=SECONDS)
    assert child.returncode == 143
    assert not alive(mark.read_text())


@pytest.mark.parametrize("number", SIGNALS)
def test_a_program_that_a_command_runs_ends_with_it(tmp_path, number):
    """`probe` runs Slurm's own commands."""
    mark = tmp_path / "escaped"
    for name in ("scontrol", "squeue", "sinfo", "sacctmgr"):
        (tmp_path / name).write_text(f"{PROGRAM}\nescape({str(mark)!r})\ntime.sleep(600)\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "slurm.conf").write_text("ClusterName=c\nSlurmctldHost=h\nAuthAltTypes=auth/jwt\n")
    words = ["--bin-dir", str(tmp_path), "--conf", str(tmp_path / "slurm.conf")]
    child = start("probe", *words, env={**os.environ, "SLURM_JWT": "eyJhbGciOiJIUzI1NiJ9.e30.AAAA"})
    wait_for(lambda: mark.exists() or child.poll() is not None)
    child.send_signal(number)
    _, err = child.communicate(timeout=SECONDS)
    assert child.returncode == 128 + number, err
    assert err.splitlines()[-1] == "slurm-jwt: interrupted"
    assert not alive(mark.read_text())


GATED = """
import pathlib, time

def pytest_runtest_call():
    pathlib.Path("running").touch()
    time.sleep(600)
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_a_gate_ends_with_the_code_of_the_signal(tmp_path, number):
    (tmp_path / "slow.py").write_text(GATED)
    (tmp_path / "token").write_text("eyJhbGciOiJIUzI1NiJ9.e30.AAAA")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    words = ["gate", "--token-file", "token", "--no-discovery", "-p", "slow"]
    child = start(*words, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path})
    wait_for(lambda: (tmp_path / "running").exists() or child.poll() is not None)
    child.send_signal(number)
    out, err = child.communicate(timeout=SECONDS)
    assert child.returncode == 128 + number, out + err
    assert "Traceback" not in out + err


@pytest.mark.parametrize("words", [["check", "--no-discovery", "--jsonl"], ["explain"]])
@pytest.mark.parametrize("number", SIGNALS)
def test_a_command_that_waits_for_its_input_ends_quietly(words, number):
    child = start(*words, stdin=subprocess.PIPE)
    wait_for(lambda: _catches(Path(f"/proc/{child.pid}/status"), signal.SIGHUP))
    child.send_signal(number)
    child.wait(SECONDS)
    assert (child.returncode, child.stderr.read()) == (128 + number, "slurm-jwt: interrupted\n")


def test_a_signal_that_python_wraps_while_it_makes_a_class_is_a_signal(monkeypatch, capsys):
    class Name:
        def __set_name__(self, owner, name):
            raise KeyboardInterrupt

    def dispatch(_arguments):
        type("Made", (), {"name": Name()})

    monkeypatch.setattr(cli, "_dispatch", dispatch)
    assert cli.main(["explain"]) == 130
    assert capsys.readouterr().err == "slurm-jwt: interrupted\n"


def _catches(status, number):
    line = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt"))
    return int(line.split()[1], 16) >> (number - 1) & 1


@pytest.mark.parametrize("number", [*SIGNALS, signal.SIGKILL])
def test_workers_of_a_bulk_check_print_nothing(tmp_path, number):
    token = "eyJhbGciOiJIUzI1NiJ9.e30.AAAA"
    lines = (json.dumps({"id": place, "token": token}) + "\n" for place in range(300_000))
    (tmp_path / "many").write_text("".join(lines))
    child = start("check", "--no-discovery", "--jsonl", "--jobs", "2", str(tmp_path / "many"))
    assert child.stdout.read(1)
    workers = Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    child.send_signal(number)
    _, err = child.communicate(timeout=SECONDS)
    assert child.returncode == (-number if number == signal.SIGKILL else 128 + number)
    assert err == ("" if number == signal.SIGKILL else "slurm-jwt: interrupted\n")
    wait_for(lambda: not any(map(alive, workers)))
