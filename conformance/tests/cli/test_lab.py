"""`slurm-jwt lab`, as a user calls it: real daemons that come up, answer, and leave nothing behind."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import pytest

import slurm_jwt
import slurm_jwt_conformance
import slurm_jwt_reports
from slurm_jwt import Issuer
from slurm_jwt.strict.keys import fingerprint
from slurm_jwt_conformance.cli import main
from slurm_jwt_vectors import load
from support.slurm import DEFAULT, require_slurm

pytestmark = pytest.mark.slurm

CANARY = b"canary-of-a-signing-key-0123456789abcdef"
ALL = "slurmdbd,slurmrestd,slurmd" if not os.geteuid() else "slurmdbd,slurmrestd"
RELEASE = ("--release", DEFAULT)
SLURM_JWT = [sys.executable, "-m", "slurm_jwt_conformance"]


class Said(NamedTuple):
    code: int
    out: str
    err: str


def call(*arguments, stdin=b""):
    """Call `slurm-jwt lab` with this on standard input."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main(["lab", *arguments])
            except SystemExit as left:
                code = left.code
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def slurm():
    return require_slurm()


@pytest.fixture(scope="module")
def folder():
    """Give every lab of this module a runtime folder and a temporary folder where only these tests look."""
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


@pytest.fixture(scope="module")
def key_file(folder):
    path = folder / "key"
    path.write_bytes(CANARY)
    return path


@pytest.fixture(scope="module")
def lab(slurm, folder, key_file):
    """A lab with every daemon, two more users, and a key that would be found wherever it leaks."""
    assert slurm
    assert folder
    options = ("--with", ALL, "--user", "carol", "dave:5001", "--key-file", str(key_file))
    said = call("up", *RELEASE, "--name", "all", "--detach", "--json", *options)
    assert said.code == 0, said.err
    yield json.loads(said.out)
    call("down", "--name", "all")


def token(user="alice", **changes):
    return Issuer(CANARY).issue(user).encode() if not changes else Issuer(**changes).issue(user).encode()


def asked(text, *arguments):
    said = call("ask", "--name", "all", "--json", *arguments, stdin=text)
    return said.code, json.loads(said.out)


def test_it_tells_what_it_is(lab, slurm):
    assert (lab["slurm"], lab["libjwt"], lab["name"]) == (slurm.version, slurm.libjwt, "all")
    assert {"alice": 2001, "bob": 2002, "dave": 5001}.items() <= lab["users"].items()
    assert set(lab["daemons"]) == {"munged", "slurmctld", *ALL.split(",")}
    assert (lab["key_bytes"], lab["key_fingerprint"]) == (len(CANARY), fingerprint(CANARY))


@pytest.mark.parametrize("user", ["alice", "carol", "dave", "root"])
def test_a_token_becomes_its_user(lab, user):
    code, seen = asked(token(user))
    uid = lab["users"].get(user, 0)
    assert (code, seen["verdict"], seen["uid"], seen["user"]) == (0, "accepted", uid, user)
    assert seen["log"].endswith(f"UID={uid}")
    assert (seen["route"], seen["slurm"]) == ("scontrol", lab["slurm"])
    assert (seen["http"]["status"], seen["http"]["uid"]) == (200, uid)
    assert (seen["slurmdbd"]["verdict"], seen["slurmdbd"]["uid"]) == ("accepted", uid)


@pytest.mark.usefixtures("lab")
def test_a_refusal_tells_the_reason_and_ends_with_1():
    code, seen = asked(token("alice", key=b"another key of at least 32 bytes"))
    assert (code, seen["verdict"], seen["uid"]) == (1, "refused", None)
    assert "jwt_decode failure" in seen["log"]
    assert not seen["http"]["accepted"]
    assert seen["http"]["status"] >= 500
    assert "jwt_decode failure" in seen["slurmdbd"]["log"]


@pytest.mark.usefixtures("lab")
def test_what_is_said_to_people():
    said = call("ask", "--name", "all", stdin=b"SLURM_JWT=" + token() + b"\n")
    assert said.code == 0
    assert said.out.startswith("accepted as alice (uid 2001)\n")
    assert "slurmdbd: accepted as uid 2001" in said.out
    assert token().decode() not in said.out
    said = call("ask", "--name", "all", stdin=b"a.b.c")
    assert said.out.startswith("refused\nlog:      error: ")


