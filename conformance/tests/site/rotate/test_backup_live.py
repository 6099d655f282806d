"""A backup slurmctld that is left out of a rotation brings the old key back: the plan's remark, on daemons.

The backup is a second slurmctld in the same sandbox, with a host name, an address and a log of its own.
"""

from __future__ import annotations

import secrets
import time

import pytest

from slurm_jwt_conformance.lab.daemons import conf
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.sandbox.sandbox import Entry
from support.slurm import require_release
from tools.studies.study import token

pytestmark = pytest.mark.slurm
RELEASES = ("20.11", "22.05", "24.11", "26.05")
RECONFIGURED = ("24.11", "reconfigure")
SETTINGS = conf.Settings(slurm_user="slurm", extra=("SlurmctldHost=b(127.0.0.2)",))
HOSTS = b"127.0.0.1 localhost a\n127.0.0.2 b\n"


class Backup:
    """The second slurmctld: on host b, as its slurm.conf and its UTS namespace tell it."""

    def __init__(self, cluster):
        self.cluster, work = cluster, cluster.sandbox.work
        text = conf.slurm_conf(work, SETTINGS)
        for old, new in (
            ("SlurmctldHost=localhost(", "SlurmctldHost=a("),
            (f"{conf.STATE}/slurmctld.pid", f"{conf.STATE}/b.pid"),
            (f"{conf.STATE}/slurmctld.log", f"{conf.STATE}/b.log"),
        ):
            assert old in text
            text = text.replace(old, new)
        cluster.sandbox.write([Entry("b.conf", text.encode(), 0o644), Entry("hosts", HOSTS, 0o644)])
        self.shell(f"cat {work}/hosts >/etc/hosts")
        cluster._logs["b"] = f"{conf.STATE}/b.log"

    def shell(self, line):
        environment = {"PATH": b"/usr/bin:/bin"}
        done = self.cluster.sandbox.run(["/bin/sh", "-c", line], environment, user="root")
        assert done.exit == 0, done.err

    def start(self):
        sandbox = self.cluster.sandbox
        line = f"hostname b && exec {self.cluster.installation.program('slurmctld')} -D -i"
        environment = self.cluster.environment | {"SLURM_CONF": f"{sandbox.work}/b.conf".encode()}
        argv = ["/usr/bin/unshare", "--uts", "/bin/sh", "-c", line]
        sandbox.spawn("b", argv, environment, user="root", output="b.out")
        self.wait("b is UP")

    def restart(self):
        self.cluster.sandbox.end("b", 15)
        self.start()

    def wait(self, said):
        deadline = time.monotonic() + 30
        while said not in self.cluster.run("scontrol", "ping", user="root").out:
            assert time.monotonic() < deadline, self.cluster.log_tail("b")
            time.sleep(0.2)

    def take_over(self):
        """Let the backup be in charge, as when the primary's host is lost."""
        if "slurmctld" in self.cluster.sandbox.ask("status")["daemons"]:
            self.cluster.sandbox.end("slurmctld", 9)
        done = self.cluster.run("scontrol", "takeover", user="root", seconds=60)
        assert done.exit == 0, done.err
        deadline = time.monotonic() + 30
        while "Running as primary controller" not in self.cluster.sandbox.tail(
            f"{conf.STATE}/b.log", 1 << 16
        ):
            assert time.monotonic() < deadline, self.cluster.log_tail("b")
            time.sleep(0.2)


def taken(cluster, keys):
    """Name the keys whose tokens the slurmctld in charge accepts."""
    asked = {
        name: cluster.scontrol("show", "config", user=accounts.COURIER, token=token(key))
        for name, key in keys.items()
    }
    assert all(done.exit in {0, 1} for done in asked.values())
    return [name for name, done in asked.items() if done.exit == 0]


@pytest.mark.parametrize(("release", "by"), [*((each, "restart") for each in RELEASES), RECONFIGURED])
def test_a_backup_that_was_not_restarted_brings_the_old_key_back(release, by):
    keys = {"old": secrets.token_bytes(32), "new": secrets.token_bytes(32)}
    with Cluster(require_release(release), keys["old"], settings=SETTINGS) as cluster:
        if cluster.mode != "root":
            pytest.skip("only root has another host name")
        backup = Backup(cluster)
        backup.start()
        assert taken(cluster, keys) == ["old"]
        cluster.replace_key(keys["new"], by_rename=True)
        change_primary(backup, by)
        assert taken(cluster, keys) == ["new"]
        backup.take_over()
        assert taken(cluster, keys) == ["old"]


def test_a_backup_that_was_restarted_first_takes_over_with_the_new_key():
    """The plan's order."""
    keys = {"old": secrets.token_bytes(32), "new": secrets.token_bytes(32)}
    with Cluster(require_release("22.05"), keys["old"], settings=SETTINGS) as cluster:
        if cluster.mode != "root":
            pytest.skip("only root has another host name")
        backup = Backup(cluster)
        backup.start()
        cluster.replace_key(keys["new"], by_rename=True)
        backup.restart()
        assert taken(cluster, keys) == ["old"]
        change_primary(backup, "restart")
        assert taken(cluster, keys) == ["new"]
        backup.take_over()
        assert taken(cluster, keys) == ["new"]


def change_primary(backup, by):
    """Have the primary read its key again; a ping that a backup answers is no word of the primary."""
    if by == "restart":
        backup.cluster.restart()
    else:
        assert backup.cluster.scontrol("reconfigure", user="root").exit == 0
    backup.wait("at localhost is UP")
