"""`slurm-jwt lab up` and `down`: labs start, end, and leave no process and no file."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sysconfig
import time
from pathlib import Path

import msgspec
import pytest

import slurm_jwt
import slurm_jwt_conformance
import slurm_jwt_reports
from slurm_jwt_conformance.cli import main
from slurm_jwt_vectors import load
from support.lab_command import (
    RELEASE,
    SLURM_JWT,
    call,
    holder,
    nothing_is_left,
    own_folders,
    processes_naming,
    wait_until,
)
from support.slurm import REQUIRED, require_slurm

pytestmark = pytest.mark.slurm


@pytest.fixture
def apart():
    """Folders for one test's labs."""
    require_slurm()
    with own_folders() as base:
        yield base


def test_down_leaves_nothing(apart):
    assert call("up", *RELEASE, "--detach", "--with", "slurmrestd").code == 0
    assert processes_naming(apart)
    assert call("down").code == 0
    assert nothing_is_left(apart)
    assert call("down").code == 2


@pytest.mark.parametrize("command", [("status",), ("down",)])
def test_after_kill_9_the_next_command_cleans_up(apart, command):
    assert call("up", *RELEASE, "--detach").code == 0
    os.kill(holder(apart), signal.SIGKILL)
    assert wait_until(lambda: not processes_naming(apart))
    result = call(*command)
    assert result.code == 0
    assert "was killed: its files are removed" in result.err
    assert nothing_is_left(apart)


def test_a_name_whose_lab_was_killed_is_free(apart):
    assert call("up", *RELEASE, "--detach").code == 0
    os.kill(holder(apart), signal.SIGKILL)
    assert call("up", *RELEASE, "--detach").code == 0
    assert [row.split()[1] for row in call("status").out.splitlines()] == ["up"]


