"""`slurm-jwt keygen`, as an administrator calls it."""

from __future__ import annotations

import base64
import errno
import json
import os
import pwd
import re
import shutil
import stat
import subprocess
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from slurm_jwt import Issuer, Verifier
from slurm_jwt.strict.keys import describe, fingerprint
from slurm_jwt_conformance.cli import keygen as _imported_before_root_is_given_up  # noqa: F401
from slurm_jwt_conformance.cli import main
from slurm_jwt_reports import output


def names(folder):
    return sorted(path.name for path in Path(folder).iterdir())


@pytest.fixture
def keygen(capfd):
    """Run `slurm-jwt keygen`; give (exit code, stdout, stderr)."""

    def call(*arguments):
        code = main(["keygen", *map(str, arguments)])
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "jwt_hs256.key"


@pytest.fixture(autouse=True)
def state(tmp_path):
    """The folder of the key; whatever a test does, only the key may be in it afterwards."""
    folder = tmp_path / "state"
    folder.mkdir()
    yield folder
    assert [name for name in names(folder) if name.endswith(".new")] == []


def assert_not_shown(key, *texts):
    shown = "".join(texts)
    for secret in (key.hex(), base64.b64encode(key).decode()[:40], key.decode("latin-1"), repr(key)[2:42]):
        assert secret not in shown
    for line in key.splitlines():
        assert len(line) < 16 or line.decode("latin-1") not in shown


def test_a_key_of_32_random_bytes_for_its_owner_alone(keygen, path):
    code, out, err = keygen(path)
    key = path.read_bytes()
    assert (code, len(key), stat.S_IMODE(path.stat().st_mode)) == (0, 32, 0o600)
    assert f"fingerprint {fingerprint(key)}" in out
    assert_not_shown(key, out, err)
    assert Verifier(key).verify(Issuer(key).issue("alice")).sun == "alice"


def test_hex_is_one_line_of_64_digits_without_its_end(keygen, path):
    code, out, err = keygen("--hex", path)
    key = path.read_bytes()
    assert code == 0
    assert re.fullmatch(rb"[0-9a-f]{64}", key)
    assert path.read_text() == key.decode()
    assert "hex digits without a line end, 64 bytes" in out
    assert "as bytes or as text" in out
    assert key.decode() not in out + err


@pytest.mark.program
@pytest.mark.parametrize(
    ("options", "words"),
    [((), "Programs that read text cannot read it"), (("--pem",), "PyJWT, Authlib and python-jose refuse")],
)
def test_the_other_forms_say_which_programs_cannot_read_them(keygen, path, options, words):
    out = keygen(*options, path)[1]
    assert words in out
    assert "--hex" in out


def test_hex_and_pem_exclude_each_other(keygen, path):
    with pytest.raises(SystemExit) as left:
        keygen("--hex", "--pem", path)
    assert (left.value.code, path.exists()) == (2, False)


def test_each_key_is_another(keygen, path):
    keygen(path)
    keygen(f"{path}2")
    assert path.read_bytes() != (path.parent / "jwt_hs256.key2").read_bytes()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o277, 0o777])
def test_the_mode_is_0600_under_every_umask(keygen, path, umask):
    former = os.umask(umask)
    try:
        assert keygen(path)[0] == 0
    finally:
        os.umask(former)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_says_what_to_restart_and_that_all_need_the_same_file(keygen, path, monkeypatch):
    monkeypatch.chdir(path.parent)
    out = keygen(path.name)[1]
    assert "Restart slurmctld and slurmdbd" in out
    assert "this very file" in out
    assert f"AuthAltParameters=jwt_key={path}" in out


@pytest.mark.program
def test_pem_is_what_openssl_makes(keygen, path):
    assert shutil.which("openssl"), "openssl is needed: the page's command is what is tested"
    code, out, err = keygen("--pem", path)
    key = path.read_bytes()
    assert (code, stat.S_IMODE(path.stat().st_mode)) == (0, 0o600)
    assert describe(key).shape.startswith("PEM (")
    assert_not_shown(key, out, err)
    seen = subprocess.run(
        ["openssl", "rsa", "-in", str(path), "-noout", "-text"], capture_output=True, text=True, check=True
    )
    assert "2048 bit" in seen.stdout


def fake_openssl(folder, monkeypatch, script):
    (folder / "bin").mkdir()
    program = folder / "bin" / "openssl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder / "bin"))


