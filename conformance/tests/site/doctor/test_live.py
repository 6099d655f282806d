"""The doctor beside a slurmctld that runs: in the same sandbox, as root, on the same files.

What the doctor says of a key that was changed under way is held against what the daemon does with tokens
of either key.
"""

from __future__ import annotations

import json
import sys

import pytest

from slurm_jwt import Issuer
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.sandbox.sandbox import Entry

pytestmark = pytest.mark.slurm
OLD, NEW = bytes(range(32)), bytes(range(100, 132))


@pytest.fixture
def cluster(host_slurm):
    with Cluster(host_slurm, OLD) as running:
        yield running


AS_SOMEBODY = """
import contextlib, io, os, sys
from slurm_jwt_conformance.cli import main
uid, arguments = int(sys.argv[1]), ["doctor", "--json", *sys.argv[2:]]
if uid != os.getuid():
    with contextlib.redirect_stdout(io.StringIO()):
        main(arguments)
    os.setgroups([]), os.setgid(uid), os.setuid(uid)
sys.exit(main(arguments))
"""
"""Python itself may lie where only root can read it: a first run loads all of it."""


def doctor(cluster, *options, env=None, user="root"):
    """Run the command inside; return its exit code and its report."""
    argv = [sys.executable, "-c", AS_SOMEBODY, str(cluster.sandbox.uid(user)), *options]
    environment = {"PATH": b"/usr/sbin:/usr/bin:/sbin:/bin", "HOME": b"/", **(env or {})}
    if not options:
        environment["SLURM_CONF"] = f"{cluster.sandbox.work}/slurm.conf".encode()
    done = cluster.sandbox.run(argv, environment, user="root", seconds=60)
    assert done.exit in {0, 1}, done.err
    assert done.out, done.err
    return done.exit, json.loads(done.out)


def rules(report):
    ignored = {"clock.unsynchronised", "lifespan.unlimited"}
    return {each["id"] for each in report["findings"] if each["level"] != "note"} - ignored


def accepted(cluster, key):
    return cluster.ask(Issuer(key).issue("alice", 600).encode()).verdict == "accepted"


def shell(cluster, script):
    done = cluster.sandbox.run(["/bin/sh", "-c", script], {"PATH": b"/usr/bin:/bin"}, user="root", seconds=20)
    assert done.exit == 0, done.err


def test_a_running_cluster_is_looked_at_as_it_is(cluster, host_slurm):
    _, report = doctor(cluster)
    assert rules(report) == set()
    (host,) = report["hosts"]
    assert host["slurm"] == host_slurm.version
    assert host["libjwt"] == host_slurm.libjwt
    (look,) = report["outlooks"]
    assert (look["starts"], look["takes"], look["basis"]) == (True, True, "observed")
    assert not [each for each in report["not_checked"] if each["decisive"]]


def test_the_configuration_is_found_by_the_running_daemon_alone(cluster):
    """slurmctld was started with SLURM_CONF; the doctor was not."""
    argv = [sys.executable, "-m", "slurm_jwt_conformance", "doctor", "--json"]
    done = cluster.sandbox.run(argv, {"PATH": b"/usr/sbin:/usr/bin:/bin"}, user="root", seconds=60)
    (host,) = json.loads(done.out)["hosts"]
    assert host["daemons"][0]["conf"] == f"{cluster.sandbox.work}/slurm.conf"


def test_a_key_that_was_replaced_is_not_the_one_that_is_loaded(cluster):
    work = cluster.sandbox.work
    slurm_uid = 64030
    cluster.sandbox.write([Entry("new.key", NEW, 0o600, slurm_uid)])
    shell(cluster, f"mv {work}/new.key {work}/jwt_hs256.key")
    assert accepted(cluster, OLD)
    assert not accepted(cluster, NEW)
    code, report = doctor(cluster)
    assert code == 1
    assert rules(report) == {"daemon.stale-key"}
    assert report["outlooks"][0]["takes"] is False


def test_a_key_that_was_written_over_is_seen_at_once(cluster):
    """slurmctld maps the file: other bytes of the same length are its key without a restart."""
    cluster.sandbox.write([Entry("jwt_hs256.key", NEW, 0o600, 64030)])
    shell(cluster, f"touch -d '+1 hour' {cluster.sandbox.work}/jwt_hs256.key")
    assert accepted(cluster, NEW)
    assert not accepted(cluster, OLD)
    _, report = doctor(cluster)
    assert "daemon.key-changed" in rules(report)
    assert "clock.future" in rules(report)


def test_a_configuration_that_changed_is_not_what_the_daemon_has_read(cluster):
    shell(cluster, f"touch -d '+1 hour' {cluster.sandbox.work}/slurm.conf")
    _, report = doctor(cluster)
    assert rules(report) == {"daemon.stale-config"}


def test_a_stray_token_in_the_environment_is_told_of_and_not_shown(cluster):
    token = Issuer(OLD).issue("alice", 600)
    _, report = doctor(cluster, env={"SLURM_JWT": token.encode()})
    assert rules(report) == {"environment.token"}
    assert token not in json.dumps(report)


@pytest.mark.parametrize("token", [b"x.y.z", b"daemon", b""])
def test_a_slurmctld_that_is_started_with_a_token_ends_as_the_doctor_says(cluster, host_slurm, token):
    """What happens to an administrator who restarts slurmctld from a shell with SLURM_JWT."""
    _, report = doctor(cluster, env={"SLURM_JWT": token})
    (finding,) = [each for each in report["findings"] if each["id"] == "environment.token"]
    cluster.kill("slurmctld")
    conf = f"{cluster.sandbox.work}/slurm.conf".encode()
    environment = {"PATH": b"/usr/sbin:/usr/bin:/bin", "SLURM_CONF": conf, "SLURM_JWT": token}
    argv = [host_slurm.program("slurmctld"), "-D", "-i"]
    done = cluster.sandbox.run(argv, environment, user="root", seconds=20)
    assert done.exit == 1
    assert finding["log"] in done.err


def test_who_is_not_root_sees_less_and_is_told_so(cluster):
    if cluster.mode != "root":
        pytest.skip("in this sandbox there is one account only")
    code, report = doctor(cluster, user="courier")
    assert code == 1
    decisive = [each["what"] for each in report["not_checked"] if each["decisive"]]
    assert len(decisive) == 1
    assert "key file" in decisive[0]
    assert report["outlooks"][0]["starts"] is None
