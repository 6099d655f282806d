"""Canaries for the doctor: keys, passwords and tokens where people put them, none of them in what it says.

Keys are written where paths, parameters, plugins and keys of slurm.conf belong; passwords on lines that Slurm
cannot read. Every way of showing a report is searched, and every message of a call that fails.
"""

from __future__ import annotations

import base64
import hashlib
import os
import pwd
import traceback

import pytest

from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.discovery import survey as survey_module
from slurm_jwt_conformance.site.discovery.host import Host
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.doctor.diagnose import diagnose
from support.made_up_site import made_up_machine

PASSWORD = "hunter2-Canary"
RAW = bytes.fromhex("c0ffee01c0ffee02c0ffee03c0ffee04c0ffee05c0ffee06c0ffee07c0ffee08")
TEXT = base64.b64encode(hashlib.sha256(b"canary").digest()).decode()
SLASHED = "/Zm9vYmFy/Y2FuYXJ5/a2V5" + TEXT[:20]
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOnRydWV9.Y2FuYXJ5Y2FuYXJ5"
PEM = "-----BEGIN PRIVATE KEY-----\n" + TEXT * 4 + "\n-----END PRIVATE KEY-----\n"

FORBIDDEN = {
    "the password": PASSWORD,
    "half of the password": PASSWORD.partition("-")[2],
    "the key in hex": RAW.hex(),
    "the key in base64": base64.b64encode(RAW).decode().rstrip("="),
    "the key as Python shows it": repr(RAW)[2:20],
    "the key's SHA-256": hashlib.sha256(RAW).hexdigest(),
    "the PEM key's SHA-256": hashlib.sha256(PEM.encode()).hexdigest(),
    "a key as text": TEXT[:24],
    "a key that looks like a path": SLASHED[:12],
    "a token": TOKEN,
    "a token's claims": TOKEN.split(".")[1],
    "a token's signature": TOKEN.split(".")[2],
}

PLACES = {
    "key-as-path": "AuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key={TEXT}",
    "key-as-absolute-path": "AuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key={SLASHED}",
    "key-as-parameter": "AuthAltTypes=auth/jwt\nAuthAltParameters={TEXT}",
    "key-as-value": "AuthAltTypes=auth/jwt\nAuthAltParameters=jwtkey={TEXT},max_token_lifespan={TEXT}",
    "key-as-claim": "AuthAltTypes=auth/jwt\nAuthAltParameters=userclaimfield={TEXT},jwt_key={dir}/raw.key",
    "key-as-jwks": "AuthAltTypes=auth/jwt\nAuthAltParameters=jwks={SLASHED},jwt_key={dir}/raw.key",
    "key-as-relative-jwks": "AuthAltTypes=auth/jwt\nAuthAltParameters=jwks={TEXT},jwt_key={dir}/raw.key",
    "key-as-plugin": "AuthAltTypes=auth/jwt,{TEXT}",
    "key-as-authtype": "AuthType={TEXT}\nAuthAltTypes=auth/jwt",
    "key-as-authinfo": "AuthAltTypes=auth/jwt\nAuthInfo=jwt_key={TEXT}",
    "key-as-key": "{TEXT}\nAuthAltTypes=auth/jwt",
    "key-as-key-of-another": "AuthAltTypes=auth/jwt\n{PASSWORD_WORD}=1",
    "password": "AuthAltTypes=auth/jwt\nJobCompPass={PASSWORD}",
    "password-twice": "AuthAltTypes=auth/jwt\nJobCompPass={PASSWORD}\nJobCompPass={PASSWORD}",
    "password-with-a-blank": "AuthAltTypes=auth/jwt\nJobCompPass=x {PASSWORD}",
    "password-as-second-key": "AuthAltTypes=auth/jwt\nJobCompPass=x {PASSWORD_WORD}=y",
    "password-continued": "AuthAltTypes=auth/jwt\nJobCompPass=\\\n  {PASSWORD} more",
    "password-without-a-key": "AuthAltTypes=auth/jwt\n{PASSWORD}",
    "password-with-an-operator": "AuthAltTypes=auth/jwt\nJobCompPass+={PASSWORD}",
    "password-for-a-number": "AuthAltTypes=auth/jwt\nMaxJobCount={PASSWORD}",
    "password-for-yes": "AuthAltTypes=auth/jwt\nUsePAM={PASSWORD}",
    "pem-in-the-file": "AuthAltTypes=auth/jwt\n{PEM}",
    "raw-key-file": "AuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key={dir}/raw.key",
    "pem-key-file": "AuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key={dir}/pem.key",
    "text-key-file": "AuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key={dir}/text.key",
    "key-file-included": "AuthAltTypes=auth/jwt\nInclude {dir}/pem.key",
    "key-file-as-jwks": "AuthAltTypes=auth/jwt\nAuthAltParameters=jwks={dir}/pem.key,jwt_key={dir}/raw.key",
}
PASSWORD_WORD = PASSWORD.partition("-")[2]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(survey_module, "Machine", lambda: made_up_machine("22.05.8", "1.10.2"))
    (tmp_path / "raw.key").write_bytes(RAW)
    (tmp_path / "pem.key").write_text(PEM)
    (tmp_path / "text.key").write_text(TEXT + "\n")
    for path in tmp_path.iterdir():
        path.chmod(0o600)
    return tmp_path


