"""`slurm-jwt lab up --jwks`: every daemon of the lab verifies RS256 tokens."""

import json
import time

import pytest

from slurm_jwt_conformance.cli import main
from support.lab_command import call, own_folders
from support.rs256 import LEFT_OUT, jwk, jwks, private_key, token
from support.slurm import require_release

RELEASE = "24.11"


@pytest.fixture(scope="module")
def folder():
    require_release(RELEASE)
    with own_folders() as base:
        yield base


@pytest.fixture(scope="module")
def lab(folder):
    (folder / "jwks.json").write_bytes(jwks(jwk()))
    options = ("--jwks", str(folder / "jwks.json"), "--parameters", "userclaimfield=preferred_username")
    more = ("--with", "slurmdbd,slurmrestd", "--detach", "--json")
    result = call("up", "--release", RELEASE, "--name", "rsa", *options, *more)
    assert result.code == 0, result.err
    yield json.loads(result.out)
    call("down", "--name", "rsa")


def ask(text):
    result = call("ask", "--name", "rsa", "--json", stdin=text)
    return result.code, json.loads(result.out)


def fresh(name="sun", key=None, **header):
    return token(key, {"exp": int(time.time()) + 600, name: "alice"}, **header)


@pytest.mark.slurm
@pytest.mark.parametrize("claim", ["sun", "preferred_username"])
def test_an_rs256_token_is_accepted_by_all_daemons(lab, claim):
    assert lab["kids"] == ["a"]
    code, answer = ask(fresh(claim))
    assert (code, answer["verdict"], answer["user"]) == (0, "accepted", "alice")
    assert (answer["slurmdbd"]["verdict"], answer["slurmdbd"]["uid"]) == ("accepted", 2001)
    assert (answer["http"]["status"], answer["http"]["uid"]) == (200, 2001)


@pytest.mark.slurm
@pytest.mark.usefixtures("lab")
def test_another_key_or_kid_is_refused():
    answers = [ask(each) for each in (fresh(key=private_key(1)), fresh(kid="other"))]
    assert [code for code, _ in answers] == [1, 1]
    assert all("could not find matching kid" in answer["log"] for _, answer in answers)


@pytest.mark.slurm
def test_a_jwks_that_ends_slurmctld_is_reported_with_its_line(folder):
    (folder / "bad.json").write_bytes(jwks(jwk(kid=LEFT_OUT)))
    result = call("up", "--release", RELEASE, "--name", "bad", "--jwks", str(folder / "bad.json"), "--detach")
    assert result.code != 0
    assert "failed to load kid field" in result.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--jwks", "/nowhere.json"), "/nowhere.json cannot be read"),
        (("--parameters", "jwks=/x"), "cannot set jwks"),
        (("--parameters", "a=b\nSlurmUser=root"), "does not take"),
    ],
)
def test_options_that_cannot_work_are_refused_before_the_start(options, words, capsys):
    assert main(["lab", "up", *options]) == 2
    assert words in capsys.readouterr().err