@pytest.mark.usefixtures("lab")
def test_what_scontrol_cannot_carry_goes_to_the_plugin():
    code, seen = asked(b"a\0b")
    assert (code, seen["verdict"], seen["route"]) == (1, "refused", "plugin")
    assert seen["http"]["status"] is None
    assert seen["slurmdbd"] is None


@pytest.mark.usefixtures("lab")
def test_a_user_name_beside_the_token():
    code, seen = asked(token("slurm"), "--user-name", "bob")
    assert (code, seen["uid"], seen["route"], seen["http"]["uid"]) == (0, 2002, "plugin", 2002)
    code, seen = asked(token("alice"), "--user-name", "bob")
    assert (code, seen["verdict"], seen["http"]["accepted"]) == (1, "refused", False)


@pytest.mark.usefixtures("lab")
def test_slurmctld_makes_tokens():
    said = call("token", "--name", "all", "username=carol", "lifespan=60")
    assert (said.code, said.out[:10]) == (0, "SLURM_JWT=")
    assert asked(said.out.encode())[1]["user"] == "carol"
    assert call("token", "--name", "all", "user=carol").code == 2


def run(*argv, user="root", text=None, options=()):
    given = ("--token-file", "-") if text is not None else ()
    return call("exec", "--name", "all", "--user", user, *given, *options, "--", *argv, stdin=text or b"")


@pytest.mark.usefixtures("lab")
def test_commands_run_in_it():
    assert "is UP" in run("scontrol", "ping").out
    assert run("sh", "-c", "echo told >&2; exit 7")[::2] == (7, "told\n")
    assert run("sh", "-c", "kill -9 $$").code == 128 + 9
    assert run("sacctmgr", "-n", "show", "cluster", text=token()).out.split()[0] == "slurmjwt"


@pytest.mark.usefixtures("lab")
@pytest.mark.skipif(os.geteuid() != 0, reason="without root there is no slurmd, and one account alone")
def test_jobs_run_in_it():
    sent = run("sbatch", "--wrap", "id -un", "-o", "/dev/null", user="alice", text=token())
    assert (sent.code, sent.out.split()[:2]) == (0, ["Submitted", "batch"])
    assert wait_until(lambda: "JobState=COMPLETED" in run("scontrol", "show", "job").out)
    assert "UserId=alice(2001)" in run("scontrol", "show", "job").out


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "no command"),
        (("--", "no-such-program"), 3, "no-such-program"),
        (("--user", "zed", "--", "id"), 2, "no user 'zed'"),
        (("--seconds", "0.2", "--", "sleep", "9"), 3, "over 0.2 seconds"),
    ],
)
def test_commands_that_cannot_be_run(arguments, code, told):
    said = call("exec", "--name", "all", *arguments)
    assert said.code == code
    assert told in said.err


@pytest.mark.usefixtures("lab")
def test_it_has_loopback_alone():
    links = run("cat", "/proc/net/dev").out.splitlines()[2:]
    assert [link.split(":")[0].strip() for link in links] == ["lo"]
    (told,) = json.loads(call("status", "--json").out)["labs"]
    ports = {port for _, port in told["listening"]}
    assert {6817, 6819} <= ports
    outside = Path("/proc/net/tcp").read_text().splitlines()[1:]
    assert not ports & {int(line.split()[1].split(":")[1], 16) for line in outside if line.split()[3] == "0A"}


def test_the_key_shows_nowhere(lab, folder):
    text = b"".join(
        (entry / name).read_bytes()
        for entry in Path("/proc").glob("[0-9]*")
        for name in ("cmdline", "environ")
        if readable(entry / name)
    )
    text += json.dumps([lab, *call("status", "--json")]).encode() + run("env").out.encode()
    text += b"".join(path.read_bytes() for path in (folder / "run").rglob("*") if path.is_file())
    for form in (CANARY, base64.b64encode(CANARY), base64.urlsafe_b64encode(CANARY), CANARY.hex().encode()):
        assert form.rstrip(b"=") not in text


def readable(path):
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


