"""`slurm-jwt check`, as a user calls it."""

from __future__ import annotations

import io
import json
import os
import pathlib
import subprocess
import sys

import pytest

from slurm_jwt import Issuer
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.discovery import survey
from slurm_jwt_conformance.site.discovery.host import Host
from slurm_jwt_vectors import load
from support.made_up_site import made_up_machine

SUITE = load()
KEY = SUITE.keys["random32"].bytes
GOOD = next(
    case for case in SUITE.cases.values() if case.verdict == "valid" and case.key == "random32" and case.token
)
EXPIRED = next(case for case in SUITE.cases.values() if case.rules == ("exp.unexpired",) and case.token)


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "jwt_hs256.key"
    path.write_bytes(KEY)
    return str(path)


@pytest.fixture
def check(monkeypatch, capsys):
    """Run `slurm-jwt check` with this stdin and environment; give (exit code, stdout, stderr)."""

    monkeypatch.setattr(Host, "folders", ())
    monkeypatch.setattr(survey, "Machine", lambda: made_up_machine("", ""))
    monkeypatch.delenv("SLURM_CONF", raising=False)

    def call(*arguments, stdin=b"", environment=None):
        monkeypatch.delenv("SLURM_JWT", raising=False)
        for name, value in (environment or {}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            code = main(["check", *arguments])
        except SystemExit as left:
            code = left.code
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_a_valid_token_exits_with_0_from_each_place(check, key_file, tmp_path):
    token = GOOD.token
    path = tmp_path / "token"
    path.write_text(token + "\n")
    key = ("--key-file", key_file, "--now", str(GOOD.now), "--judge", "rules")
    for code, out, _ in (
        check(*key, stdin=token.encode()),
        check("-", *key, stdin=token.encode() + b"\n"),
        check(token, *key),
        check("--token-file", str(path), *key),
        check(*key, environment={"SLURM_JWT": token}),
    ):
        assert code == 0
        assert out.startswith("pass: ")


@pytest.mark.parametrize("prefix", ["SLURM_JWT=", "Bearer "])
@pytest.mark.parametrize("options", [(), ("--json",), ("--markdown", "-")])
def test_a_known_prefix_on_stdin_or_in_a_file_is_removed_and_named(
    check, key_file, tmp_path, prefix, options
):
    path = tmp_path / "token"
    path.write_text(f"{prefix}{GOOD.token}\r\n\n")
    key = ("--key-file", key_file, "--now", str(GOOD.now), "--judge", "rules")
    for code, out, _ in (
        check(*key, *options, stdin=path.read_bytes()),
        check(*key, *options, "--token-file", str(path)),
    ):
        assert code == 0
        assert "Removed before the check" in out
        assert prefix.strip() in out.replace("&#95;", "_")
        assert "and the line end after the token" in " ".join(out.split())
        if options == ("--json",):
            assert json.loads(out)["removed"] == prefix


@pytest.mark.parametrize("judge", ["both", "rules", "slurm"])
@pytest.mark.parametrize("prefix", ["SLURM_JWT=", "Bearer "])
def test_the_variable_and_an_argument_are_judged_as_slurm_gets_them(check, key_file, prefix, judge):
    token = prefix + GOOD.token
    key = ("--key-file", key_file, "--now", str(GOOD.now), "--judge", judge, "--release", "24.11")
    for code, out, _ in (
        check(*key, "--passwd", "none", environment={"SLURM_JWT": token}),
        check(*key, "--passwd", "none", token),
    ):
        assert (code, out[:6]) == (1, "fail: ")
        assert "error[token.wrapped]" in out
        assert "the token inside: pass" in out
        assert "Removed" not in out


def test_the_variable_that_holds_its_own_name_gets_the_right_command(check, key_file):
    out = check("--key-file", key_file, environment={"SLURM_JWT": f"SLURM_JWT={GOOD.token}"})[1]
    assert "export $(scontrol token)" in out


def test_a_line_end_in_the_variable_stays(check, key_file):
    key = ("--key-file", key_file, "--now", str(GOOD.now), "--judge", "rules")
    assert check(*key, environment={"SLURM_JWT": f"{GOOD.token}\n"})[0] == 1


@pytest.mark.parametrize("between", ["\n", "\r\n", " ", "\nSLURM_JWT=", "\nBearer "])
def test_two_tokens_are_a_wrong_call(check, key_file, tmp_path, between):
    path = tmp_path / "tokens"
    path.write_text(f"{GOOD.token}{between}{EXPIRED.token}\n")
    for code, _, err in (
        check("--key-file", key_file, stdin=path.read_bytes()),
        check("--key-file", key_file, "--token-file", str(path)),
    ):
        assert code == 2
        assert "holds 2 tokens" in err
        assert "--lines" in err


@pytest.mark.parametrize("extra", [(), ("--lines",)])
@pytest.mark.parametrize("key", [True, False])
def test_a_candidate_key_that_is_missing_is_a_wrong_call_for_a_good_token_too(
    check, key_file, tmp_path, extra, key
):
    known = ("--key-file", key_file) if key else ()
    candidate = ("--candidate-key", str(tmp_path / "none"))
    code, _, err = check(*known, *extra, *candidate, "--now", str(GOOD.now), stdin=GOOD.token.encode())
    assert code == 2
    assert "--candidate-key" in err


def test_without_a_key_the_verdict_is_undetermined_and_never_a_pass(check):
    code, out, _ = check("--now", str(GOOD.now), stdin=GOOD.token.encode())
    assert code == 1
    assert out.startswith("undetermined: ")
    assert "signature.match" in out
    assert "Give --key-file" in out


def test_a_broken_rule_is_named_with_its_hint(check, key_file):
    code, out, _ = check("--key-file", key_file, "--now", str(EXPIRED.now), stdin=EXPIRED.token.encode())
    assert code == 1
    assert out.startswith("fail: ")
    assert "error[exp.unexpired]" in out
    assert "fix:      Fetch a new token" in out


def test_json_says_the_same_and_shows_neither_key_nor_token(check, key_file):
    code, out, _ = check(
        "--json", "--key-file", key_file, "--now", str(EXPIRED.now), stdin=EXPIRED.token.encode()
    )
    said = json.loads(out)
    assert (code, said["verdict"]) == (1, "invalid")
    assert [finding["rule"] for finding in said["findings"]] == ["exp.unexpired"]
    assert said["claims"]["sun"] == "alice"
    assert EXPIRED.token.rpartition(".")[2] not in out
    assert KEY.hex() not in out


def test_json_lines_answer_line_by_line(check, key_file):
    lines = [
        json.dumps({"id": 1, "token": GOOD.token, "now": GOOD.now}),
        json.dumps({"id": "two", "token": EXPIRED.token, "now": EXPIRED.now}),
        "",
        "{broken",
        json.dumps({"id": 4, "token": 5}),
        json.dumps({"id": 5, "token": GOOD.token, "now": True}),
    ]
    code, out, _ = check(
        "--jsonl", "--judge", "rules", "--key-file", key_file, stdin="\n".join(lines).encode()
    )
    said = [json.loads(line) for line in out.splitlines()]
    assert code == 2
    assert said[0] == {
        "id": 1, "verdict": "valid", "edition": "2020", "rules": [], "outcome": "pass", "passes": True,
        "reasons": [],
    }  # fmt: skip
    assert said[1] == {
        "id": "two", "verdict": "invalid", "edition": "2020", "rules": ["exp.unexpired"],
        "outcome": "fail", "passes": False,
        "reasons": ["exp.unexpired is broken"],
    }  # fmt: skip
    assert [answer["id"] for answer in said[2:]] == [None, 4, 5]
    assert all("error" in answer for answer in said[2:])


@pytest.mark.program
def test_every_vector_reads_the_same_in_text_json_and_lines(check, key_file):
    cases = [case for case in SUITE.cases.values() if case.key == "random32" and case.token is not None]
    stdin = "\n".join(
        json.dumps({"id": case.id, "token": case.token, "now": case.now}) for case in cases
    ).encode()
    _, out, _ = check("--jsonl", "--key-file", key_file, stdin=stdin)
    said = {answer["id"]: answer for answer in map(json.loads, out.splitlines())}
    assert len(said) == len(cases)
    for case in cases[::25]:
        _, out, _ = check("--json", "--key-file", key_file, "--now", str(case.now), case.token)
        alone = json.loads(out)
        assert alone["verdict"] == said[case.id]["verdict"]
        assert [finding["rule"] for finding in alone["findings"]] == said[case.id]["rules"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        ((), b"", "No token"),
        (("--token-file", "/nonexistent/token"), b"", "No such file"),
        (("--token-file", "/"), b"", "not a regular file"),
        (("x", "--token-file", "y"), b"", "given twice"),
        (("--now", "yesterday"), b"a.b.c", "not a moment"),
        (("--key-file", "/nonexistent/key"), b"a.b.c", "/nonexistent/key"),
        (("--key-file", "/"), b"a.b.c", "/"),
        (("--jsonl", "--json"), b"", "--jsonl"),
    ],
)
def test_a_wrong_call_says_what_is_wrong_and_exits_with_2(check, arguments, stdin, message):
    code, out, err = check(*arguments, stdin=stdin)
    assert code == 2
    assert message in err
    assert out == ""


