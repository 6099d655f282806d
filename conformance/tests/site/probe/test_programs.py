"""Commands as carriers: what they see, and what happens if they hang, flood, lie or are not there.

The commands are fakes because Slurm's own do none of this; what those say is in test_probe_live.py.
"""

from __future__ import annotations

import stat
import time
from pathlib import Path

import pytest

from slurm_jwt import Issuer
from slurm_jwt_conformance.lab import program
from slurm_jwt_conformance.lab.program import Result
from slurm_jwt_conformance.site.probe import clients, programs
from slurm_jwt_conformance.site.probe.programs import Programs

pytestmark = pytest.mark.program

TOKEN = Issuer(bytes(range(32))).issue("alice").encode()


@pytest.fixture
def bin_dir(tmp_path):
    def write(name, text, mode=0o755):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(mode)
        return str(tmp_path)

    return write


def test_what_a_command_sees(bin_dir, monkeypatch):
    """/proc tells the arguments and the environment as every program on the host could see them."""
    monkeypatch.setenv("SLURM_JWT", "another")
    monkeypatch.setenv("LD_PRELOAD", "")
    monkeypatch.setenv("SECRET_OF_OTHERS", "yes")
    folder = bin_dir(
        "scontrol", "tr '\\0' '\\n' </proc/$$/cmdline; echo ==; tr '\\0' '\\n' </proc/$$/environ"
    )
    ran = Programs(conf="/etc/slurm/x.conf", folder=folder).run("scontrol", ("show", "config"), TOKEN)
    arguments, _, environment = ran.out.partition("==\n")
    assert arguments.split() == ["/bin/sh", f"{folder}/scontrol", "show", "config"]
    assert sorted(line.partition("=")[0] for line in environment.split()) == [
        "LC_ALL",
        "PATH",
        "SLURM_CONF",
        "SLURM_JWT",
        "TZ",
    ]
    assert f"SLURM_JWT={TOKEN.decode()}" in environment.split()


def test_no_token_leaves_none_in_the_environment(bin_dir, monkeypatch):
    monkeypatch.setenv("SLURM_JWT", "another")
    ran = Programs(folder=bin_dir("scontrol", "env")).run("scontrol", ("-V",), None)
    assert "SLURM_JWT" not in ran.out
    assert "SLURM_CONF" not in ran.out


def test_a_command_that_hangs_is_ended_with_its_children(bin_dir, tmp_path):
    note = tmp_path / "pid"
    folder = bin_dir("scontrol", f"echo words >&2; sleep 60 & echo $! >{note}; wait")
    began = time.monotonic()
    ran = Programs(folder=folder, seconds=0.5).run("scontrol", (), TOKEN)
    assert time.monotonic() - began < 10
    assert (ran.exit, ran.late) == (None, True)
    assert clients.said(ran) == ("no answer", "the command did not end in time; it said: words")
    assert not _lives(int(note.read_text()))


def test_a_command_that_closes_its_output_and_stays_is_ended(bin_dir):
    ran = Programs(folder=bin_dir("sdiag", "exec >&- 2>&-; sleep 60"), seconds=0.5).run("sdiag", (), TOKEN)
    assert (ran.exit, ran.late) == (None, True)


def _lives(pid):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return False
        except OSError:
            return False
        time.sleep(0.02)
    return True


def test_a_command_that_floods_is_ended(bin_dir):
    ran = Programs(folder=bin_dir("scontrol", "exec yes"), seconds=30).run("scontrol", (), TOKEN)
    assert (ran.exit, ran.flooded) == (None, True)
    assert len(ran.out) < 2 * program.MOST_BYTES
    assert clients.said(ran).state == "no answer"


def test_a_command_reads_nothing_of_ours(bin_dir):
    ran = Programs(folder=bin_dir("scontrol", "cat; echo done"), seconds=10).run("scontrol", (), TOKEN)
    assert ran.out == "done\n"


@pytest.mark.parametrize("text", ["exit 3", "kill -9 $$"])
def test_a_command_that_fails_is_no_answer(bin_dir, text):
    ran = Programs(folder=bin_dir("scontrol", text)).run("scontrol", (), TOKEN)
    assert clients.said(ran).state == "no answer"


