"""A node that runs jobs: never with a key that others know, and gone with its cluster."""

from __future__ import annotations

import hashlib
import os
import secrets

import pytest

from slurm_jwt import Issuer
from slurm_jwt_conformance.lab.daemons import key_guard, slurmd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.daemons.conf import Settings
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_vectors import load
from support.slurm import require_release, require_slurm

KEY = secrets.token_bytes(32)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="slurmd needs root")
AT_ONCE = Settings(extra=("SchedulerParameters=batch_sched_delay=0,sched_min_interval=0",))


@needs_root
@pytest.mark.slurm
@pytest.mark.parametrize("release", roots.SUITES)
def test_a_job_sent_with_a_token_runs_as_its_user(release):
    with Cluster(require_release(release), KEY, settings=AT_ONCE) as cluster:
        node = slurmd.add(cluster)
        place = f"{cluster.sandbox.work}/{cluster.settings.slurm_user}-out"
        cluster.sandbox.run(["/bin/sh", "-c", f"mkdir -m 777 {place}"], {}, user="root")
        env = {"SLURM_JWT": Issuer(KEY).issue("alice").encode()}
        sent = cluster.run(
            "sbatch", f"--output={place}/id", f"--chdir={place}", "--wrap=id -u", user="alice", env=env
        )
        assert sent.out.startswith("Submitted batch job"), sent.err
        told = "for n in $(seq 200); do test -s $0/id && break; sleep 0.05; done; cat $0/id"
        assert (
            cluster.sandbox.run(["/bin/sh", "-c", told, place], {}, user="root", seconds=15).out == "2001\n"
        )
        node.wait_until_idle()
        assert sorted(port for _, port in cluster.listening()) == [6817, 6818]


@needs_root
@pytest.mark.slurm
def test_a_published_key_meets_no_slurmd():
    published = load().keys["random32"].bytes
    with Cluster(require_slurm(), published) as cluster:
        with pytest.raises(SlurmError, match="published"):
            slurmd.add(cluster)
        with pytest.raises(SlurmError, match="published"):
            cluster.start_daemon("slurmd", "-D", "-N", "localhost")
        assert "slurmd" not in cluster.sandbox.ask("status")["daemons"]


@needs_root
@pytest.mark.slurm
def test_a_key_is_not_replaced_by_a_published_one_beside_a_slurmd():
    published = load().keys["random32"].bytes
    with Cluster(require_slurm(), KEY) as cluster:
        slurmd.add(cluster)
        for by_rename in (False, True):
            with pytest.raises(SlurmError, match="published"):
                cluster.replace_key(published, by_rename=by_rename)
        assert cluster.key == KEY


@pytest.mark.slurm
def test_without_root_there_is_no_slurmd():
    with Cluster(require_slurm(), KEY, mode="user") as cluster, pytest.raises(SlurmError, match="needs root"):
        slurmd.add(cluster)


@pytest.mark.parametrize("key", [each for each in load().keys.values() if each.bytes], ids=lambda key: key.id)
def test_every_published_key_is_refused(key):
    with pytest.raises(SlurmError, match="published"):
        key_guard.refuse_published(key.bytes)


def test_what_hmac_takes_for_a_published_key_is_refused_too():
    """RFC 2104: a key longer than a block is hashed first, a shorter one is filled with zeros."""
    long, short = load().keys["pem-pkcs1"].bytes, load().keys["random32"].bytes
    alike = [
        short + b"\0",
        short.ljust(64, b"\0"),
        *(hashlib.new(name, long).digest() for name in ("sha256", "sha384")),
    ]
    for key in alike:
        with pytest.raises(SlurmError, match="published"):
            key_guard.refuse_published(key)


def test_a_random_key_is_fine():
    assert key_guard.refuse_published(secrets.token_bytes(32)) is None
