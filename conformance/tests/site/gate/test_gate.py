"""The site's gate, as a site calls it: `slurm-jwt gate`, pytest and tox."""

from __future__ import annotations

import base64
import configparser
import hmac
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from slurm_jwt import Issuer
from slurm_jwt.strict.rules import RULES
from slurm_jwt_conformance.cli import gate, main
from slurm_jwt_conformance.site.gate import options as gate_options
from slurm_jwt_conformance.site.policy import policy
from slurm_jwt_conformance.site.users import mapping_texts

pytestmark = pytest.mark.program

KEY = b"canary-key-" + bytes(range(200, 232))
USERS = "root:x:0:0::/:/bin/sh\nslurm:x:64030:64030::/:/bin/sh\nalice:x:5001:5001::/:/bin/sh\n"
POLICY = """\
[token]
max_lifetime = 600

[[waiver]]
rule = "policy.lifetime"
reason = "The portal's next release."
by = "CISO"
expires = {}
"""
ROOT = Path(__file__).parents[4]
SUITE = "slurm_jwt_conformance.site.gate"
PLUGIN = f"{SUITE}.plugin"


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def signed(claims, key=KEY):
    text = b64(b'{"alg":"HS256","typ":"JWT"}') + b"." + b64(json.dumps(claims).encode())
    return text + b"." + b64(hmac.digest(key, text, "sha256"))


class Folder:
    """A caller's folder with a key, users and a token."""

    def __init__(self, path):
        self.path = path
        self.write("site.key", KEY)
        self.write("users.txt", USERS)
        self.write("portal.jwt", Issuer(KEY).issue("alice"))

    def write(self, name, content):
        (self.path / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def gate(self, *options, command=("-m", "slurm_jwt_conformance", "gate"), prefix="--"):
        """Run the gate on the usual files; give the exit code, all output, and JUnit's cases by name."""
        (self.path / "gate.xml").unlink(missing_ok=True)
        usual = ("token-file=portal.jwt", "key-file=site.key", "passwd=users.txt", "no-discovery")
        given = [prefix + each for each in usual] + [prefix + each for each in options if each[0] != "-"]
        given += [each for each in options if each[0] == "-"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "SLURM"))}
        done = subprocess.run(
            [sys.executable, *command, *given, "--junit-xml=gate.xml"],
            cwd=self.path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        xml = self.path / "gate.xml"
        cases = ET.parse(xml).getroot().iter("testcase") if xml.exists() else ()
        return done.returncode, done.stdout + done.stderr, {one.get("name"): one for one in cases}


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)


def kinds(cases, kind):
    return {name for name, case in cases.items() if case.find(kind) is not None}


def test_a_sound_token_passes_with_a_test_for_each_rule_remark_and_release(folder):
    code, out, cases = folder.gate("release=22.05", "release=26.05")
    assert code == 0, out
    assert {f"test_rule[{rule.id}]" for rule in RULES} == {
        name for name in cases if name.startswith("test_rule[")
    }
    assert {f"test_user[{remark}]" for remark in mapping_texts.texts()} <= cases.keys()
    assert {"test_release[22.05/libjwt1.10.2]", "test_release[26.05/libjwt1.17.2]"} <= cases.keys()
    assert kinds(cases, "failure") == kinds(cases, "error") == set()
    assert kinds(cases, "skipped") == {"test_policy[none]", "test_daemon[none]"}


def test_the_same_through_pytest_itself(folder):
    command = ("-m", "pytest", "-p", "no:cacheprovider", "-p", PLUGIN, "--pyargs", SUITE)
    code, out, cases = folder.gate("release=24.11", command=command, prefix="--slurm-jwt-")
    assert code == 0, out
    assert "test_release[24.11/libjwt1.17.2]" in cases


def test_a_broken_rule_fails_its_own_test_and_the_verdict(folder):
    folder.write("portal.jwt", signed({"sun": "alice", "exp": int(time.time()) + 60}))
    code, out, cases = folder.gate("release=22.05")
    assert code == 1
    assert kinds(cases, "failure") == {"test_rule[iat.required]", "test_verdict"}
    failure = cases["test_rule[iat.required]"].find("failure")
    assert "The claim iat, the time of creation, is present." in failure.text
    assert "iat.required is broken" in out