@pytest.mark.program
def test_without_openssl_pem_is_a_clear_error(keygen, path, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, err = keygen("--pem", path)
    assert (code, "Install openssl" in err, path.exists()) == (2, True, False)


@pytest.mark.program
@pytest.mark.parametrize(
    "script",
    ["exit 0", "printf '\\033[31mno entropy' >&2; exit 7", "echo -----BEGIN PRIVATE KEY-----; exit 1"],
)
def test_an_openssl_that_makes_no_key_is_a_clear_error(keygen, path, monkeypatch, tmp_path, script):
    fake_openssl(tmp_path, monkeypatch, script)
    code, out, err = keygen("--pem", path)
    assert (code, path.exists()) == (2, False)
    assert "made no key" in err
    assert "\x1b" not in out + err


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling", "fifo"])
def test_what_is_there_stays_as_it_is(keygen, path, kind, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    if kind == "file":
        path.write_bytes(b"the key of all tokens")
    elif kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(elsewhere)
        if kind == "link":
            elsewhere.write_bytes(b"the key of all tokens")
    before = path.lstat()
    code, out, err = keygen(path)
    assert (code, out) == (2, "")
    assert "left as it is" in err
    assert ("symbolic link" in err) == (kind in {"link", "dangling"})
    assert path.lstat() == before
    assert elsewhere.exists() == (kind == "link")


@pytest.mark.parametrize("kind", ["file", "dangling"])
def test_a_file_that_appears_at_the_last_moment_stays(keygen, path, kind, monkeypatch, state):
    fill = output._fill

    def slow(*arguments):
        fill(*arguments)
        path.symlink_to("nowhere") if kind == "dangling" else path.write_bytes(b"another's")

    monkeypatch.setattr(output, "_fill", slow)
    code, _, err = keygen(path)
    assert (code, "left as it is" in err) == (2, True)
    assert names(state) == [path.name]
    assert path.is_symlink() if kind == "dangling" else path.read_bytes() == b"another's"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing/jwt.key", "Make the folder first"),
        ("a-file/jwt.key", "not a folder"),
        ("x" * 300, "too long"),
        ("state/", "not the name of a file"),
        ("", "not the name of a file"),
        ("a\0b", "not the name of a file"),
        ("\x1b[31m/red", "Cannot write"),
    ],
)
def test_a_path_that_cannot_be_is_a_clear_error(keygen, tmp_path, name, words, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-file").touch()
    code, out, err = keygen(name)
    assert (code, out) == (2, "")
    assert words in err
    assert "\x1b" not in err


@pytest.fixture
def ordinary_user(path, monkeypatch):
    """Be an ordinary user in the key's folder; the way to it may be closed to one, the folder is not."""
    monkeypatch.chdir(path.parent)
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(65534)
    yield
    if was_root:
        os.seteuid(0)


@pytest.mark.usefixtures("ordinary_user")
def test_a_folder_that_may_not_be_written_is_a_clear_error(keygen, path, state):
    if os.geteuid() != 65534:
        state.chmod(0o555)
    code, out, err = keygen(path.name)
    assert (code, out) == (2, "")
    assert "Permission denied" in err
    assert "Run as the folder's owner" in err
    assert names(".") == []


@pytest.mark.parametrize(
    "failure",
    [(call, number) for call in ("fsync", "link", "fchmod") for number in (errno.ENOSPC, errno.EIO)],
)
def test_a_failure_on_the_way_leaves_nothing(keygen, path, state, monkeypatch, failure):
    call, number = failure

    def fail(*_arguments, **_names):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(output.os, call, fail)
    code, out, err = keygen(path)
    assert (code, out) == (3, "")
    assert os.strerror(number) in err
    assert names(state) == []


def test_an_interrupt_on_the_way_leaves_nothing(keygen, path, state, monkeypatch):
    def interrupt(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(output.os, "fsync", interrupt)
    assert keygen(path)[0] == 130
    assert names(state) == []


def test_a_file_system_without_hard_links_is_a_clear_error(keygen, path, state, monkeypatch):
    def fail(*_arguments, **_names):
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(output.os, "link", fail)
    code, _, err = keygen(path)
    assert (code, "no hard links" in err, names(state)) == (2, True, [])


def test_the_owner_gets_the_file_where_root_makes_it(keygen, path):
    if os.geteuid() == 0:
        nobody = pwd.getpwuid(65534)
        code, _, err = keygen(path, "--owner", nobody.pw_name)
        status = path.stat()
        assert (code, status.st_uid, status.st_gid, err) == (0, 65534, nobody.pw_gid, "")
    else:
        code, _, err = keygen(path, "--owner", "root")
        assert (code, "Only root" in err, path.exists()) == (2, True, False)


def test_an_ordinary_user_may_not_give_the_file_away(keygen, path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 2001)
    code, _, err = keygen(path, "--owner", "root")
    assert (code, "Only root" in err, path.exists()) == (2, True, False)


@pytest.mark.parametrize("name", ["no-such-user-here", "", "a\0b", "\x1b[31mred"])
def test_an_owner_who_does_not_exist_is_a_clear_error(keygen, path, name):
    code, _, err = keygen(path, "--owner", name)
    assert (code, "There is no user" in err, path.exists()) == (2, True, False)
    assert "\x1b" not in err


def test_a_key_that_stays_roots_is_said_so(keygen, path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "chown slurm" in keygen(path)[2]


@pytest.mark.program
@pytest.mark.parametrize("options", [(), ("--pem",), ("--hex",)])
def test_json_is_as_its_schema_says_and_shows_no_key(keygen, path, options):
    code, out, err = keygen("--json", *options, path)
    assert (code, err) == (0, "")
    schema = json.loads(
        (files("slurm_jwt_conformance") / "schema" / "keygen.schema.json").read_text(encoding="utf-8")
    )
    jsonschema.Draft202012Validator.check_schema(schema)
    said = json.loads(out)
    jsonschema.validate(said, schema)
    key = path.read_bytes()
    assert_not_shown(key, out)
    assert said["file"] == str(path)
    assert said["settings"]["AuthAltParameters"] == f"jwt_key={path}"
    assert (said["bytes"], said["fingerprint"]) == (len(key), fingerprint(key))
    assert said["shape"] == (options[0].strip("-") if options else "bytes")


def test_json_names_an_odd_file_without_raw_controls(keygen, path):
    odd = path.with_name("k\x1b[31m\x7f\x9b\u202e\udcff")
    _, out, _ = keygen("--json", odd)
    assert out.replace("\n", "").isascii()
    assert out.replace("\n", "").isprintable()
    assert json.loads(out)["file"] == str(odd)
