"""The other daemons with a JWKS: slurmdbd loads one of its own, slurmrestd loads none.

slurmdbd reads the file at its start only, in every release. Neither `sacctmgr reconfigure` nor SIGHUP makes
it read the file again.
"""

import time

import pytest

from slurm_jwt import Issuer
from slurm_jwt.slurmctld import load, releases
from slurm_jwt_conformance.lab.daemons import conf, dbd, restd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.sandbox.sandbox import Entry
from support.rs256 import LEFT_OUT, jwk, jwks, private_key, token
from support.slurm import require_release

pytestmark = pytest.mark.slurm

KEY = bytes(range(200, 232))
SLURM = accounts.ACCOUNTS[accounts.SLURM_USER]
ALICE = 2001


def fresh(key=None, **header):
    return token(key, {"exp": int(time.time()) + 3600, "sun": "alice"}, **header)


@pytest.fixture(scope="module", params=("22.05", "24.11", "26.05"))
def cluster(request):
    with Cluster(require_release(request.param), KEY, jwks=jwks(jwk())) as running:
        yield running


@pytest.fixture(scope="module")
def slurmdbd(cluster):
    return dbd.add(cluster)


def test_slurmdbd_verifies_both_kinds(slurmdbd):
    assert [slurmdbd.ask(each).uid for each in (fresh(), Issuer(KEY).issue("alice").encode())] == [ALICE] * 2


def test_slurmdbd_logs_the_lines_of_slurmctld(slurmdbd):
    refused = [
        slurmdbd.ask(each).log.rpartition("verify: ")[2]
        for each in (fresh(private_key(1)), fresh(kid="other"), fresh(kid=LEFT_OUT))
    ]
    unknown = "error: could not find matching kid or decode failed"
    assert refused == [f"error: failed to verify jwt, rc=22 | {unknown}", unknown, "no kid in credential"]


def test_slurmdbd_sees_a_replaced_file_after_a_restart_only(cluster, slurmdbd):
    new, old = fresh(private_key(1)), fresh()
    cluster.sandbox.write([Entry(dbd.JWKS_FILE, jwks(jwk(private_key(1))), 0o644, SLURM)])
    assert cluster.run("sacctmgr", "reconfigure", user=accounts.SLURM_USER).exit == 0
    cluster.kill("slurmdbd", 1)
    assert [slurmdbd.ask(each).accepted for each in (old, new)] == [True, False]
    slurmdbd.restart(dbd.Access(KEY, jwks=jwks(jwk(private_key(1)))))
    assert [slurmdbd.ask(each).accepted for each in (old, new)] == [False, True]


def test_slurmdbd_ends_as_slurmctld_with_a_key_without_kid(cluster, slurmdbd):
    data = jwks(jwk(kid=LEFT_OUT))
    with pytest.raises(SlurmError) as ended:
        slurmdbd.restart(dbd.Access(KEY, jwks=data))
    line = load(releases.parse(cluster.installation.label), data).log
    assert line.removeprefix("fatal: ") in ended.value.log
    slurmdbd.restart(dbd.Access(KEY, jwks=jwks(jwk())))


def test_slurmrestd_loads_no_jwks_and_passes_the_token_on(cluster):
    """It starts with a file that ends slurmctld."""
    cluster.sandbox.write([Entry(conf.JWKS_FILE, b"{", 0o600, SLURM)])
    answer = restd.add(cluster).ask(fresh(), "alice")
    assert (answer.status, answer.uid) == (200, ALICE)
