"""`slurm-jwt explain`: rules, cases and lines of logs."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import sys

import pytest

from slurm_jwt.strict.rules import LATER_RULES, RULES
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.cli.explain_lines import MOST_BYTES
from slurm_jwt_reports.redaction import log_line
from slurm_jwt_vectors import load, load_issuing, load_observed

OBSERVED = load_observed()


@pytest.fixture
def run(monkeypatch, capsys):
    """Run `slurm-jwt explain` with these lines on stdin; give (exit code, stdout, stderr)."""
    monkeypatch.setenv("COLUMNS", "400")  # sentences in one piece, unless a test wants otherwise

    def call(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(["explain", *arguments])
        return code, *capsys.readouterr()

    return call


@pytest.mark.parametrize(
    ("line", "word", "without"),
    [
        ("error: slurm_auth_verify: jwt_get_grant failure", "reads only sun", "userclaimfield"),
        (
            "error: auth_p_verify: initial jwt_decode failure: Invalid argument",
            "2.1.1",
            "claims are only read",
        ),
        ("error: cred_verify: initial jwt_decode failure", "claims are only read after", "2.1.1"),
    ],
)
def test_causes_are_those_of_the_release_that_the_line_names(run, line, word, without):
    code, out, _ = run("-", stdin=line.encode())
    assert (code, word in " ".join(out.split()), without in out) == (0, True, False)


def test_a_release_can_be_named(run):
    line = "slurm_load_ctl_conf error: Zero Bytes were transmitted or received"
    old = run(line, "--release", "22.05")[1]
    new = run(line, "--release", "24.11.5/libjwt1.17.2")[1]
    assert "refused the token" in old
    assert "has another error here" in new
    assert "has another error here" not in old
    code, _, err = run(line, "--release", "24.12\x1b")
    assert (code, "Did you mean 24.11?" in err, "\x1b" in err) == (2, True, False)


def test_an_unknown_line_says_so_and_exits_with_1(run):
    code, out, _ = run("-", stdin=b"slurmctld: Running as primary controller\n")
    assert code == 1
    assert "line 1 is not known" in out


def test_known_lines_among_others_are_explained_once_with_their_numbers(run):
    text = (
        b"x\nerror: auth_p_verify: token expired\ny\n\n[t] error: auth_p_verify: token expired\n"
        + b"z\n" * 20
    )
    code, out, _ = run(stdin=text)
    assert code == 0
    assert out.count("  means:") == 1
    assert "] error: auth_p_verify: token expired\n  lines:  2, 5 (2 lines)\n" in out
    assert "17 more lines not known" in out
    said = json.loads(run("--json", stdin=text)[1])
    assert [one["lines"] for one in said["explained"]] == [[2, 5]]
    assert said["unknown_lines"][:2] == [1, 3]


def test_the_records_stand_beside_the_explanation(run):
    said = json.loads(run("--json", stdin=b"error: auth_p_verify: no support for alg=none")[1])["explained"][
        0
    ]
    assert set(said["recorded"]) == {"22.05", "24.11"}
    assert any("alg.hs256" in rules for rules in said["recorded"]["22.05"])
    assert said["causes"]
    assert said["next"]


def test_nothing_on_stdin_is_a_wrong_call(run):
    assert run("-", stdin=b" \n\n")[0] == 2


HOSTILE = [
    b"error: auth_p_verify: no support for alg=\x1b[31m\xe2\x80\xae\xff{0.__class__}{alg}%s",
    b"error: auth_p_verify: attempt to authenticate as alternate user {x!r} from non-SlurmUser \x9b31m",
    b"\x1b]0;title\x07 unknown \x00 line",
    b"auth/jwt: cannot stat '\x1b[2J'",
    b"error: _try_parse: JSON parsing error 7 bytes: \r\n\x1b[A",
]


@pytest.mark.parametrize("line", HOSTILE)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_control_characters_never_reach_the_terminal(run, line, options):
    code, out, err = run(*options, stdin=line)
    assert code in {0, 1}
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", out + err)


@pytest.mark.parametrize(
    "piece",
    [b"a", b"eyJ", b"eyJ.", b" | ", b"attempt to authenticate as alternate user ", b"slurm_receive_msgs: ",
     b"Couldn't load specified plugin name for auth/jwt: ", b"\xff", b"\n", b"created token for a for -"],
)  # fmt: skip
def test_hostile_length_is_bounded(run, piece):
    code, out, err = run(stdin=piece * (2 * MOST_BYTES // len(piece)))
    assert code in {0, 1, 2}
    assert len(out) < 20_000
    assert "Only the first" in err or code == 2


SECRET = bytes.fromhex("c0ffee00c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55c0ffee66c0ffee77")


def made_token():
    def b64(raw):
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    return ".".join(map(b64, (b'{"alg":"HS256"}', b'{"sun":"a"}', hashlib.sha256(SECRET).digest())))


@pytest.mark.parametrize(
    "text",
    ["{}", "unknown {}", "X-SLURM-USER-TOKEN: {}", "error: auth_p_verify: no support for alg={}",
     "Could not load key file ({})", "error: auth_p_verify: token expired {}"],
)  # fmt: skip
@pytest.mark.parametrize("secret", [made_token(), SECRET.hex(), base64.b64encode(SECRET).decode()])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_token_or_a_key_in_a_line_is_not_shown(run, text, secret, options):
    line = text.format(secret)
    signature = made_token().rpartition(".")[2]
    for out in (run("-", *options, stdin=line.encode()), run(line, *options)):
        shown = out[1] + out[2]
        assert secret not in shown
        assert signature not in shown


def test_a_token_as_argument_is_led_to_check_and_not_shown(run):
    code, out, err = run(made_token())
    assert (code, out) == (2, "")
    assert "slurm-jwt check" in err
    assert made_token()[-20:] not in err


@pytest.mark.parametrize("rule", [*RULES, *LATER_RULES], ids=lambda rule: rule.id)
def test_every_rule_is_explained(run, rule):
    code, out, _ = run(rule.id)
    assert code == 0
    for text in (rule.sentence, rule.severity, rule.hint, *rule.sources):
        assert text in out
    said = json.loads(run(rule.id, "--json")[1])
    cases = load().cases
    assert said["sentence"] == rule.sentence
    assert all(cases[name].rules == (rule.id,) for name in said["broken"])
    assert all(cases[name].verdict == "valid" for name in said["valid"])
    assert set(said["broken"]) == {case.id for case in cases.values() if case.rules == (rule.id,)}
    for name in said["broken"] + said["valid"]:
        assert f"  - {name}: " in out


def test_a_case_is_explained_with_its_token_its_verdicts_and_its_lines(run):
    code, out, _ = run("exp.missing")
    case = load().cases["exp.missing"]
    assert code == 0
    assert case.purpose in out
    assert '"sun":"alice"' in out
    assert "documented       invalid: exp.required" in out
    for release in OBSERVED:
        assert f"slurmctld {release}  refused" in out
    assert "`error: auth_p_verify: token expired`: " in out
    assert "cannot be read as an integer" in out


def test_a_case_in_json(run):
    said = json.loads(run("exp.missing", "--json")[1])
    assert said["verdict"] == "invalid"
    assert set(said["observed"]) == set(OBSERVED)
    assert "exp.required" in said["explained_rules"]
    assert {one["message"] for found in said["explained_lines"].values() for one in found} == {"exp.expired"}


def test_an_issuing_case_is_explained(run):
    name = next(iter(load_issuing()))
    code, out, _ = run(name)
    assert (code, name in out) == (0, True)
    assert json.loads(run(name, "--json")[1])["id"] == name


@pytest.mark.parametrize("name", ["exp.interger", "\x1b[31m", "x" * 100_000, ""])
def test_an_unknown_name_is_a_wrong_call(run, name):
    code, out, err = run(name)
    assert (code, out) == (2, "")
    assert "No rule, case or line" in err
    assert "\x1b" not in err
    assert len(err) < 600


def test_a_release_beside_a_rule_is_a_wrong_call(run):
    assert run("exp.integer", "--release", "24.11")[0] == 2


def test_a_usual_log_line_is_shown_as_it_is():
    assert log_line("error: auth_p_verify: jwt_decode failure") == "error: auth_p_verify: jwt_decode failure"


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("what", ["exp.integer", "header.types", "error: auth_p_verify: token expired"])
def test_text_keeps_to_the_width(run, monkeypatch, what, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, _ = run(what)
    assert code == 0
    assert max(map(len, out.splitlines())) <= columns
    monkeypatch.setenv("COLUMNS", "400")
    assert run(what)[1].split() == out.split()
