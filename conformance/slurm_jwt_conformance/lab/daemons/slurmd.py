"""slurmd in a cluster: the node that runs its jobs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from slurm_jwt_conformance.lab.daemons import conf
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.sandbox.sandbox import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_conformance.lab.daemons.cluster import Cluster

NAME = "slurmd"
NODE = "localhost"
START_LIMIT = 30.0


class Slurmd:
    """A running slurmd."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def state(self) -> str:
        """Return slurmctld's state of the node: "idle", "allocated", "completing", "down" ..."""
        env = self._cluster.as_root()
        result = self._cluster.run("sinfo", "--noheader", "--format=%T", user="root", env=env)
        self._cluster.check(result)
        return result.out.strip()

    def wait_until_idle(self, seconds: float = START_LIMIT) -> None:
        """Wait until the node can run a job. SlurmError after `seconds`."""
        deadline = time.monotonic() + seconds
        while (state := self.state()) != "idle":
            if time.monotonic() > deadline:
                raise SlurmError(
                    f"the node is {state}, not idle",
                    "Its log may show the cause.",
                    self._cluster.log_tail(NAME),
                )
            time.sleep(0.05)


def add(cluster: Cluster) -> Slurmd:
    """Start slurmd and wait until its node is idle.

    Raises SlurmError if the cluster has a published test key, without root's namespaces (slurmd becomes
    the user of each job), and if slurmd does not come up.
    """
    slurmd = start(cluster)
    slurmd.wait_until_idle()
    return slurmd


def start(cluster: Cluster, env: Mapping[str, bytes] | None = None) -> Slurmd:
    """Start slurmd, with `env` beside the cluster's environment, and wait for nothing; else as `add`."""
    if cluster.mode != "root":
        raise SlurmError("slurmd needs root, to become the user of each job", "Run as root.")
    cgroup = b"CgroupPlugin=disabled\n" if cluster.installation.label > "23.02" else b"\n"
    folders = [Entry(folder, None, 0o755) for folder in (conf.SLURMD, f"{conf.SLURMD}/spool")]
    cluster.sandbox.write([*folders, Entry("cgroup.conf", cgroup, 0o644)])
    cluster.start_daemon(NAME, "-D", "-N", NODE, env=env, log=conf.SLURMD_LOG)
    return Slurmd(cluster)