def test_a_command_that_is_not_there(tmp_path):
    here = Programs(folder=str(tmp_path))
    assert here.run("scontrol", (), TOKEN) is None
    assert "no scontrol" in here.why_not("scontrol")


def test_a_command_that_is_none(tmp_path):
    (tmp_path / "scontrol").write_bytes(b"\x7fELF but no program")
    (tmp_path / "scontrol").chmod(0o755)
    (tmp_path / "sdiag").mkdir()
    here = Programs(folder=str(tmp_path))
    assert here.run("scontrol", (), TOKEN) is None
    assert here.run("sdiag", (), TOKEN) is None


def test_a_command_that_anybody_could_have_put_there_is_not_run(bin_dir, monkeypatch):
    folder = bin_dir("scontrol", "echo mine", 0o777)
    monkeypatch.setattr(programs, "FOLDERS", ())
    monkeypatch.setenv("PATH", folder)
    here = Programs()
    assert here.run("scontrol", (), TOKEN) is None
    assert "--bin-dir" in here.why_not("scontrol")
    assert Programs(folder=folder).run("scontrol", (), TOKEN).out == "mine\n"


def test_relative_folders_of_path_do_not_count(bin_dir, monkeypatch):
    folder = bin_dir("scontrol", "echo mine")
    monkeypatch.setattr(programs, "FOLDERS", ())
    monkeypatch.chdir(folder)
    for path in ("", ".", ":.:", "./"):
        monkeypatch.setenv("PATH", path)
        assert Programs().run("scontrol", (), TOKEN) is None


def test_the_file_modes_of_this_test_are_real(bin_dir):
    """Root reads and runs everything; that others could write is what is looked at."""
    folder = bin_dir("scontrol", "", 0o777)
    assert Path(folder, "scontrol").stat().st_mode & stat.S_IWOTH


# What clients say: recorded from 20.11, 22.05, 24.11 and 26.05.
SAID = {
    "slurm_load_ctl_conf error: Zero Bytes were transmitted or received": "refused",
    "slurm_load_ctl_conf error: Protocol authentication error": "refused",
    "slurm_load_ctl_conf error:Protocol authentication error": "refused",
    "sacctmgr: error: slurm_persist_conn_open: Something happened with the receiving/processing of the"
    " persistent connection init message to 127.0.0.1:6819: Failed to unpack SLURM_PERSIST_INIT message": (
        "refused"
    ),
    "slurm_load_ctl_conf error: Unable to contact slurm controller (connect failure)": "no answer",
    "sacctmgr: error: _open_persist_conn: failed to open persistent connection to host:127.0.0.1:6999:"
    " Connection refused": "no answer",
    "You are not running a supported accounting_storage plugin": "no answer",
    "scontrol: error: s_p_parse_file: cannot stat file /etc/slurm/slurm.conf": "no answer",
    "": "no answer",
}


@pytest.mark.parametrize("words", SAID)
def test_what_a_client_says(words):
    assert clients.said(Result(1, "", words)).state == SAID[words]


def test_exit_code_0_beside_a_refusal_is_none():
    assert clients.said(Result(0, "x", "error: Protocol authentication error")).state == "refused"
    assert clients.said(Result(0, "x", "")) == ("accepted", "")


def test_words_hold_no_controls_and_no_token():
    evil = f"\x1b[31m{TOKEN.decode()}\x07 Zero Bytes were transmitted or received"
    said = clients.said(Result(1, "", evil))
    assert said.words.isprintable()
    assert TOKEN.decode().split(".")[2] not in said.words


def test_a_spoilt_signature_is_another_and_as_well_formed():
    spoilt = clients.spoilt(TOKEN)
    head, signature = TOKEN.rsplit(b".", 1)
    assert spoilt.rsplit(b".", 1)[0] == head
    assert len(spoilt) == len(TOKEN)
    other = spoilt.rsplit(b".", 1)[1]
    assert all(one != another for one, another in zip(signature[:-1], other[:-1], strict=True))
    assert other[-1:] == signature[-1:]
