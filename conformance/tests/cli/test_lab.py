"""`slurm-jwt lab ask`, `token`, `exec` and `status` of a lab with every daemon."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from slurm_jwt import Issuer
from slurm_jwt.strict.keys import fingerprint
from slurm_jwt_conformance.cli import main
from support.lab_command import RELEASE, call, own_folders, wait_until
from support.slurm import require_slurm

pytestmark = pytest.mark.slurm

CANARY = b"canary-of-a-signing-key-0123456789abcdef"
ALL = "slurmdbd,slurmrestd,slurmd" if not os.geteuid() else "slurmdbd,slurmrestd"


@pytest.fixture(scope="module")
def slurm():
    return require_slurm()


@pytest.fixture(scope="module")
def folder():
    with own_folders() as base:
        yield base


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
    result = call("up", *RELEASE, "--name", "all", "--detach", "--json", *options)
    assert result.code == 0, result.err
    yield json.loads(result.out)
    call("down", "--name", "all")


def token(user="alice", **changes):
    return Issuer(CANARY).issue(user).encode() if not changes else Issuer(**changes).issue(user).encode()


def ask(text, *arguments):
    result = call("ask", "--name", "all", "--json", *arguments, stdin=text)
    return result.code, json.loads(result.out)


def test_facts_of_a_lab(lab, slurm):
    assert (lab["slurm"], lab["libjwt"], lab["name"]) == (slurm.version, slurm.libjwt, "all")
    assert {"alice": 2001, "bob": 2002, "dave": 5001}.items() <= lab["users"].items()
    assert set(lab["daemons"]) == {"munged", "slurmctld", *ALL.split(",")}
    assert (lab["key_bytes"], lab["key_fingerprint"]) == (len(CANARY), fingerprint(CANARY))


@pytest.mark.parametrize("user", ["alice", "carol", "dave", "root"])
def test_a_token_is_accepted_as_its_user(lab, user):
    code, answer = ask(token(user))
    uid = lab["users"].get(user, 0)
    assert (code, answer["verdict"], answer["uid"], answer["user"]) == (0, "accepted", uid, user)
    assert answer["log"].endswith(f"UID={uid}")
    assert (answer["route"], answer["slurm"]) == ("scontrol", lab["slurm"])
    assert (answer["http"]["status"], answer["http"]["uid"]) == (200, uid)
    assert (answer["slurmdbd"]["verdict"], answer["slurmdbd"]["uid"]) == ("accepted", uid)


@pytest.mark.usefixtures("lab")
def test_a_refusal_shows_the_log_and_exits_with_1():
    code, answer = ask(token("alice", key=b"another key of at least 32 bytes"))
    assert (code, answer["verdict"], answer["uid"]) == (1, "refused", None)
    assert "jwt_decode failure" in answer["log"]
    assert not answer["http"]["accepted"]
    assert answer["http"]["status"] >= 500
    assert "jwt_decode failure" in answer["slurmdbd"]["log"]


@pytest.mark.usefixtures("lab")
def test_the_text_output():
    result = call("ask", "--name", "all", stdin=b"SLURM_JWT=" + token() + b"\n")
    assert result.code == 0
    assert result.out.startswith("accepted as alice (uid 2001)\n")
    assert "slurmdbd: accepted as uid 2001" in result.out
    assert token().decode() not in result.out
    result = call("ask", "--name", "all", stdin=b"a.b.c")
    assert result.out.startswith("refused\nlog:      error: ")


@pytest.mark.usefixtures("lab")
def test_what_scontrol_cannot_carry_goes_to_the_plugin():
    code, answer = ask(b"a\0b")
    assert (code, answer["verdict"], answer["route"]) == (1, "refused", "plugin")
    assert answer["http"]["status"] is None
    assert answer["slurmdbd"] is None


@pytest.mark.usefixtures("lab")
def test_a_user_name_with_the_token():
    code, answer = ask(token("slurm"), "--user-name", "bob")
    assert (code, answer["uid"], answer["route"], answer["http"]["uid"]) == (0, 2002, "plugin", 2002)
    code, answer = ask(token("alice"), "--user-name", "bob")
    assert (code, answer["verdict"], answer["http"]["accepted"]) == (1, "refused", False)


@pytest.mark.usefixtures("lab")
def test_slurmctld_issues_tokens():
    result = call("token", "--name", "all", "username=carol", "lifespan=60")
    assert (result.code, result.out[:10]) == (0, "SLURM_JWT=")
    assert ask(result.out.encode())[1]["user"] == "carol"
    assert call("token", "--name", "all", "user=carol").code == 2


def run(*argv, user="root", text=None, options=()):
    given = ("--token-file", "-") if text is not None else ()
    return call("exec", "--name", "all", "--user", user, *given, *options, "--", *argv, stdin=text or b"")


@pytest.mark.usefixtures("lab")
def test_commands_run_in_it():
    assert "is UP" in run("scontrol", "ping").out
    assert run("sh", "-c", "echo text >&2; exit 7")[::2] == (7, "text\n")
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
    ("arguments", "code", "message"),
    [
        ((), 2, "no command"),
        (("--", "no-such-program"), 3, "no-such-program"),
        (("--user", "zed", "--", "id"), 2, "no user 'zed'"),
        (("--seconds", "0.2", "--", "sleep", "9"), 3, "over 0.2 seconds"),
    ],
)
def test_commands_that_cannot_be_run(arguments, code, message):
    result = call("exec", "--name", "all", *arguments)
    assert result.code == code
    assert message in result.err


@pytest.mark.usefixtures("lab")
def test_a_lab_has_loopback_only():
    links = run("cat", "/proc/net/dev").out.splitlines()[2:]
    assert [link.split(":")[0].strip() for link in links] == ["lo"]
    (facts,) = json.loads(call("status", "--json").out)["labs"]
    ports = {port for _, port in facts["listening"]}
    assert {6817, 6819} <= ports
    outside = Path("/proc/net/tcp").read_text().splitlines()[1:]
    assert not ports & {int(line.split()[1].split(":")[1], 16) for line in outside if line.split()[3] == "0A"}


def test_the_key_is_in_no_output_file_or_process(lab, folder):
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
        assert ask(token())[0] == 0
        assert [row.split()[1] for row in call("status").out.splitlines()] == ["up", "up"]
        assert call("ask", "--name", "al", stdin=b"x").err.strip().endswith("Did you mean all?")
    finally:
        assert call("down", "--name", name).code == 0


@pytest.mark.parametrize("user", ["alice", "dave", "nosuchuser"])
def test_probe_asks_a_lab_by_its_name_with_the_users_of_the_lab(lab, folder, key_file, capsys, user):
    path = folder / "probe.jwt"
    path.write_bytes(token(user))
    options = ("--lab", "all", "--token-file", str(path), "--key-file", str(key_file), "--json")
    code = main(["probe", *options])
    (place,) = json.loads(capsys.readouterr().out)["places"]
    assert place["identity"]["uid"] == lab["users"].get(user, 99)
    assert place["model"]["agreement"] == "agrees"
    assert code == (0 if user in lab["users"] else 1)
