"""Every study of every release, asked anew: real daemons still say what is recorded."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_vectors.studies import load_studies
from support.slurm import require_release
from tools.studies import recorder

pytestmark = [pytest.mark.slurm, pytest.mark.skipif(os.geteuid() != 0, reason="slurmd needs root")]


@pytest.mark.parametrize("release", roots.SUITES)
def test_a_release_still_says_what_is_recorded(release):
    found = require_release(release)
    fresh = recorder.record(found, today=dt.date(2026, 1, 1))
    differences = recorder.differences(load_studies()[release], fresh)
    assert [str(each) for each in differences] == []


OWNER = """
import secrets, sys, tempfile
tempfile.tempdir = sys.argv[1]
from slurm_jwt_conformance.lab.daemons import dbd, restd, slurmd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.install.release import find_installation
cluster = Cluster(find_installation(), secrets.token_bytes(32))
dbd.add(cluster), restd.add(cluster), slurmd.add(cluster)
cluster.run("sbatch", "--chdir=/", "--output=/dev/null", "--wrap=sleep 600", user="alice")
while "R" not in cluster.run("squeue", "--noheader", "--format=%t", user="root").out:
    pass
links = cluster.sandbox.run(["/bin/cat", "/proc/net/dev"], {}, user="slurm").out.splitlines()[2:]
ports = sorted(port for _, port in cluster.listening())
print([link.split(":")[0].strip() for link in links], ports, flush=True)
sys.stdin.read()
"""


def processes_naming(text):
    """Return the other processes with `text` in command line or environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if text.encode() in told:
                found.append(told)
    return found


def wait_until(happened, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)
    return happened()


def test_all_daemons_at_once_see_loopback_alone_and_end_with_their_owner(host_slurm):
    """Nothing of slurmctld, slurmdbd, MariaDB, slurmrestd, slurmd and a running job outlives kill -9."""
    assert host_slurm
    folder = Path("/tmp", f"sjt.{os.getpid()}")  # short: sockets lie below it
    folder.mkdir(mode=0o755)
    try:
        with subprocess.Popen(
            [sys.executable, "-c", OWNER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as owner:
            told = owner.stdout.readline()
            assert told == "['lo'] [6817, 6818, 6819]\n"
            running = b" ".join(processes_naming(str(folder)))
            for name in (b"slurmctld", b"slurmdbd", b"mariadbd", b"slurmrestd", b"slurmd"):
                assert name in running
            owner.kill()
        assert wait_until(lambda: not processes_naming(str(folder)))
        assert wait_until(lambda: not list(folder.iterdir()))
        assert str(folder) not in Path("/proc/self/mountinfo").read_text()
    finally:
        folder.rmdir()