@pytest.mark.usefixtures("lab")
def test_two_labs_at_once_have_names_and_keys_of_their_own():
    first = call("up", *RELEASE, "--detach")
    name = first.out.split()[1]
    try:
        assert call("up", *RELEASE, "--detach", "--name", "all").code == 2
        again = call("up", *RELEASE, "--detach")
        assert (again.code, f"named {name} is up" in again.err, "--name" in again.err) == (2, True, True)
        several = call("ask", stdin=token())
        assert (several.code, "2 labs are up" in several.err) == (2, True)
        assert call("ask", "--name", name, stdin=token()).code == 1
        assert asked(token())[0] == 0
        assert [row.split()[1] for row in call("status").out.splitlines()] == ["up", "up"]
        assert call("ask", "--name", "al", stdin=b"x").err.strip().endswith("Did you mean all?")
    finally:
        assert call("down", "--name", name).code == 0


def processes_naming(text):
    """Return the other processes with `text` in command line or environment."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            if str(text).encode() in told and int(entry.name) != os.getpid():
                found.add(int(entry.name))
    return found


@pytest.fixture
def apart(slurm, folder, monkeypatch):
    """A runtime folder and a temporary folder for one test's labs."""
    assert slurm
    base = folder / "apart"
    base.mkdir(mode=0o755)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(base))
    monkeypatch.setenv("TMPDIR", str(base))
    monkeypatch.setattr("tempfile.tempdir", str(base))
    yield base
    call("down", "--all")
    shutil.rmtree(base)


def wait_until(happened, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)
    return happened()


def nothing_is_left(base):
    files = [path for path in base.rglob("*") if path.name not in {"slurm-jwt", "labs"}]
    mounts = str(base) in Path("/proc/self/mountinfo").read_text()
    return not files and not mounts and not processes_naming(base)


def supervisor(base):
    (facts,) = base.glob("slurm-jwt/labs/*/lab.json")
    return json.loads(facts.read_text())["mark"]["pid"]


def test_down_leaves_nothing(apart):
    assert call("up", *RELEASE, "--detach", "--with", "slurmrestd").code == 0
    assert processes_naming(apart)
    assert call("down").code == 0
    assert nothing_is_left(apart)
    assert call("down").code == 2


@pytest.mark.parametrize("command", [("status",), ("down",)])
def test_after_kill_9_the_next_command_cleans_up(apart, command):
    assert call("up", *RELEASE, "--detach").code == 0
    os.kill(supervisor(apart), signal.SIGKILL)
    assert wait_until(lambda: not processes_naming(apart))
    said = call(*command)
    assert said.code == 0
    assert "was killed: cleaned up after it" in said.err
    assert nothing_is_left(apart)


def test_a_name_whose_lab_was_killed_is_free(apart):
    assert call("up", *RELEASE, "--detach").code == 0
    os.kill(supervisor(apart), signal.SIGKILL)
    assert call("up", *RELEASE, "--detach").code == 0
    assert [row.split()[1] for row in call("status").out.splitlines()] == ["up"]


