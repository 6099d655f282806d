"""Tokens that bring uid, gid and id, as AWS PCS asks for them: the answer by release and parameters."""

from __future__ import annotations

import json

import pytest

from support.check_site import CLAIMS, Cluster

IDENTITY = {
    "uid": 2001,
    "gid": 2001,
    "id": {"name": "alice", "gecos": "Alice", "dir": "/home/alice", "shell": "/bin/bash", "gids": [2001]},
}
PROXY = {**IDENTITY, "id": {**IDENTITY["id"], "gecos": "", "dir": ""}}
"""The identity of a public proxy, whose directory has no home folder for the user."""

IDS = ("--release", "26.05", "--parameters", "use_jwt_client_ids")
ONLY = ("--release", "26.05", "--parameters", "use_jwt_client_ids_only")


@pytest.fixture
def cluster(tmp_path, monkeypatch, capsys):
    return Cluster(tmp_path, monkeypatch, capsys)


def ask(cluster, more, *arguments, users="passwd"):
    answer = cluster.check("--json", *arguments, token=cluster.token({**CLAIMS, **more}), users=users)
    return answer.code, json.loads(answer.out)


@pytest.mark.parametrize(
    ("more", "arguments", "code"),
    [
        ({}, IDS, 0),
        (IDENTITY, IDS, 0),
        (PROXY, IDS, 0),
        ({"uid": 7}, IDS, 0),
        (IDENTITY, ONLY, 0),
        ({**IDENTITY, "uid": 2002}, IDS, 1),
        ({**IDENTITY, "uid": "2001"}, IDS, 1),
        ({}, ONLY, 1),
        (PROXY, ONLY, 1),
    ],
)
def test_the_decision_is_that_of_26_05_with_its_parameters(cluster, more, arguments, code):
    found, document = ask(cluster, more, *arguments)
    assert found == code, document


def test_no_user_database_is_needed_for_a_complete_identity(cluster):
    token = cluster.token({**CLAIMS, **IDENTITY})
    arguments = ("--no-discovery", "--key-file", str(cluster.root / "jwt_hs256.key"), *IDS)
    assert cluster.check(*arguments, token=token, users="none").code == 0


@pytest.mark.parametrize("more", [IDENTITY, PROXY, {"id": {}}, {"uid": 1, "gid": 1}])
@pytest.mark.parametrize("arguments", [("--release", "25.05"), ("--release", "26.05"), ("--all-releases",)])
def test_a_note_says_that_the_release_does_not_read_the_identity(cluster, more, arguments):
    code, document = ask(cluster, more, *arguments)
    assert code == 0
    assert "identity.unread" in str(document)


@pytest.mark.parametrize("more", [{}, {"uid": 2001}, {"id": "a1b2"}])
def test_claims_of_other_purposes_get_no_note(cluster, more):
    _, document = ask(cluster, more, "--release", "25.05")
    assert "identity.unread" not in str(document)


def test_an_identity_that_is_read_gets_no_such_note(cluster):
    _, document = ask(cluster, IDENTITY, *IDS)
    assert "identity.used" in str(document)
    assert "identity.unread" not in str(document)