def write(folder, lines):
    user = pwd.getpwuid(os.geteuid()).pw_name
    text = lines.format(
        dir=folder, TEXT=TEXT, SLASHED=SLASHED, PASSWORD=PASSWORD, PASSWORD_WORD=PASSWORD_WORD, PEM=PEM
    )
    conf = f"ClusterName=lab\nSlurmctldHost=h\nSlurmUser={user}\nStateSaveLocation={folder}\n{text}\n"
    (folder / "slurm.conf").write_text(conf)
    dbd = f"SlurmUser={user}\nStoragePass={PASSWORD}\nStorageType=x\nAuthAltTypes=auth/jwt\n"
    (folder / "slurmdbd.conf").write_text(
        dbd + f"AuthAltParameters=jwt_key={folder}/text.key\nFoo={PASSWORD}\n"
    )


def assert_clean(place, shown):
    for what, secret in FORBIDDEN.items():
        assert secret not in shown, f"{place} shows {what}"


def run(capsys, *arguments):
    code = main(["doctor", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out + err


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("release", ["20.11", "24.11"])
def test_no_report_shows_a_secret(folder, capsys, monkeypatch, place, release):
    monkeypatch.setenv("SLURM_JWT", TOKEN)
    write(folder, PLACES[place])
    wish = ("--conf", folder / "slurm.conf", "--release", release)
    for shape in ((), ("--json",), ("--sarif", "-"), ("--export", "-")):
        code, shown = run(capsys, *wish, *shape)
        assert code in {0, 1}
        assert "slurm.conf" in shown
        assert_clean(f"{place} {shape}", shown)


def test_exports_and_their_comparison_show_no_secret(folder, capsys):
    for name, place in (("a", "password-with-a-blank"), ("b", "text-key-file")):
        write(folder, PLACES[place])
        run(
            capsys, "--conf", folder / "slurm.conf", "--release", "22.05", "--export", folder / f"{name}.json"
        )
        assert_clean(f"export of {place}", (folder / f"{name}.json").read_text())
    for shape in ((), ("--json",), ("--sarif", "-")):
        code, shown = run(capsys, "--compare", folder / "a.json", folder / "b.json", *shape)
        assert code == 1
        assert_clean(f"comparison {shape}", shown)


@pytest.mark.parametrize("name", ["raw.key", "pem.key", "text.key", "slurmdbd.conf"])
def test_a_file_of_secrets_in_the_wrong_place_is_not_shown(folder, capsys, name):
    write(folder, PLACES["raw-key-file"])
    for arguments in (
        ("--conf", folder / name, "--release", "22.05"),
        ("--conf", folder / "slurm.conf", "--dbd-conf", folder / name, "--release", "22.05"),
        ("--compare", folder / name, folder / name),
        ("--conf", folder / "slurm.conf", "--release", "22.05", "--export", folder / name),
    ):
        _, shown = run(capsys, *arguments)
        assert shown
        assert_clean(f"{name} {arguments[0]}", shown)


def test_a_file_with_the_token_is_told_of_without_it(folder, capsys, monkeypatch):
    (folder / "profile.d").mkdir()
    (folder / "profile.d" / "slurm.sh").write_text(f"export SLURM_JWT={TOKEN}\n")
    monkeypatch.setattr(
        "slurm_jwt_conformance.site.discovery.surroundings._ENVIRONMENT_FOLDERS",
        ((str(folder / "profile.d"), ""),),
    )
    write(folder, PLACES["raw-key-file"])
    _, shown = run(capsys, "--conf", folder / "slurm.conf", "--release", "22.05")
    assert "environment.file" in shown
    assert_clean("a profile", shown)


def test_a_crash_under_way_shows_no_secret(folder, monkeypatch):
    """Whatever is in reach of a traceback's lines; values are not in them."""
    write(folder, PLACES["raw-key-file"])
    monkeypatch.setattr(Host, "names", lambda *_: 1 / 0)
    machine = made_up_machine("22.05.8", "1.10.2")
    try:
        diagnose(survey(Options(conf=str(folder / "slurm.conf")), Host(), machine))
    except ZeroDivisionError as error:
        assert_clean("a traceback", "".join(traceback.format_exception(error)))
    else:
        pytest.fail("it should have failed")


def test_key_files_are_left_as_they_are(folder, capsys):
    write(folder, PLACES["raw-key-file"])
    before = {path: path.stat() for path in folder.iterdir()}
    run(capsys, "--conf", folder / "slurm.conf", "--release", "24.11")
    for path, status in before.items():
        after = path.stat()
        assert (after.st_mtime_ns, after.st_ctime_ns, after.st_size, after.st_mode) == (
            status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_mode
        )  # fmt: skip
