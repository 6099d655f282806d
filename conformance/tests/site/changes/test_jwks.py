"""`slurm-jwt changes --jwks`: measured on 22.05.8, 24.11.5 and 26.05.5, by sources for the others."""

import json

import pytest

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.changes import settings
from support.rs256 import LEFT_OUT, jwk, jwks

EC = {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "e"}


def changes(tmp_path, capsys, data, old, new):
    path = tmp_path / "jwks.json"
    path.write_bytes(data)
    code = main(["changes", old, new, "--jwks", str(path), "--no-discovery", "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("key", "pair", "starts", "lost", "gained"),
    [
        ([jwk(), EC], ("22.05.8", "24.11.5"), (True, False), [], []),
        ([jwk(), EC], ("24.11.5", "26.05.5"), (False, True), [], []),
        ([jwk(alg=LEFT_OUT)], ("24.11.5", "26.05.5"), (True, True), [], ["a"]),
        ([jwk(alg=LEFT_OUT)], ("26.05.5", "24.11.5"), (True, True), ["a"], []),
        ([jwk()], ("20.11", "22.05.8"), (True, True), [], ["a"]),
        ([jwk()], ("24.11.5", "26.05.5"), (True, True), [], []),
        ([jwk(kid=LEFT_OUT, alg=LEFT_OUT)], ("22.05.8", "24.11.5"), (True, False), [], []),
    ],
)
def test_what_another_release_does_with_the_file(  # noqa: PLR0917 - a row and two fixtures
    key, pair, starts, lost, gained, tmp_path, capsys
):
    _, told = changes(tmp_path, capsys, jwks(*key), *pair)
    change = told["jwks"]
    assert (change["old"]["starts"], change["new"]["starts"]) == starts
    assert (change["lost"], change["gained"]) == (lost, gained)


def test_a_daemon_that_ends_after_the_upgrade_is_an_error_with_its_line(tmp_path, capsys):
    path = tmp_path / "jwks.json"
    path.write_bytes(jwks(jwk(), EC))
    assert main(["changes", "22.05.8", "24.11.5", "--jwks", str(path), "--no-discovery"]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "error[changes.jwks]" in shown
    assert "fatal: _build_jwks_keys: failed to load e field" in shown
    assert "doctor --release 24.11.5" in shown


def test_with_a_slurm_conf_its_own_jwks_is_compared(tmp_path, capsys):
    path = tmp_path / "jwks.json"
    path.write_bytes(jwks(jwk(alg=LEFT_OUT)))
    conf = tmp_path / "slurm.conf"
    conf.write_text(f"ClusterName=x\nSlurmctldHost=h\nAuthAltTypes=auth/jwt\nAuthAltParameters=jwks={path}\n")
    assert main(["changes", "26.05.5", "24.11.5", "--conf", str(conf), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["jwks"]["lost"] == ["a"]


@pytest.mark.parametrize(
    ("old", "new", "ids"),
    [
        ("22.05.8", "24.11.5", {"jwks-needs-kid", "jwks-key-without-alg", "jwks-mode", "jwks-not-json"}),
        ("24.11.5", "26.05.5", {"jwks-alg-optional"}),
        ("26.05.2", "26.05.3", {"jwks-alg-optional"}),
    ],
)
def test_the_rules_of_a_jwks_that_change_are_listed(old, new, ids):
    listed = {each.id for each in settings.compare(releases.parse(old), releases.parse(new))}
    assert {each for each in listed if each.startswith("jwks-")} == ids