def test_swapped_files_are_said_so(check, key_file, tmp_path):
    token = tmp_path / "alice.jwt"
    token.write_text(f"{Issuer(KEY).issue('alice')}\n")
    code, out, err = check("--token-file", key_file, "--key-file", str(token))
    assert (code, out) == (2, "")
    assert "Swap the files of --token-file and --key-file." in err


def test_a_file_name_as_token_is_said_so(check, key_file, tmp_path):
    token = tmp_path / "alice.jwt"
    token.write_text(f"{Issuer(KEY).issue('alice')}\n")
    code, out, err = check(str(token), "--key-file", key_file)
    assert (code, out) == (2, "")
    assert f"Write --token-file {token}" in " ".join(err.split())
    assert check("no.such-file", "--key-file", key_file)[0] == 1, "a broken token is judged"


@pytest.mark.parametrize("moment", ["--5", "---5", "5-", "1-2", "-", ""])
def test_a_moment_that_is_none_is_a_wrong_call(check, key_file, moment):
    code, out, err = check("a.b.c", "--key-file", key_file, f"--now={moment}")
    assert (code, out) == (2, "")
    assert "is not a moment" in err


def test_an_empty_key_file_is_refused(check, tmp_path):
    path = tmp_path / "empty.key"
    path.touch()
    code, _, err = check("--key-file", str(path), stdin=GOOD.token.encode())
    assert code == 2
    assert "empty" in err