@pytest.fixture
def foreground(apart):
    """A `lab up` that waits, in a process of its own."""
    assert apart
    with subprocess.Popen(
        [*SLURM_JWT, "lab", "up", *RELEASE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert " is up: " in process.stdout.readline()
        yield process
        process.kill()


def test_ctrl_c_ends_a_lab_that_waits(foreground, apart):
    foreground.send_signal(signal.SIGINT)
    assert foreground.wait(20) == 0
    assert nothing_is_left(apart)


def test_a_lab_that_waits_ends_with_its_command(foreground, apart):
    foreground.kill()
    assert wait_until(lambda: nothing_is_left(apart))


def test_a_lab_that_waits_tells_that_somebody_took_it_down(foreground, apart):
    assert call("down").code == 0
    assert foreground.wait(20) == 0
    assert foreground.stderr.read().endswith("the lab has ended\n")
    assert nothing_is_left(apart)


def test_a_lab_that_waits_tells_that_it_was_killed(foreground, apart):
    os.kill(supervisor(apart), signal.SIGKILL)
    assert foreground.wait(20) == 3
    assert "was killed" in foreground.stderr.read()
    assert wait_until(lambda: nothing_is_left(apart))


def test_ctrl_c_while_it_starts_leaves_nothing(apart):
    with subprocess.Popen(
        [*SLURM_JWT, "lab", "up", *RELEASE, "--detach"], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr.readline().startswith("starting Slurm")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    assert nothing_is_left(apart)


def test_a_dead_slurmctld_is_told(apart):
    assert apart
    assert call("up", *RELEASE, "--detach").code == 0
    call("exec", "--", "sh", "-c", "kill -9 $(pidof slurmctld)")
    said = call("status")
    assert (said.code, "slurmctld ended with -9" in said.out) == (1, True)
    said = call("ask", stdin=b"x.y.z")
    assert (said.code, "slurmctld ended" in said.err) == (3, True)


@pytest.fixture
def prefix(host_slurm, apart):
    """Lay a host's Slurm out as `make install` does."""
    base = apart.parent / "prefix"
    for name in ("bin/scontrol", "sbin/slurmctld"):
        (base / name).parent.mkdir(parents=True)
        (base / name).symlink_to(host_slurm.program(Path(name).name))
    (base / "lib").mkdir()
    (base / "lib/slurm").symlink_to(host_slurm.plugin_dir)
    yield base
    shutil.rmtree(base)


def test_a_slurm_below_a_prefix(prefix, host_slurm):
    said = call("up", "--detach", "--json", "--prefix", str(prefix), "--name", "mine")
    told = json.loads(said.out)
    assert (told["prefix"], told["slurm"], told["libjwt"]) == (
        str(prefix),
        host_slurm.version,
        host_slurm.libjwt,
    )
    made = call("token", "username=alice").out
    assert call("ask", stdin=made.encode()).code == 0
    assert call("exec", "--", "sh", "-c", "command -v scontrol").out == f"{prefix}/bin/scontrol\n"
    assert f"{prefix}/lib/slurm" in call("exec", "--", "scontrol", "show", "config").out
    said = call("ask", stdin=b"a\0b")
    assert (said.code, "no verdict" in said.err) == (3, True)


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--release", "22.5"), "Did you mean 22.05?"),
        (("--prefix", "/no/such/folder"), "There is no folder /no/such/folder"),
        (("--with", "slurmdb"), "Did you mean slurmdbd?"),
        (("--user", "root:5"), "root has uid 0"),
        (("--name", "../x"), "no name for a lab"),
        (("--key-file", "/no/such/key"), "/no/such/key"),
        (("--release", "22.05", "--prefix", "/usr"), "not allowed with"),
    ],
)
def test_a_wrong_call_is_told_and_starts_nothing(apart, arguments, told):
    said = call("up", *arguments)
    assert said.code == 2
    assert told in said.err
    assert "Traceback" not in said.err
    assert nothing_is_left(apart)


def test_a_prefix_without_the_plugin_is_told(prefix, apart):
    (prefix / "lib/slurm").unlink()
    said = call("up", "--prefix", str(prefix))
    assert (said.code, "no auth_jwt.so" in said.err, "--with-jwt" in said.err) == (2, True, True)
    assert nothing_is_left(apart)


def test_a_published_key_never_meets_a_slurmd(apart):
    path = apart / "published"
    path.write_bytes(load().keys["pem-pkcs1"].bytes)
    said = call("up", *RELEASE, "--key-file", str(path), "--with", "slurmd")
    assert (said.code, "published" in said.err) == (2, True)
    path.unlink()
    assert nothing_is_left(apart)


@pytest.mark.usefixtures("apart")
def test_without_a_lab_the_way_to_one_is_told():
    said = call("ask", stdin=b"x")
    assert (said.code, "lab up" in said.err) == (2, True)
    assert call("status")[:2] == (0, "no lab is up\n")


ORDINARY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture
def ordinary(host_slurm, apart):
    """Give a function that calls `slurm-jwt lab` as nobody, from copies that everybody may read."""
    assert host_slurm
    old = "import sys; sys.exit(sys.version_info < (3, 11))"
    if subprocess.run(["/usr/bin/python3", "-c", old], check=False).returncode:
        pytest.skip("the Python that everybody may run is older than 3.11")
    for package in (slurm_jwt, slurm_jwt_conformance, slurm_jwt_reports):
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
    said = ordinary("up", "--detach", "--json", "--with", "slurmrestd", "--user", "carol")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["mode"] == "user"
    made = ordinary("token", "username=carol").stdout
    seen = json.loads(ordinary("ask", "--json", stdin=made).stdout)
    assert (seen["verdict"], seen["user"], seen["http"]["status"]) == ("accepted", "carol", 200)
    assert "No lab is up" in call("ask", stdin=b"x").err
    assert ordinary("down").returncode == 0
    assert [path.name for path in (apart / "nobody").rglob("*")] == ["slurm-jwt", "labs"]


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["lab", "--help"])
    told = capsys.readouterr().out
    for name in ("install", "up", "down", "status", "ask", "token", "exec", "record"):
        assert f"\n    {name} " in told
