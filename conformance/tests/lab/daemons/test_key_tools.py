"""`keygen`, `token`, and the hints of `check` and `explain`, held against a real slurmctld."""

from __future__ import annotations

import base64
import io
import json
import sys

import pytest

from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from support.slurm import require_slurm

pytestmark = pytest.mark.slurm


@pytest.fixture(scope="module", params=[(), ("--pem",)], ids=["random", "pem"])
def made(request, tmp_path_factory):
    """A key file of `slurm-jwt keygen`, and a cluster that runs with it."""
    slurm = require_slurm()
    path = tmp_path_factory.mktemp("key") / "jwt_hs256.key"
    assert main(["keygen", *request.param, str(path)]) == 0
    with Cluster(slurm, path.read_bytes()) as cluster:
        yield path, cluster


def issued(capsys, path, *options):
    assert main(["token", "--key-file", str(path), *options]) == 0
    return capsys.readouterr().out


def payload(token):
    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_slurmctld_takes_our_token_for_the_same_user_as_its_own(made, capsys):
    path, cluster = made
    ours = issued(capsys, path, "username=alice", "lifespan=60").strip().removeprefix("SLURM_JWT=")
    theirs = cluster.issue("alice", 60).decode().strip().removeprefix("SLURM_JWT=")
    assert [cluster.ask(token.encode()).uid for token in (ours, theirs)] == [2001, 2001]
    assert ours.split(".")[0] == theirs.split(".")[0]
    names = [list(json.loads(payload(token))) for token in (ours, theirs)]
    assert names[0] == names[1]
    assert b" " not in payload(ours) + payload(theirs)


def test_the_refusal_of_a_cut_key_is_explained_and_the_key_is_found(made, capsys, monkeypatch):
    path, cluster = made
    cut = path.with_name("cut.key")
    cut.write_bytes(
        path.read_bytes()[:-1] if path.read_bytes().endswith(b"\n") else path.read_bytes() + b"\n"
    )
    token = issued(capsys, cut, "username=alice")
    refused = cluster.ask(token.strip().removeprefix("SLURM_JWT=").encode())
    assert refused.verdict == "refused"
    main(["explain", refused.log, "--json"])
    explained = json.loads(capsys.readouterr().out)["explained"]
    assert [one["message"] for one in explained] in (["token.signature"], ["token.undecodable"])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(token.encode())))
    assert main(["check", "--key-file", str(path), "--json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    signed_with = [name for each in findings for name in each.get("signed_with", ())]
    assert any("final newline" in name for name in signed_with), findings
