"""`slurm-jwt rotate`: hosts by the rules of Slurm, steps for each host, and no file opened for writing."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from slurm_jwt.config.grammar import parse
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.changes.settings import FACTS
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.doctor.diagnose import diagnose
from slurm_jwt_conformance.site.rotate import evidence
from slurm_jwt_conformance.site.rotate.document import document
from slurm_jwt_conformance.site.rotate.hosts import controllers
from slurm_jwt_conformance.site.rotate.plan import Plan
from slurm_jwt_conformance.site.rotate.plan import plan as plan_of
from slurm_jwt_reports import formats
from slurm_jwt_reports.formats import text
from slurm_jwt_reports.terminal import Style
from slurm_jwt_vectors.studies import load_studies
from support.made_up_site import File, MadeUpHost, made_up_machine
from tools import rotation_page
from tools.schemas import schema_of

KEY = bytes(range(200, 232))
CONF = """\
ClusterName=lab
{hosts}
SlurmUser=slurm
StateSaveLocation=/site/state
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=/site/jwt.key
{more}
"""
DBD = """\
DbdHost=db1
DbdAddr=10.0.0.9
DbdBackupHost=db2
SlurmUser=slurm
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=/site/dbd.key
StorageType=accounting_storage/mysql
"""


def read(hosts):
    text = CONF.format(hosts=hosts, more="").encode()
    return parse("/site/slurm.conf", lambda _: text, "slurmctld", "24.11")


TWO = "SlurmctldHost=ctl1(10.0.0.1)\nSlurmctldHost=ctl2"


def plan(hosts=TWO, more="", *, dbd=DBD, release="24.11", at="ctl1"):
    made = [
        File("state", None, 0o755, "slurm"),
        File("jwt.key", KEY, 0o600, "slurm"),
        File("dbd.key", KEY, 0o600, "slurm"),
        File("slurm.conf", CONF.format(hosts=hosts, more=more).encode()),
    ]
    made += [File("slurmdbd.conf", dbd.encode(), 0o600, "slurm")] if dbd else []
    host = MadeUpHost("/site", made, ("auth_jwt.so", "auth_munge.so"))
    machine = made_up_machine(f"{release}.1", "1.10.2")._replace(name=at)
    found = survey(Options(conf="/site/slurm.conf"), host, machine)
    return plan_of(found, diagnose(found))


@pytest.mark.parametrize(
    ("hosts", "named"),
    [
        ("SlurmctldHost=ctl1", [("ctl1", "", "primary")]),
        ("SlurmctldHost=ctl1(10.0.0.1)", [("ctl1", "10.0.0.1", "primary")]),
        ("slurmctldhost = ctl1(ctl1)", [("ctl1", "", "primary")]),
        (
            "SlurmctldHost=ctl1(a.example)\nSlurmctldHost=ctl2\nSlurmctldHost=ctl3",
            [("ctl1", "a.example", "primary"), ("ctl2", "", "backup"), ("ctl3", "", "backup")],
        ),
        ("ControlMachine=old1\nControlAddr=10.1.1.1", [("old1", "10.1.1.1", "primary")]),
        (
            "BackupController=old2\nControlMachine=old1\nBackupAddr=b.example",
            [("old1", "", "primary"), ("old2", "b.example", "backup")],
        ),
        ("ControlMachine=old1\nSlurmctldHost=ctl1", [("ctl1", "", "primary")]),
    ],
)
def test_controllers_are_those_of_slurm(hosts, named):
    found, troubles = controllers(read(hosts))
    assert [(each.host, each.address, each.role) for each in found] == named
    assert not troubles


@pytest.mark.parametrize(
    ("hosts", "word"),
    [
        ("SlurmctldHost=ctl1(10.0.0.1", "brackets"),
        ("SlurmctldHost=ctl1(10.0.0.1)x", "brackets"),
        ("SlurmctldHost=ctl1)", "brackets"),
        ("SlurmctldHost=ctl1((a))", "brackets"),
        ("SlurmctldHost=ctl[1-2]", "hostlist"),
        ("SlurmctldHost=ctl1\nSlurmctldHost=ctl1", "twice"),
        ("ControlMachine=a,b", "ControlAddr"),
    ],
)
def test_hosts_that_slurm_does_not_accept_are_reported(hosts, word):
    _, troubles = controllers(read(hosts))
    assert len(troubles) == 1
    assert word in troubles[0].what
    assert troubles[0].file == "/site/slurm.conf"
    assert troubles[0].line >= 2
    assert not plan(hosts, dbd="").ready


def test_every_host_gets_its_commands_backups_before_primaries():
    rotation = plan()
    steps = {step.id: step for step in rotation.steps}
    assert [step.id for step in rotation.steps] == [
        "look", "make", "copy", "keep", "warn", "rename", "slurmdbd", "slurmctld", "check", "tidy",
    ]  # fmt: skip
    assert [each.host for each in steps["slurmctld"].commands] == ["ctl2", "ctl1"]
    assert [each.host for each in steps["slurmdbd"].commands] == ["db2", "db1"]
    assert {(each.host, each.line) for each in steps["rename"].commands} == {
        ("ctl1", "mv -f /site/jwt.key.new /site/jwt.key"),
        ("ctl2", "mv -f /site/jwt.key.new /site/jwt.key"),
        ("db1", "mv -f /site/dbd.key.new /site/dbd.key"),
        ("db2", "mv -f /site/dbd.key.new /site/dbd.key"),
    }
    assert steps["make"].commands[0].line == "slurm-jwt keygen /site/jwt.key.new --owner slurm"
    assert "share the folder" in steps["rename"].note
    assert rotation.ready


def test_each_step_changes_one_daemon_at_most():
    """Two daemons restart at two times: the plan shows for each what it accepts in between."""
    for way in (plan().steps, plan().back):
        for before, after in itertools.pairwise(way):
            changed = [name for name in before.takes if before.takes[name] != after.takes[name]]
            assert len(changed) <= 1
            assert after.issues == after.takes["slurmctld"]
            assert bool(changed) <= bool(after.breaks)


def test_one_host_has_nothing_to_copy():
    rotation = plan("SlurmctldHost=ctl1", dbd="")
    assert "copy" not in {step.id for step in rotation.steps}
    assert "slurmdbd" not in {step.id for step in rotation.steps}
    assert {daemon for step in rotation.steps for daemon in step.takes} == {"slurmctld"}


def test_slurmdbd_elsewhere_is_known_from_slurm_conf():
    more = (
        "AccountingStorageType=accounting_storage/slurmdbd\nAccountingStorageHost=db7\n"
        "AccountingStorageBackupHost=db8\nAccountingStorageExternalHost=other"
    )
    rotation = plan(more=more, dbd="")
    found = [
        (each.host, each.role, each.takes_tokens) for each in rotation.holders if each.daemon == "slurmdbd"
    ]
    assert found == [("db7", "primary", "not known"), ("db8", "backup", "not known")]
    (step,) = [step for step in rotation.steps if step.id == "slurmdbd"]
    assert "not known here" in step.note
    assert "external" in {each.id for each in rotation.remarks}


def test_a_slurmdbd_that_accepts_no_tokens_has_no_step():
    rotation = plan(dbd=DBD.replace("AuthAltTypes=auth/jwt\n", ""))
    assert "slurmdbd" not in {step.id for step in rotation.steps}
    assert {each.takes_tokens for each in rotation.holders if each.daemon == "slurmdbd"} == {"no"}


@pytest.mark.parametrize("release", ["20.11", "22.05", "23.02", "23.11", "24.11", "26.05"])
def test_statements_about_a_release_agree_with_the_lab(release):
    rotation = plan(release=release)
    records = load_studies()
    reconfigure = {each.id: each for each in rotation.remarks}["reconfigure"].text
    fact = next(each for each in FACTS if each.id == "reconfigure")
    assert ("starts slurmctld again" in reconfigure) == (release >= fact.since)
    for each in (*rotation.never, *rotation.steps, *rotation.back, *rotation.remarks):
        assert (each.basis == "observed") == (
            bool(each.rows) or (each.id == "backups" and release in records)
        )
        for row in each.rows:
            study, _, name = row.partition(":")
            assert name in {one.id for one in records[release].studies[study].rows}
    if release in records:
        rows = {row.id: row for row in records[release].studies["rotation"].rows}
        assert rows["rename-written"].result == "old: accepted, new: refused"
        assert rows["rename-restarted"].result == "old: refused, new: accepted"
        assert ("new: accepted" in rows["rename-reconfigured"].result) == (release >= "23.11")
        assert "SIGBUS" in rows["emptied-written"].result
        assert rotation.refused == rows["rename-restarted"].log
    assert evidence.rereads(release) == (release >= "23.11")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (("AuthAltTypes=auth/jwt", "AuthAltTypes=auth/munge"), "rotate.hosts"),
        (("jwt_key=/site/jwt.key", "jwks=jwks.json"), "jwks.path"),
        (("jwt_key=/site/jwt.key", "jwt_key=jwt.key"), "key.path"),
    ],
)
def test_obstacles_come_first(change, rule):
    conf = CONF.format(hosts="SlurmctldHost=elsewhere", more="").replace(*change)
    host = MadeUpHost("/site", [File("slurm.conf", conf.encode())])
    found = survey(Options(conf="/site/slurm.conf"), host, made_up_machine("24.11.1", ""))
    rotation = plan_of(found, diagnose(found))
    assert not rotation.ready
    assert rule in {each.id for each in rotation.obstacles}
    assert text.render(document(rotation)).startswith("fail: ")


def test_files_of_another_machine_are_not_judged():
    rotation = plan("SlurmctldHost=far", dbd="", at="desk")
    assert rotation.ready
    assert "elsewhere" in {each.id for each in rotation.remarks}


def test_json_is_valid_for_its_schema():
    schema = json.loads(
        files("slurm_jwt_conformance").joinpath("schema", "rotation.schema.json").read_bytes()
    )
    generated = json.loads(json.dumps(schema_of(Plan, schema["title"])))
    assert {key: schema[key] for key in generated} == generated
    for each in (plan(), plan(dbd=""), plan("SlurmctldHost=ctl[1-2]")):
        jsonschema.validate(json.loads(formats.render("json", document(each))), schema)


def test_text_and_markdown_show_every_command_whole():
    rotation = plan()
    shown, page = text.render(document(rotation), Style(72)), formats.render("markdown", document(rotation))
    for step in (*rotation.steps, *rotation.back):
        for command in step.commands:
            assert f"$ {command.line}\n" in shown
            assert f"$ {command.line}\n" in page
    prose = [
        line for line in shown.splitlines() if " $ " not in line and "/site" not in line and "`" not in line
    ]
    assert max(map(len, prose)) <= 80
    assert "\x1b" not in shown


def test_hostile_names_do_not_act():
    rotation = plan('SlurmctldHost="x\x1b[31m;rm -rf /"\nSlurmctldHost=b;id', dbd="")
    for name in formats.MODULES:
        assert "\x1b" not in formats.render(name, document(rotation))
    assert "\x1b" not in text.render(document(rotation))
    copies = [each.line for step in rotation.steps for each in step.commands if each.line.startswith("scp ")]
    assert copies
    assert all("'b;id':" in line for line in copies)


def test_the_page_is_current():
    ((path, content),) = rotation_page.files().items()
    assert (Path(__file__).parents[4] / path).read_bytes() == content, "python -m tools.regenerate rotation"


WATCH = """
import os, sys
def watch(event, args):
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
    if event == "open" and isinstance(args[2], int) and args[2] & writing:
        if args[0] != 1 and not str(args[0]).endswith((".pyc", "null")) and "__pycache__" not in str(args[0]):
            os.write(2, f"WRITES {args[0]}\\n".encode())
    if event in {"os.rename", "os.remove", "os.chmod", "os.chown", "os.truncate", "os.link", "os.symlink"}:
        if "__pycache__" not in str(args[0]):
            os.write(2, f"CHANGES {event} {args[0]}\\n".encode())
