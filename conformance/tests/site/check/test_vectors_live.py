"""Every vector through the command `check --jsonl --release`, and to the real daemon of that release.

The command is a process of its own, as a user starts it; a daemon of the lab is asked about the same token,
under the same key and clock. Verdict, user, uid and log line must be the same.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import subprocess
import sys

import pytest

from slurm_jwt_conformance.lab.daemons.observation import cannot_be_carried
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_vectors import load
from support.slurm import require_release
from tools.record import recorder as observe

pytestmark = pytest.mark.slurm

SUITE = load()
TODAY = dt.datetime.now(dt.UTC).date()
BEYOND_THE_CLIENT = 5
"""Vectors with a NUL, or too long for SLURM_JWT: the release's plugin is asked, without a daemon."""
WITHOUT_A_DAEMON = 2
"""Vectors of the empty key, with which no slurmctld starts."""


def line(case):
    """A case as a line for the command; it is judged at the moment of the daemon's clock."""
    asked = {"id": case.id}
    if case.token is None:
        asked["token_base64"] = base64.b64encode(case.token_bytes).decode()
    else:
        asked["token"] = case.token
    if not case.any_time:
        asked["now"] = case.now
    return json.dumps(asked)


def command(release, folder, key, jwks, lines):
    """Run the command on lines, all under one key and one JWKS (None: without)."""
    users, key_file = folder / "users", folder / "jwt_hs256.key"
    users.write_text(accounts.passwd())
    key_file.write_bytes(key)
    call = [sys.executable, "-m", "slurm_jwt_conformance", "check", "--jsonl", "--key-file", str(key_file)]
    call += ["--release", release, "--passwd", str(users), "--parameters", ""]
    call += ["--slurm-user", accounts.SLURM_USER]
    if jwks is not None:
        (folder / "jwks.json").write_bytes(jwks)
        call += ["--jwks", str(folder / "jwks.json")]
    hidden = {"SLURM_JWT", "SLURM_CONF"}
    return subprocess.run(
        call,
        input="".join(f"{each}\n" for each in lines),
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name not in hidden},
    )


def predicted(release, folder):
    """What the command says of all vectors, and how it ended for the keys for which it said nothing."""
    by_key = {}
    for case in SUITE.cases.values():
        by_key.setdefault((case.key, case.jwks), []).append(case)
    answers, refused = {}, {}
    for (key, _), cases in by_key.items():
        jwks = SUITE.jwks_of(cases[0])
        done = command(release, folder, SUITE.keys[key].bytes, jwks, map(line, cases))
        if done.returncode == 2:
            refused[key] = done.stderr
            continue
        assert done.returncode in {0, 1}, done.stderr
        for answer in map(json.loads, done.stdout.splitlines()):
            (told,) = answer["slurm"].values()
            log = told["log"] and told["log"].replace("\nerror: ", " | error: ")
            answers[answer["id"]] = (told["accepted"], told["user"], told["uid"], log)
    return answers, refused


def observed(seen):
    if seen.verdict == "accepted":
        return True, seen.user, seen.uid, None
    if seen.verdict == "daemon-does-not-start":
        return None, None, None, seen.log
    assert seen.verdict == "refused", seen
    return False, None, None, seen.log


@pytest.mark.parametrize("release", tuple(roots.SUITES))
def test_the_command_says_of_every_vector_what_the_daemon_says(release, tmp_path):
    fresh = observe.record(require_release(release), SUITE, today=TODAY)
    answers, refused = predicted(release, tmp_path)

    silent = {name for name, seen in fresh.cases.items() if seen.verdict == "daemon-does-not-start"}
    silent = {name for name in silent if SUITE.cases[name].jwks is None}
    assert len(silent) == WITHOUT_A_DAEMON
    assert {SUITE.cases[name].key for name in silent} == refused.keys()
    assert all("is empty" in said for said in refused.values())

    by_plugin = {name for name, seen in fresh.cases.items() if seen.route == "plugin"}
    assert by_plugin == {each.id for each in SUITE.cases.values() if cannot_be_carried(each.token_bytes)}
    assert len(by_plugin) == BEYOND_THE_CLIENT

    assert fresh.cases.keys() == SUITE.cases.keys()
    assert answers.keys() == SUITE.cases.keys() - silent
    asked = {name: observed(fresh.cases[name]) for name in answers}
    assert {name: (answers[name], asked[name]) for name in answers if answers[name] != asked[name]} == {}
    ends = {None} if release != "20.11" else set()  # it reads no JWKS
    assert {accepted for accepted, *_ in answers.values()} == {True, False} | ends
