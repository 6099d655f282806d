"""`slurm-jwt probe` as a command: options, exit codes, what it says before it asks anybody."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import jsonschema
import pytest

import slurm_jwt_conformance
from slurm_jwt import Issuer
from slurm_jwt_conformance.cli import main, manual
from slurm_jwt_conformance.cli.probe import parser
from slurm_jwt_conformance.site.probe.verdict import Word

KEY = bytes(range(32))
TOKEN = Issuer(KEY).issue("root").encode()
SCHEMA = json.loads(
    (Path(slurm_jwt_conformance.__file__).parent / "schema" / "probe.schema.json").read_text()
)

CONFIG = """\
Configuration data as of 2026-11-23T03:51:20
AuthAltTypes            = auth/jwt
AuthAltParameters       = jwt_key=/var/spool/slurm/jwt_hs256.key
SlurmUser               = slurm(64030)
SlurmctldLogFile        = /var/log/slurm/slurmctld.log
SLURM_VERSION           = 24.11.5
"""


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """Fake commands of a cluster that takes this one token, and counts its requests for uid 0.

    Fakes, to try the command's own options; the same on real daemons is in test_probe_live.py.
    """
    good = tmp_path / "good"
    good.write_bytes(TOKEN)
    counts = tmp_path / "counts"
    counts.write_text("0")
    refused = 'echo "slurm_load_ctl_conf error: Protocol authentication error" >&2; exit 1'
    version = '[ "$1" = -V ] && echo "slurm 24.11.5" && exit 0'
    check = f'{version}\n[ "$SLURM_JWT" = "$(cat {good})" ] || {{ {refused}; }}'
    config = tmp_path / "config"
    config.write_text(CONFIG)
    texts = {
        "scontrol": f"{check}\ncat {config}",
        "sdiag": f"{check}\nn=$(cat {counts}); echo $((n + 1)) >{counts}\n"
        'echo "Remote Procedure Call statistics by user"; echo "  root ( 0) count:$n ave_time:1"',
    }
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    token = tmp_path / "token"
    token.write_bytes(TOKEN + b"\n")
    monkeypatch.delenv("SLURM_JWT", raising=False)
    monkeypatch.delenv("SLURM_CONF", raising=False)
    monkeypatch.setattr("sys.stdin", None)
    return ["probe", "--bin-dir", str(folder), "--token-file", str(token)]


@pytest.mark.program
def test_a_good_token(slurm, capsys):
    assert main(slurm) == 0
    out = capsys.readouterr().out
    assert " ".join(out.split()).startswith(
        "pass: accepted: the token is accepted by slurmctld (through scontrol), as root (uid 0) note["
    )
    assert "slurmctld, slurmrestd: not asked: no --url was given." in out
    assert "slurmdbd, sacctmgr: not asked: --slurmdbd was not given." in out


@pytest.mark.program
def test_json_as_the_schema_says(slurm, capsys, tmp_path):
    key = tmp_path / "key"
    key.write_bytes(KEY)
    assert main([*slurm, "--json", "--key-file", str(key)]) == 0
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, SCHEMA)
    (place,) = told["places"]
    assert place["identity"] == {
        "state": "verified",
        "uid": 0,
        "name": "root",
        "why": "sdiag counts requests by user, and its count rose with ours.",
    }
    assert (place["control"], place["log_file"]) == ("refused", "/var/log/slurm/slurmctld.log")
    assert (place["model"]["agreement"], place["model"]["uid"]) == ("agrees", 0)


@pytest.mark.program
@pytest.mark.parametrize(
    ("more", "word"),
    [
        (("--expect-uid", "7"), "somebody else"),
        (("--passwd", "/dev/null"), None),
    ],
)
def test_another_expectation(slurm, capsys, more, word):
    code = main([*slurm, *more])
    out = capsys.readouterr()
    assert code == (1 if word else 2)
    assert out.out.startswith(f"fail: {word}: " if word else "")


@pytest.mark.program
def test_a_key_that_cannot_be_read_is_told_of(slurm, capsys, tmp_path):
    """slurm.conf names a key that is not there; what is not predicted says so, and why."""
    conf = tmp_path / "slurm.conf"
    conf.write_text(f"AuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key={tmp_path}/nowhere.key\n")
    assert main([*slurm, "--conf", str(conf)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "model: not predicted. Without the key nobody can say; give it with --key-file." in out
    assert "nowhere.key" in out


@pytest.mark.program
def test_a_refused_token(slurm, capsys, tmp_path):
    other = tmp_path / "other"
    other.write_bytes(Issuer(KEY[::-1]).issue("root").encode())
    conf = tmp_path / "slurm.conf"
    conf.write_text("AuthAltTypes=auth/jwt\nSlurmctldLogFile=/var/log/slurm/ctld.log\n")
    assert main([*slurm, "--token-file", str(other), "--conf", str(conf)]) == 1
    out = capsys.readouterr().out
    assert out.startswith("fail: refused: the token is refused by slurmctld")
    assert "Read `/var/log/slurm/ctld.log`" in " ".join(out.split())
    assert "answer: slurm_load_ctl_conf error: Protocol authentication error" in " ".join(out.split())
    assert "means:" in out


@pytest.mark.program
def test_no_control(slurm, capsys):
    assert main([*slurm, "--no-control"]) == 0
    assert "with a wrong signature was not sent" in " ".join(capsys.readouterr().out.split())


@pytest.mark.program
def test_a_wrapper_that_drops_the_token_is_found_out(slurm, capsys):
    folder = Path(slurm[2])
    text = (folder / "scontrol").read_text()
    (folder / "scontrol").write_text(re.sub(r"(?m)^\[ \"\$SLURM_JWT.*$", "", text))
    assert main(slurm) == 1
    assert capsys.readouterr().out.startswith("fail: accepted unchecked: ")


@pytest.mark.program
def test_no_sdiag_verifies_nothing(slurm, capsys):
    (Path(slurm[2]) / "sdiag").unlink()
    assert main(slurm) == 1
    assert capsys.readouterr().out.startswith("undetermined: identity not verified: ")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--bin-dir", "/nonexistent"), "nothing to ask with"),
        (("--no-scontrol",), "nothing to ask with"),
        (("--no-scontrol", "--slurmdbd", "--bin-dir", "/nonexistent"), "no sacctmgr"),
        (("--url", "cluster.example"), "--url"),
        (("--url", "http://alice:secret@host"), "a user or a password"),
        (("--header", "bearer"), "--url"),
        (("--timeout", "0"), "--timeout"),
        (("--timeout", "nan"), "--timeout"),
        (("--expect-uid", "-1"), "--expect-uid"),
        (("--release", "19.05"), "19.05"),
        (("--key-file", "/nonexistent/key"), "key file"),
        (("--conf", "/nonexistent/slurm.conf"), "slurm.conf"),
        (("--url", "https://127.0.0.1:1", "--ca-file", "/nonexistent"), "CA file"),
        (("--token-file", "/nonexistent/token"), "Cannot read the token"),
        (("--lab", "none"), "--lab cannot be combined"),  # the fake commands are named with --bin-dir
    ],
)
def test_wrong_calls_ask_nobody(slurm, capsys, more, words):
    assert main([*slurm, *more]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert words in told.err
    assert "secret" not in told.err
    assert (Path(slurm[2]).parent / "counts").read_text() == "0"


def test_a_slurm_conf_that_is_not_there_asks_nobody(slurm, capsys, monkeypatch):
    """scontrol would look for it for a minute."""
    monkeypatch.setenv("SLURM_CONF", "/nonexistent/slurm.conf")
    assert main(slurm) == 2
    told = capsys.readouterr()
    assert (told.out, "SLURM_CONF" in told.err) == ("", True)
    assert (Path(slurm[2]).parent / "counts").read_text() == "0"


@pytest.mark.parametrize("token", [b"a\r\nX-Evil: yes", b"", b"a b.c.d", b"\xff.b.c"])
def test_a_token_that_cannot_be_sent(slurm, capsys, tmp_path, token):
    place = tmp_path / "bad"
    place.write_bytes(token)
    assert main([*slurm, "--token-file", str(place)]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.program
def test_nobody_listens_at_the_url(slurm, capsys):
    assert main([*slurm, "--url", "unix:/nonexistent/socket"]) == 1
    assert capsys.readouterr().out.startswith(
        "undetermined: no answer: no clear answer from slurmctld (through slurmrestd)"
    )


@pytest.mark.program
def test_the_token_is_no_argument(slurm):
    """Nor is it repeated if somebody gives it as one: an argument shows in `ps`, and this is a real token."""
    command = [sys.executable, "-m", "slurm_jwt_conformance", *slurm, TOKEN.decode()]
    ran = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert ran.returncode == 2
    assert TOKEN.split(b".")[2] not in ran.stdout + ran.stderr


@pytest.mark.program
@pytest.mark.parametrize("more", [(), ("--json",), ("--key-file", "KEY"), ("--url", "unix:/nonexistent")])
def test_nothing_leaks(slurm, capsys, tmp_path, more):
    key = tmp_path / "key"
    key.write_bytes(KEY)
    for folder in (slurm[2], "/nonexistent"):
        main([*slurm, "--bin-dir", folder, *(str(key) if each == "KEY" else each for each in more)])
        told = capsys.readouterr()
        for secret in (*TOKEN.decode().split("."), KEY.hex()):
            assert secret not in told.out + told.err


@pytest.mark.program
def test_a_slow_cluster_is_told_of(slurm, capsys, monkeypatch):
    monkeypatch.setattr("slurm_jwt_reports.progress.SECONDS", 0.0)
    assert main(slurm) == 0
    assert "slurm-jwt probe: 5 requests so far\n" in capsys.readouterr().err


def test_help_tells_of_verdicts_and_exit_codes():
    probe = parser()
    manual.lay_out(probe)
    shown = probe.format_help()
    for word in get_args(Word):
        assert f"\n  {word} " in shown
    assert "exit codes: 0" in shown


@pytest.mark.program
def test_the_page_shows_the_text_as_it_is(slurm, capsys):
    """The beginnings of the lines that docs/probe.md shows."""
    main(slurm)
    shown = capsys.readouterr().out
    page = (Path(__file__).parents[3] / "docs" / "probe.md").read_text()
    example = page.partition("found by itself):\n\n")[2].partition("\n\nExit code 0")[0]
    head = re.compile(r" *(?:[a-z]+:|note\[probe.accepted\] [a-z]+, through [a-z]+: [a-z]+)?")
    heads = [head.match(line)[0].strip() for line in example.split("\n")]
    assert len(list(filter(None, heads))) == 7
    for each in filter(None, heads):
        assert each in shown


def test_a_key_is_never_sent_as_a_token(slurm, capsys, tmp_path):
    key = tmp_path / "hex.key"
    key.write_text(KEY.hex())
    code = main(["probe", "--bin-dir", slurm[2], "--token-file", str(key), "--key-file", slurm[4]])
    assert code == 2
    assert "Swap the files of --token-file and --key-file." in capsys.readouterr().err


def test_an_empty_stdin_names_probe(slurm, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert main(["probe", "--bin-dir", slurm[2]]) == 2
    err = capsys.readouterr().err
    assert "slurm-jwt probe <token.txt" in err
    assert "slurm-jwt check" not in err
