"""What surrounds the daemons: apart from every other host while they run, no trace of them afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import slurm_jwt
import slurm_jwt_conformance
import slurm_jwt_reports
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.errors import SandboxBroken
from slurm_jwt_conformance.lab.sandbox import places, sandbox
from slurm_jwt_conformance.lab.sandbox.sandbox import Entry, Sandbox
from support.slurm import require_slurm

pytestmark = pytest.mark.program

PACKAGE = Path(slurm_jwt_conformance.__file__).parent
KEY = bytes(range(32))
NOBODY = "65534"


@pytest.fixture
def slurm():
    return require_slurm()


@pytest.fixture
def folder(monkeypatch):
    """Have sandboxes make their folders where this test alone looks."""
    base = Path(tempfile.mkdtemp(prefix="sjt."))
    base.chmod(0o755)
    monkeypatch.setattr("tempfile.tempdir", str(base))
    yield base
    shutil.rmtree(base)


def wait_until(happened, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)
    return happened()


def processes_naming(text):
    """Return the other processes with `text` in command line or environment: pid to both."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if text.encode() in told:
                found[int(entry.name)] = told
    return found


@pytest.mark.slurm
def test_every_listening_socket_is_on_loopback(slurm):
    with Cluster(slurm, KEY) as cluster:
        assert cluster.listening() == [("127.0.0.1", 6817)]


@pytest.mark.slurm
def test_the_sandbox_has_loopback_alone(slurm):
    with Cluster(slurm, KEY) as cluster:
        links = cluster.sandbox.run(["/bin/cat", "/proc/net/dev"], {}, user="slurm").out.splitlines()[2:]
    assert [link.split(":")[0].strip() for link in links] == ["lo"]


@pytest.mark.slurm
def test_the_sandbox_sees_only_its_own_processes_and_users(slurm):
    with Cluster(slurm, KEY) as cluster:
        seen = cluster.sandbox.run(["/bin/ls", "/proc"], {}, user="slurm").out.split()
        users = cluster.sandbox.run(["/bin/cat", "/etc/passwd"], {}, user="slurm").out
    assert 1 < len([name for name in seen if name.isdigit()]) < 12
    assert "alice:x:2001:" in users
    assert "alice:x:2001:" not in Path("/etc/passwd").read_text()


@pytest.mark.slurm
def test_close_leaves_nothing(host_slurm, folder):
    with Cluster(host_slurm, KEY, clock=1893456000) as cluster:
        assert cluster.issue("alice", 60)
        assert processes_naming(str(folder))
        assert len(list(folder.iterdir())) == 1
    cluster.close()
    assert processes_naming(str(folder)) == {}
    assert list(folder.iterdir()) == []
    assert str(folder) not in Path("/proc/self/mountinfo").read_text()