@pytest.fixture
def foreground(apart):
    """A lab in the foreground of a process."""
    assert apart
    with subprocess.Popen(
        [*SLURM_JWT, "lab", "up", *RELEASE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert " is up: " in process.stdout.readline()
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_lab_in_the_foreground(foreground, apart, number):
    foreground.send_signal(number)
    assert foreground.wait(60) == 128 + number
    assert foreground.stderr.read().endswith("the lab has ended\nslurm-jwt: interrupted\n")
    assert nothing_is_left(apart)


def test_down_ends_a_lab_in_the_foreground(foreground, apart):
    assert call("down").code == 0
    assert foreground.wait(60) == 0
    assert nothing_is_left(apart)


def test_a_reader_that_goes_away_ends_a_lab_in_the_foreground(apart):
    assert apart
    command = " ".join([*SLURM_JWT, "lab", "up", *RELEASE])
    result = subprocess.run(["bash", "-c", f"{command} | true; exit ${{PIPESTATUS[0]}}"], check=False)
    assert result.returncode == 141
    assert nothing_is_left(apart)


def test_ctrl_c_while_it_starts_leaves_nothing(apart):
    with subprocess.Popen(
        [*SLURM_JWT, "lab", "up", *RELEASE, "--detach"], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr.readline().startswith("starting Slurm")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert nothing_is_left(apart)


def test_a_dead_slurmctld_is_reported(apart):
    assert apart
    assert call("up", *RELEASE, "--detach").code == 0
    call("exec", "--", "sh", "-c", "kill -9 $(pidof slurmctld)")
    deadline = time.monotonic() + 60
    while (result := call("status")).code == 0 and time.monotonic() < deadline:
        time.sleep(0.1)  # the kernel may not have ended it yet
    assert (result.code, "slurmctld ended with -9" in result.out) == (1, True)
    result = call("ask", stdin=b"x.y.z")
    assert (result.code, "slurmctld ended" in result.err) == (3, True)


@pytest.fixture
def prefix(host_slurm, apart):
    """Lay a host's Slurm out as `make install` does."""
    base = apart / "prefix"
    for name in ("bin/scontrol", "sbin/slurmctld"):
        (base / name).parent.mkdir(parents=True)
        (base / name).symlink_to(host_slurm.program(Path(name).name))
    (base / "lib").mkdir()
    (base / "lib/slurm").symlink_to(host_slurm.plugin_dir)
    yield base
    shutil.rmtree(base)


def test_a_slurm_below_a_prefix(prefix, host_slurm):
    result = call("up", "--detach", "--json", "--prefix", str(prefix), "--name", "mine")
    facts = json.loads(result.out)
    assert (facts["prefix"], facts["slurm"], facts["libjwt"]) == (
        str(prefix),
        host_slurm.version,
        host_slurm.libjwt,
    )
    made = call("token", "username=alice").out
    assert call("ask", stdin=made.encode()).code == 0
    assert call("exec", "--", "sh", "-c", "command -v scontrol").out == f"{prefix}/bin/scontrol\n"
    assert f"{prefix}/lib/slurm" in call("exec", "--", "scontrol", "show", "config").out
    result = call("ask", stdin=b"a\0b")
    assert (result.code, "no verdict" in result.err) == (3, True)


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--release", "22.5"), "Did you mean 22.05?"),
        (("--prefix", "/no/such/folder"), "There is no folder /no/such/folder"),
        (("--with", "slurmdb"), "Did you mean slurmdbd?"),
        (("--user", "root:5"), "root has uid 0"),
        (("--name", "../x"), "cannot be the name of a lab"),
        (("--key-file", "/no/such/key"), "/no/such/key"),
        (("--release", "22.05", "--prefix", "/usr"), "not allowed with"),
    ],
)
def test_a_wrong_call_starts_nothing(apart, arguments, message):
    result = call("up", *arguments)
    assert result.code == 2
    assert message in result.err
    assert "Traceback" not in result.err
    assert nothing_is_left(apart)


def test_a_prefix_without_the_plugin_is_reported(prefix):
    (prefix / "lib/slurm").unlink()
    result = call("up", "--prefix", str(prefix))
    assert (result.code, "no auth_jwt.so" in result.err, "--with-jwt" in result.err) == (2, True, True)


def test_a_published_key_is_refused_for_a_slurmd(apart):
    path = apart / "published"
    path.write_bytes(load().keys["pem-pkcs1"].bytes)
    result = call("up", *RELEASE, "--key-file", str(path), "--with", "slurmd")
    assert (result.code, "published" in result.err) == (2, True)
    path.unlink()
    assert nothing_is_left(apart)


@pytest.mark.usefixtures("apart")
def test_without_a_lab_the_message_names_the_command_that_starts_one():
    result = call("ask", stdin=b"x")
    assert (result.code, "lab up" in result.err) == (2, True)
    assert call("status")[:2] == (0, "no lab is up\n")


ORDINARY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture
def ordinary(host_slurm, apart):
    """Give a function that calls `slurm-jwt lab` as nobody, from copies that everybody may read."""
    assert host_slurm
    abi = "import sysconfig; print(sysconfig.get_config_var('SOABI'))"
    shown = subprocess.run(["/usr/bin/python3", "-c", abi], capture_output=True, text=True, check=False)
    if shown.stdout.strip() != sysconfig.get_config_var("SOABI"):
        reason = "the Python that everybody may run cannot load msgspec of this test's Python"
        (pytest.fail if os.environ.get(REQUIRED) == "1" else pytest.skip)(reason)
    for package in (msgspec, slurm_jwt, slurm_jwt_conformance, slurm_jwt_reports):
        source = Path(package.__file__).parent
        shutil.copytree(source, apart / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    (apart / "nobody").mkdir(mode=0o700)
    shutil.chown(apart / "nobody", 65534)
    given = {"XDG_RUNTIME_DIR": f"{apart}/nobody", "PYTHONPATH": str(apart), "PYTHONDONTWRITEBYTECODE": "1"}

    def command(*arguments, stdin=""):
        return subprocess.run(
            [*ORDINARY, "/usr/bin/python3", "-m", "slurm_jwt_conformance", "lab", *arguments],
            env={"PATH": os.environ["PATH"], "TMPDIR": "/tmp", **given},
            cwd="/",
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    yield command
    command("down", "--all")


@pytest.mark.skipif(os.geteuid() != 0, reason="all these tests run as an ordinary user then")
def test_an_ordinary_user_has_labs_too(ordinary, apart):
    result = ordinary("up", "--detach", "--json", "--with", "slurmrestd", "--user", "carol")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["mode"] == "user"
    made = ordinary("token", "username=carol").stdout
    answer = json.loads(ordinary("ask", "--json", stdin=made).stdout)
    assert (answer["verdict"], answer["user"], answer["http"]["status"]) == ("accepted", "carol", 200)
    assert "No lab is up" in call("ask", stdin=b"x").err
    assert ordinary("down").returncode == 0
    assert [path.name for path in (apart / "nobody").rglob("*")] == ["slurm-jwt", "labs"]


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["lab", "--help"])
    text = capsys.readouterr().out
    for name in ("install", "up", "down", "status", "ask", "token", "exec"):
        assert f"\n    {name} " in text