sys.addaudithook(watch)
from slurm_jwt_conformance.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.program
def test_nothing_is_opened_for_writing_and_no_key_is_shown(tmp_path):
    key = tmp_path / "jwt.key"
    key.write_bytes(KEY)
    key.chmod(0o600)
    conf = tmp_path / "slurm.conf"
    conf.write_text(f"ClusterName=x\nSlurmctldHost=localhost\nSlurmUser=root\nAuthAltTypes=auth/jwt\n"
                    f"AuthAltParameters=jwt_key={key}\nStateSaveLocation={tmp_path}\n")  # fmt: skip
    before = key.stat()
    for shape in ([], ["--json"], ["--markdown", "-"]):
        arguments = ["rotate", "--conf", str(conf), "--release", "24.11", *shape]
        done = subprocess.run(
            [sys.executable, "-c", WATCH, *arguments], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode in {0, 1}, done.stderr
        assert not re.search("WRITES|CHANGES", done.stderr), done.stderr
        assert f"{key}.new" in done.stdout
        assert KEY.hex() not in done.stdout
    after = key.stat()
    assert (before.st_mtime_ns, before.st_ino, before.st_mode) == (
        after.st_mtime_ns,
        after.st_ino,
        after.st_mode,
    )


def test_exit_codes(tmp_path, capsys):
    assert main(["rotate", "--conf", str(tmp_path / "no.conf"), "--release", "24.11"]) == 2
    conf = tmp_path / "slurm.conf"
    conf.write_text("ClusterName=x\nSlurmctldHost=far\nAuthAltTypes=auth/jwt\nStateSaveLocation=/var/spool\n")
    assert main(["rotate", "--conf", str(conf), "--release", "24.11"]) == 0
    conf.write_text("ClusterName=x\nSlurmctldHost=far\n")
    assert main(["rotate", "--conf", str(conf), "--release", "24.11"]) == 1
    capsys.readouterr()