@pytest.mark.parametrize("left_out", ["-ktest_policy", "-mslurm", "--collect-only", "--setup-plan"])
def test_a_token_that_does_not_pass_is_never_0_whatever_pytest_leaves_out(folder, left_out):
    """Issue 13: what was not checked does not pass."""
    folder.write("portal.jwt", "garbage")
    code, out, _ = folder.gate("release=24.11", left_out)
    assert code == 1, out
    assert "fail: form.compact is broken" in out
    folder.write("portal.jwt", Issuer(KEY).issue("alice"))
    assert folder.gate("release=24.11", left_out)[0] == 0


def test_a_foreign_key_fails_signature_releases_and_verdict(folder):
    folder.write("portal.jwt", Issuer(KEY[::-1]).issue("alice"))
    code, _, cases = folder.gate("all-releases")
    failed = kinds(cases, "failure")
    assert code == 1
    assert len([name for name in failed if name.startswith("test_release")]) == 11
    assert {"test_rule[signature.match]", "test_verdict"} <= failed


def test_what_was_not_checked_is_skipped_and_lets_nothing_pass(folder):
    folder.write("portal.jwt", b"eyJhbGciOiJub25lIn0..")
    code, _, cases = folder.gate("release=22.05")
    assert code == 1
    assert "test_rule[signature.match]" in kinds(cases, "skipped")
    assert "test_verdict" in kinds(cases, "failure")


def test_a_user_who_becomes_nobody_fails_and_root_is_a_skip_with_its_text(folder):
    folder.write("portal.jwt", Issuer(KEY).issue("carol"))
    code, _, cases = folder.gate("release=24.11")
    assert code == 1
    expected = {"test_user[user.unknown]", "test_release[24.11/libjwt1.17.2]", "test_verdict"}
    assert kinds(cases, "failure") == expected
    folder.write("portal.jwt", Issuer(KEY).issue("root"))
    code, out, cases = folder.gate("release=24.11")
    assert code == 1
    assert kinds(cases, "failure") == {"test_verdict"}
    assert "test_user[user.root]" in kinds(cases, "skipped")
    assert "can be anyone on this cluster" in out
    folder.write("accepted.toml", "[users]\nprivileged = true\n")
    assert folder.gate("release=24.11", "policy=accepted.toml")[0] == 0


def test_without_a_release_all_modelled_ones_are_asked(folder):
    code, out, cases = folder.gate()
    assert code == 0, out
    assert len([name for name in cases if name.startswith("test_release")]) == 11


def test_without_a_user_database_the_token_is_undetermined(folder):
    options = ["--token-file=portal.jwt", "--key-file=site.key", "--no-discovery"]
    done = subprocess.run(
        [sys.executable, "-m", "slurm_jwt_conformance", "gate", *options],
        cwd=folder.path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "undetermined: " in done.stdout


@pytest.mark.parametrize(
    ("expires", "code", "kind"), [("2099-12-31", 0, "skipped"), ("2020-01-01", 1, "failure")]
)
def test_a_waiver_counts_until_its_last_day(folder, expires, code, kind):
    folder.write("site.toml", POLICY.format(expires))
    ended, out, cases = folder.gate("release=24.11", "policy=site.toml")
    assert ended == code, out
    assert {f"test_policy[{demand}]" for demand in policy.texts()} <= cases.keys()
    assert cases["test_policy[policy.lifetime]"].find(kind) is not None
    assert ("waived until 2099-12-31 by CISO: The portal's next release." in out) == (code == 0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("token-file=missing",), "Cannot read the token from missing: No such file"),
        (("key-file=missing",), "key file 'missing' does not exist"),
        (("policy=missing",), "Cannot read the policy missing"),
        (("passwd=missing",), "missing does not exist"),
        (("release=99.9",), "no Slurm release '99.9' is modelled"),
        (("now=someday",), "--now 'someday' is not a moment"),
        (("--no-such-option",), "unrecognized arguments"),
        (("token-file=.",), "not a regular file"),
    ],
)
def test_a_wrong_call_is_said_and_no_test_runs(folder, options, words):
    code, out, cases = folder.gate(*options)
    assert code == 2
    assert words in out
    assert not cases
    assert "Traceback" not in out


