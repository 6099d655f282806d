"""`slurm-jwt probe` with RS256 tokens: the model's answer with the site's JWKS beside the daemon's."""

import time
from pathlib import Path

import pytest

from slurm_jwt.slurmctld import parse_passwd
from slurm_jwt_conformance.lab.daemons import dbd, restd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.discovery.users import UserDatabase
from slurm_jwt_conformance.site.probe import comparison, probe
from slurm_jwt_conformance.site.probe.answer import Identity, Place
from support.probe_lab import LabPrograms, LabWeb
from support.rs256 import NOW, jwk, jwks, private_key, token
from support.slurm import require_release

USERS = UserDatabase(parse_passwd(accounts.passwd()), "the lab")
PLACE = Place(
    "slurmctld", "scontrol", "accepted", "", "24.11.5", "slurmctld itself",
    Identity("verified", 2001, "alice", "sdiag."), "refused", 12, float(NOW),
    settings=("jwks=/x/jwks.json", "slurm"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "data", "agreement"),
    [
        (token(), jwks(jwk()), "agrees"),
        (token(private_key(1)), jwks(jwk()), "differs"),
        (token(), jwks(jwk(kid="b")), "differs"),
        (token(), None, "not predicted"),
    ],
)
def test_the_model_verifies_with_the_jwks(text, data, agreement):
    """No HS256 key is needed."""
    told = comparison.compare(PLACE, text, None, USERS.users, None, data)
    assert told.agreement == agreement


def test_a_jwks_that_was_not_read_is_named():
    told = comparison.compare(PLACE, token(), b"k" * 32, USERS.users, None)
    assert told.why == comparison.NO_JWKS


@pytest.mark.slurm
@pytest.mark.parametrize("release", ["22.05", "24.11", "26.05"])
def test_real_daemons_agree_with_the_model(release, tmp_path):
    path = Path(tmp_path, "jwks.json")
    path.write_bytes(jwks(jwk()))
    key = bytes(range(200, 232))
    with Cluster(require_release(release), key, jwks=jwks(jwk())) as cluster:
        restd.add(cluster)
        dbd.add(cluster)
        programs = LabPrograms(cluster)
        here = survey(Options(jwks=str(path), search=False))
        text = token(None, {"exp": int(time.time()) + 600, "sun": "alice"})
        wish = probe.Wish(text, key, USERS, here, uid=2001)
        probed = probe.probe(probe.Means(programs, programs, LabWeb(cluster)), wish)
    assert len(probed.places) >= 3
    assert {(each.state, each.control, each.comparison.agreement) for each in probed.places} == {
        ("accepted", "refused", "agrees")
    }
