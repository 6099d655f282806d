"""Every command finds the same site: its slurm.conf, key and release do not depend on the command."""

from __future__ import annotations

import io
import json
import sys

import pytest

from slurm_jwt.strict import jws
from slurm_jwt.strict.keys import fingerprint
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.discovery import survey
from slurm_jwt_conformance.site.discovery.processes import Running
from support.made_up_site import File, MadeUpHost, made_up_machine

KEY = bytes(range(32))
CONF = """\
ClusterName={name}
SlurmctldHost=ctld
SlurmUser=slurm
StateSaveLocation={base}/state
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key={base}/jwt.key
"""
COMMANDS = {
    "check": [],
    "check, many tokens": ["--lines"],
    "contract": ["--json"],
    "changes": ["22.05", "24.11", "--json"],
    "doctor": ["--json"],
    "probe": ["--no-scontrol", "--url", "unix:/nonexistent/socket"],
    "rotate": ["--json"],
}
"""Each command that looks for a site, and what it needs else."""


def site(base, key):
    return MadeUpHost(
        base,
        [
            File("slurm.conf", CONF.format(name=base.strip("/"), base=base).encode()),
            File("jwt.key", key, 0o600, "slurm"),
            File("state", None, 0o755, "slurm"),
        ],
        ("auth_jwt.so", "auth_munge.so"),
    )


def daemon(conf):
    return Running("slurmctld", 77, 0, 0.0, conf, False, False, (), "")


@pytest.fixture
def host():
    """Return a host with one slurm.conf in a usual place, and another that only slurmctld knows."""
    host = site("/usual", b"another key of at least 32 bytes")
    host.files.update(site("/own", KEY).files)
    host.folders = ("/usual",)
    return host


@pytest.fixture
def call(host, monkeypatch, capsys):
    """Call a command on a made-up machine; return the sites that it finds."""

    def call(command, *options, running=(), environment=None):
        clusters = []
        machine = made_up_machine("22.05.8", "1.10.2")._replace(running=running)

        class Recorded(survey.Cluster):
            def __init__(self, *parts):
                super().__init__(*parts)
                clusters.append(self)

        host.environment = environment or {}
        monkeypatch.setattr(survey, "Host", lambda: host)
        monkeypatch.setattr(survey, "Machine", lambda: machine)
        monkeypatch.setattr(survey, "Cluster", Recorded)
        token = (
            jws.encode(b'{"alg":"HS256","typ":"JWT"}') + b"." + jws.encode(b'{"exp":4102444800,"sun":"a"}')
        )
        stdin = io.TextIOWrapper(io.BytesIO(token + b"." + jws.signer(KEY)(token) + b"\n"))
        monkeypatch.setattr(sys, "stdin", stdin)
        for name in ("SLURM_CONF", "SLURM_JWT"):
            monkeypatch.delenv(name, raising=False)
        main([command.partition(",")[0], *COMMANDS[command], *options])
        return clusters, capsys.readouterr().out

    return call


def facts(cluster):
    key = cluster.configured
    return (cluster.conf.path, cluster.conf.source, key.path, fingerprint(key.content), cluster.slurm_user)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_file_of_the_running_slurmctld_comes_first(call, command):
    clusters, _ = call(command, running=(daemon("/own/slurm.conf"),))
    assert clusters
    for cluster in clusters:
        assert facts(cluster) == (
            "/own/slurm.conf", "the running slurmctld, process 77", "/own/jwt.key", fingerprint(KEY), "slurm",
        )  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_where_no_process_can_be_seen_it_is_the_usual_place(call, command):
    clusters, _ = call(command)
    assert clusters
    assert {facts(cluster)[:2] for cluster in clusters} == {("/usual/slurm.conf", "the usual place")}


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_named_comes_before_the_running_slurmctld(call, command):
    clusters, _ = call(command, "--conf", "/usual/slurm.conf", running=(daemon("/own/slurm.conf"),))
    assert clusters
    assert {facts(cluster)[:2] for cluster in clusters} == {("/usual/slurm.conf", "--conf")}


@pytest.mark.parametrize("command", COMMANDS)
def test_slurm_conf_of_the_environment_comes_before_the_running_slurmctld(call, command):
    environment = {"SLURM_CONF": "/usual/slurm.conf"}
    clusters, _ = call(command, environment=environment, running=(daemon("/own/slurm.conf"),))
    assert clusters
    assert {facts(cluster)[:2] for cluster in clusters} == {("/usual/slurm.conf", "SLURM_CONF")}


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("contract", lambda document: document["conf"]),
        ("doctor", lambda document: document["hosts"][0]["daemons"][0]["conf"]),
        ("changes", lambda document: document["site"]["conf"][0]),
    ],
)
def test_the_document_of_a_command_names_that_file(call, command, path):
    _, out = call(command, running=(daemon("/own/slurm.conf"),))
    assert path(json.loads(out)) == "/own/slurm.conf"


def test_check_names_that_file(call):
    _, out = call("check", "--json", running=(daemon("/own/slurm.conf"),))
    assert json.loads(out)["site"]["conf"]["path"] == "/own/slurm.conf"


@pytest.mark.parametrize(
    ("running", "options", "conf"),
    [
        ((), (), ""),
        ((daemon("/own/slurm.conf"),), (), "/own/slurm.conf"),
        ((), ("--conf", "/own/slurm.conf"), "/own/slurm.conf"),
    ],
)
def test_slurms_own_commands_are_given_the_file_that_they_do_not_find(call, running, options, conf):
    (cluster,), _ = call("probe", *options, running=running)
    assert cluster.conf_for_commands == conf


def test_changes_compares_the_releases_only_where_it_shall_look_for_no_site(call):
    _, out = call("changes", "--no-discovery", running=(daemon("/own/slurm.conf"),))
    assert json.loads(out)["site"] is None