def test_the_special_value_daemon_is_no_token(check):
    code, _, err = check(environment={"SLURM_JWT": "daemon"})
    assert code == 2
    assert "daemons" in err


def test_control_characters_of_a_token_never_reach_the_terminal(check, key_file):
    hostile = [
        case
        for case in SUITE.cases.values()
        if case.token_bytes and any(byte < 32 or byte > 126 for byte in case.token_bytes)
    ]
    assert hostile
    for case in hostile:
        _, out, err = check("-", "--key-file", key_file, stdin=case.token_bytes)
        assert not {char for char in out + err if not char.isprintable() and char != "\n"}


@pytest.mark.program
def test_one_cold_check_imports_nothing_slow_though_it_finds_its_cluster(key_file, users, tmp_path):
    conf = tmp_path / "slurm.conf"
    state = pathlib.Path(key_file).parent
    conf.write_text(f"ClusterName=c\nStateSaveLocation={state}\nAuthAltTypes=auth/jwt\n")
    script = (
        "import sys; from slurm_jwt_conformance.cli import main; code = main(sys.argv[1:]); "
        "slow = {'importlib.metadata', 'click', 'jinja2', 'asyncio', "
        "'subprocess', 'ctypes', 'difflib', 'xml'}; "
        "sys.exit(f'slow imports: {slow & set(sys.modules)}' if slow & set(sys.modules) else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "check", "-", "--passwd", users, "--now", str(GOOD.now)],
        input=GOOD.token_bytes,
        capture_output=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "SLURM_JWT"}
        | {"SLURM_CONF": str(conf)},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"StateSaveLocation" in done.stdout