def test_without_a_token_a_message_and_no_skip(folder, capsys):
    assert main(["gate", "--key-file", "x"]) == 2
    assert "needs a token: --token-file FILE" in capsys.readouterr().err
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", PLUGIN, "--pyargs", SUITE],
        cwd=folder.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--slurm-jwt-token-file FILE" in done.stderr
    assert "skipped" not in done.stdout


def test_the_caller_s_pytest_settings_have_no_say(folder):
    folder.write("pytest.ini", "[pytest]\naddopts = --no-such-option -k nothing\n")
    folder.write("conftest.py", "raise SystemExit('conftest of the caller')")
    code, out, cases = folder.gate("release=22.05")
    assert code == 0, out
    assert "test_verdict" in cases


def test_no_output_holds_key_or_token_and_nothing_moves_the_terminal(folder):
    hostile = {
        "sun": "al\x1b[2Jice\u202e",
        "iss": 7,
        "exp": 1,
        "iat": "x",
        "jti": "\x07",
        "aud": "\x1b]0;x\x07",
    }
    token = signed(hostile)
    folder.write("portal.jwt", token)
    folder.write("site.toml", "[token]\nissuers = ['portal']\naudiences = ['x']\n")
    code, out, _ = folder.gate("all-releases", "policy=site.toml", "-vv", "--showlocals", "-ra", "--tb=long")
    assert code == 1
    xml = (folder.path / "gate.xml").read_text("utf-8")
    signature = token.rpartition(b".")[2].decode()
    for text in (out, xml):
        assert "canary-key" not in text
        assert signature not in text
        assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(text)


def test_every_option_of_the_command_reaches_pytest():
    known = gate.parser()
    given = [
        word
        for one in gate_options.OPTIONS
        for word in ([f"--{one.name}", "7"] if one.metavar else [f"--{one.name}"])
    ]
    passed = gate_options.as_pytest(vars(known.parse_args(given)))
    assert passed == [
        f"--slurm-jwt-{one.name}=7" if one.metavar else f"--slurm-jwt-{one.name}"
        for one in gate_options.OPTIONS
    ]
    assert gate_options.as_pytest(vars(known.parse_args([]))) == []
    assert known.parse_known_args(["--token", "x"])[1] == ["--token", "x"]  # nothing is abbreviated


def test_tox_hands_its_arguments_to_the_gate():
    found = configparser.ConfigParser(interpolation=None)
    found.read(ROOT / "tox.ini")
    section = found["testenv:site"]
    assert section["commands"].strip() == "slurm-jwt gate {posargs}"
    assert "SLURM_CONF" in section["pass_env"]


def test_the_page_names_every_option():
    page = (ROOT / "docs" / "site-suite.md").read_text("utf-8")
    for one in gate_options.OPTIONS:
        assert f"`--{one.name}" in page


@pytest.mark.slurm
@pytest.mark.parametrize("release", ["20.11", "22.05", "24.11", "26.05"])
def test_a_real_daemon_of_each_release_takes_the_site_s_token(folder, release):
    from support.slurm import require_release

    require_release(release)
    code, out, cases = folder.gate(f"release={release}", "live")
    assert code == 0, out
    assert f"test_daemon[{release}]" in cases
    folder.write("portal.jwt", Issuer(KEY).issue("carol"))
    code, out, cases = folder.gate(f"release={release}", "live")
    assert code == 1
    assert "accepted as uid 99" in cases[f"test_daemon[{release}]"].find("failure").text


@pytest.mark.slurm
def test_a_real_daemon_that_refuses_says_so_by_its_log(folder):
    from support.slurm import require_release

    require_release("22.05")
    folder.write("portal.jwt", Issuer(KEY[::-1]).issue("alice"))
    _, _, cases = folder.gate("release=22.05", "live")
    failure = cases["test_daemon[22.05]"].find("failure")
    assert "refused. log: error: auth_p_verify: jwt_decode failure" in failure.text