OWNER = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.install.release import find_installation
cluster = Cluster(find_installation(), bytes(32))
print("up", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def owner(host_slurm, folder):
    """Another process that owns a running cluster."""
    assert host_slurm
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "up\n"
        assert any(b"slurmctld" in told for told in processes_naming(str(folder)).values())
        yield process
        process.kill()


@pytest.mark.slurm
def test_kill_9_of_the_owner_ends_everything(owner, folder):
    owner.kill()
    owner.wait()
    assert wait_until(lambda: not processes_naming(str(folder)))
    assert wait_until(lambda: not list(folder.iterdir()))


@pytest.mark.slurm
def test_what_kill_9_of_everything_leaves_is_removed_by_the_next(owner, folder):
    (child,) = Path(f"/proc/{owner.pid}/task/{owner.pid}/children").read_text().split()
    os.kill(int(child), signal.SIGKILL)
    owner.kill()
    owner.wait()
    assert wait_until(lambda: not processes_naming(str(folder)))
    left = list(folder.iterdir())
    assert len(left) == 1
    assert places.clean_stale() == left
    assert list(folder.iterdir()) == []


def test_folders_of_the_living_and_of_others_are_not_removed(folder):
    own = places.new_place(0o700)
    unmarked = folder / f"{places.PREFIX}unmarked"
    unmarked.mkdir()
    link = folder / f"{places.PREFIX}link"
    link.symlink_to("/etc")
    broken = folder / f"{places.PREFIX}broken"
    broken.mkdir()
    (broken / places.MARKER).write_text('{"pid": "no number"}')
    assert places.clean_stale() == []
    assert {own, unmarked, link, broken} == set(folder.iterdir())


def test_a_marker_of_an_earlier_boot_is_stale(folder):
    own = places.new_place(0o700)
    mark = json.loads((own / places.MARKER).read_text())
    (own / places.MARKER).write_text(json.dumps(mark | {"boot": "another"}))
    assert places.clean_stale() == [own]
    assert list(folder.iterdir()) == []


def test_a_long_temporary_folder_is_not_used(folder, monkeypatch):
    deep = folder / ("d" * 90)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    place = places.new_place(0o700)
    places.remove(place)
    assert deep not in place.parents


@pytest.mark.slurm
def test_a_sandbox_that_was_closed_says_so(slurm):
    cluster = Cluster(slurm, KEY)
    cluster.close()
    with pytest.raises(SandboxBroken):
        cluster.ask(b"x")


def test_a_program_that_is_not_there_is_named():
    with Sandbox() as sandbox, pytest.raises(SandboxBroken, match="no-such-program"):
        sandbox.run(["/no-such-program"], {}, user="slurm")


def test_a_command_that_takes_too_long_is_ended():
    with Sandbox() as sandbox:
        done = sandbox.run(["/bin/sleep", "60"], {}, user="slurm", seconds=0.3)
    assert (done.exit, done.late) == (None, True)


def test_what_a_late_command_started_ends_with_it_and_what_it_said_is_kept():
    with Sandbox() as sandbox:
        script = "echo so far; sleep 61 & trap '' TERM; wait; sleep 62"
        done = sandbox.run(["/bin/sh", "-c", script], {}, user="slurm", seconds=0.5)
        assert (done.exit, done.late, done.out) == (None, True, "so far\n")
        ended = lambda: "sleep" not in sandbox.run(["/bin/ps", "-e"], {}, user="slurm").out  # noqa: E731
        assert wait_until(ended)


def test_a_late_command_whose_output_somebody_else_holds_is_ended_all_the_same():
    with Sandbox() as sandbox:
        done = sandbox.run(["/bin/sh", "-c", "setsid sleep 61; true"], {}, user="slurm", seconds=0.5)
        assert (done.exit, done.late) == (None, True)
        assert sandbox.run(["/bin/true"], {}, user="slurm").exit == 0


SERVER = """
import socket, sys
listening = socket.socket(socket.AF_UNIX if sys.argv[1].startswith("/") else socket.AF_INET)
listening.bind(sys.argv[1] if sys.argv[1].startswith("/") else ("127.0.0.1", int(sys.argv[1])))
listening.listen()
while True:
    link, _ = listening.accept()
    said = link.recv(100)
    if said != b"hang":
        link.sendall(b"heard " + said)
    if said != b"hold":
        link.close()
    held = link
"""


@pytest.fixture
def server():
    """Give a sandbox in which a program listens on a Unix socket and one on a port."""
    with Sandbox() as sandbox:
        for name, where in (("unix", f"{sandbox.work}/socket"), ("tcp", "4711")):
            argv = ["/usr/bin/python3", "-c", SERVER, where]
            sandbox.spawn(name, argv, {}, user="root", output=f"{name}.out")
        assert wait_until(lambda: sandbox.listening() == [("127.0.0.1", 4711)])
        look = ["/usr/bin/test", "-S", f"{sandbox.work}/socket"]
        assert wait_until(lambda: sandbox.run(look, {}, user="root").exit == 0)
        yield sandbox


@pytest.mark.parametrize("to", ["socket", 4711])
def test_a_socket_inside_is_spoken_to(server, to):
    assert server.exchange(to, b"\0\xffhello") == b"heard \0\xffhello"


def test_what_came_until_the_time_was_up_is_kept(server):
    assert server.exchange("socket", b"hold", seconds=0.5) == b"heard hold"
    assert server.exchange(4711, b"hang") == b""


@pytest.mark.parametrize("to", ["nothing", 4712])
def test_where_nobody_listens_nobody_answers(server, to):
    with pytest.raises(SandboxBroken, match="exchange"):
        server.exchange(to, b"x")
    assert server.exchange(4711, b"x") == b"heard x"


def test_a_daemon_that_was_never_started_cannot_be_ended():
    with Sandbox() as sandbox:
        with pytest.raises(SandboxBroken, match="no daemon slurmdbd"):
            sandbox.end("slurmdbd")
        assert sandbox.run(["/bin/true"], {}, user="root").exit == 0


def test_a_daemon_that_ended_is_forgotten_and_may_come_again():
    with Sandbox() as sandbox:
        for _ in range(2):
            sandbox.spawn("sleeper", ["/bin/sleep", "60"], {}, user="slurm", output="out")
            assert sandbox.end("sleeper", 15) == -15
        assert sandbox.ask("status") == {"daemons": {}}


def test_a_log_is_read_from_a_mark_until_a_line():
    with Sandbox() as sandbox:
        sandbox.write([Entry("log", b"before\n", 0o644)])
        start = sandbox.log_end("log")
        say = ["/bin/sh", "-c", f"echo one; sleep 0.2; echo two >> {sandbox.work}/log"]
        sandbox.spawn("writer", say, {}, user="root", output="log")
        assert sandbox.log_since("log", start, "^two$", 10) == ("one\ntwo\n", True)
        assert sandbox.log_since("log", start, "^three$", 0.1) == ("one\ntwo\n", False)
        assert sandbox.log_end("no such log") == 0


USER = """
import json
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.install.release import find_installation
told = []
for clock in (None, 1893456000):
    with Cluster(find_installation(), bytes(32), clock=clock) as cluster:
        uids = [cluster.ask(cluster.issue(user, 60)).uid for user in ("alice", "0", "nosuchuser")]
        told.append([cluster.mode, cluster.listening(), uids, cluster.ask(b"x").verdict])
print(json.dumps(told))
"""


@pytest.fixture
def readable(folder):
    """Copy what a cluster needs to where everybody may read it."""
    target = folder / "copy"
    for package in (PACKAGE, Path(slurm_jwt.__file__).parent, Path(slurm_jwt_reports.__file__).parent):
        shutil.copytree(package, target / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def as_ordinary_user():
    """Return a command prefix that gives up root, and an interpreter that everybody may run."""
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if not os.geteuid() else []
    prefix = [*drop, "/bin/sh", "-c", 'exec "$@"', "sh"]  # setpriv itself can still run what only root may
    for interpreter in (sys.executable, "/usr/bin/python3"):
        tried = [*prefix, interpreter, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        if (
            Path(interpreter).exists()
            and subprocess.run(tried, check=False, capture_output=True).returncode == 0
        ):
            return [*prefix, interpreter]
    return pytest.skip("no Python 3.11 that an ordinary user may run")


@pytest.mark.slurm
@pytest.mark.usefixtures("host_slurm")
def test_an_ordinary_user_gets_the_same_verdicts(readable):
    done = subprocess.run(
        [*as_ordinary_user(), "-c", USER],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(readable), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expected = ["user", [["127.0.0.1", 6817]], [2001, 0, 99], "refused"]
    assert json.loads(done.stdout) == [expected, expected]


def test_without_namespaces_no_daemon_starts(monkeypatch):
    """Other hosts could reach a daemon outside namespaces, and the test keys are public."""
    monkeypatch.setattr("slurm_jwt_conformance.lab.sandbox.sandbox.possible_mode", lambda: None)
    with pytest.raises(SandboxBroken, match="allows no namespaces") as refused:
        Sandbox()
    assert "sysctl" in refused.value.hint


@pytest.mark.program
def test_an_agent_outside_namespaces_enters_nothing_and_ends_nothing(tmp_path):
    request = {"op": "enter", "work": str(tmp_path), "root": None, "files": {}, "seconds": 1}
    ended = subprocess.run(
        [sys.executable, "-I", sandbox._AGENT],
        input=json.dumps(request) + "\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(ended.stdout) == {
        "ok": False,
        "error": "the agent is not in namespaces of its own",
        "errno": None,
    }
    assert tmp_path.is_dir()