@pytest.fixture
def users(tmp_path):
    path = tmp_path / "passwd"
    path.write_text("root:x:0:0:root:/root:/bin/sh\nalice:x:2001:2001::/:/bin/sh\n")
    return str(path)


def case_of(name):
    return SUITE.cases[name]


def ask(check, key_file, users, name, *more):
    case = case_of(name)
    return check(
        "-", "--key-file", key_file, "--passwd", users, "--now", str(case.now), *more, stdin=case.token_bytes
    )


def test_each_release_says_what_it_would_do(check, key_file, users):
    code, out, _ = ask(check, key_file, users, "alg.lower-case", "--release", "22.05", "--release", "26.05")
    assert code == 1
    assert "accepted: uid 2001 (alice)" in out
    assert "error[slurm.refuses] Slurm 26.05 refuses the token." in out
    assert "log: error: cred_verify: jwt_decode failure" in out


def test_a_release_that_was_never_recorded_is_marked_as_modelled(check, key_file, users):
    _, out, _ = ask(check, key_file, users, "alg.lower-case", "--release", "25.05", "--json")
    assert json.loads(out)["slurm"]["25.05/libjwt1.12.1"]["basis"] == "modelled"


@pytest.mark.parametrize(("judge", "code"), [("both", 1), ("rules", 1), ("slurm", 0)])
def test_the_judge_that_is_asked_decides_on_a_gap(check, key_file, users, judge, code):
    got, _, _ = ask(check, key_file, users, "iat.missing", "--release", "22.05", "--judge", judge)
    assert got == code


@pytest.mark.parametrize(("judge", "code"), [("both", 1), ("rules", 0), ("slurm", 1)])
def test_an_impostor_passes_the_rules_but_not_slurm(check, key_file, users, judge, code):
    got, out, _ = ask(check, key_file, users, "sun-number.zero", "--release", "22.05", "--judge", judge)
    assert got == code
    assert ("uid 0 (root)" in out) == (judge != "rules")


def test_all_releases_are_named_in_json_lines(check, key_file, users):
    case = case_of("alg.lower-case")
    line = json.dumps({"id": 1, "token": case.token, "now": case.now}).encode()
    code, out, _ = check("--jsonl", "--key-file", key_file, "--passwd", users, "--all-releases", stdin=line)
    slurm = json.loads(out)["slurm"]
    assert code == 1
    assert len(slurm) == 11
    assert slurm["22.05/libjwt1.10.2"] == {
        "accepted": True, "user": "alice", "uid": 2001, "log": None, "basis": "observed",
    }  # fmt: skip


def test_a_setting_that_the_model_does_not_know_yields_unknown(check, key_file, users):
    code, out, _ = ask(
        check, key_file, users, "alg.lower-case", "--release", "22.05", "--parameters", "new_setting=1"
    )
    assert code == 1
    assert "warning[slurm.not-known] What Slurm 22.05 does is not known" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--release", "22.06"), "no Slurm release"),
        (("--release", "22.05", "--passwd", "/nonexistent"), "/nonexistent"),
        (("--release", "22.05", "--passwd", "/"), "not a regular file"),
    ],
)
def test_a_wrong_site_says_what_is_wrong(check, key_file, arguments, message):
    code, _, err = check("-", "--key-file", key_file, *arguments, stdin=GOOD.token_bytes)
    assert code == 2
    assert message in err


def test_without_a_key_a_named_release_is_undetermined(check, users):
    options = ("--release", "22.05", "--passwd", users, "--now", str(GOOD.now))
    code, out, _ = check("-", *options, stdin=GOOD.token_bytes)
    assert (code, out.startswith("undetermined: ")) == (1, True)
    assert "What Slurm 22.05 does is not known" in out
