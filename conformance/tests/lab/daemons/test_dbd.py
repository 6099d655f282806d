"""slurmdbd with a MariaDB of its own: it verifies tokens with its own key, in every release."""

from __future__ import annotations

import secrets

import pytest

from slurm_jwt import Issuer
from slurm_jwt_conformance.lab.daemons import dbd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.daemons.dbd import Access
from slurm_jwt_conformance.lab.errors import DaemonDied
from slurm_jwt_conformance.lab.install import roots
from support.slurm import require_release, require_slurm

KEY, OTHER = secrets.token_bytes(32), secrets.token_bytes(32)


def token(user="alice", key=KEY):
    return Issuer(key).issue(user).encode()


@pytest.fixture(scope="module", params=tuple(roots.SUITES))
def asked(request):
    with Cluster(require_release(request.param), KEY) as cluster:
        yield cluster, dbd.add(cluster)


@pytest.mark.slurm
def test_a_good_token_becomes_its_user_and_is_answered(asked):
    answer = asked[1].ask(token())
    assert (answer.uid, answer.result.exit, answer.log) == (2001, 0, None)
    assert answer.result.out == "slurmjwt\n"


@pytest.mark.slurm
def test_a_forged_token_is_refused_with_the_logs_reason(asked):
    answer = asked[1].ask(token(key=OTHER))
    assert (answer.accepted, answer.result.exit) == (False, 1)
    assert "jwt_decode failure" in answer.log


@pytest.mark.slurm
def test_answers_belong_to_their_questions(asked):
    users = [asked[1].ask(each).uid for each in (token("bob"), b"junk", token(), token("nosuchuser"))]
    assert users == [2002, None, 2001, 99]


@pytest.mark.slurm
def test_the_database_opens_no_port(asked):
    ports = sorted(port for _, port in asked[0].listening())
    assert ports == [6817, 6819]


@pytest.mark.slurm
def test_two_keys_make_two_verdicts():
    """The page wants the signing key in both daemons: each one judges by its own."""
    with Cluster(require_slurm(), KEY) as cluster:
        store = dbd.add(cluster, Access(OTHER))
        verdicts = [
            (cluster.ask(each).verdict == "accepted", store.ask(each).accepted)
            for each in (token(), token(key=OTHER))
        ]
        store.restart(Access(KEY))
        assert store.ask(token()).uid == 2001
    assert verdicts == [(True, False), (False, True)]


@pytest.mark.slurm
def test_a_slurmdbd_that_died_is_said_to_have_died():
    with Cluster(require_slurm(), KEY) as cluster:
        store = dbd.add(cluster)
        cluster.kill("slurmdbd")
        with pytest.raises(DaemonDied, match="slurmdbd ended"):
            store.ask(token())


@pytest.mark.slurm
def test_an_ordinary_users_namespaces_are_enough():
    with Cluster(require_slurm(), KEY, mode="user") as cluster:
        assert dbd.add(cluster).ask(token()).uid == 2001


@pytest.mark.parametrize(
    ("access", "wanted", "unwanted"),
    [
        (Access(KEY), ["AuthAltTypes=auth/jwt", "jwt_key=/w/slurmdbd.key"], []),
        (Access(None), ["AuthAltTypes=auth/jwt"], ["jwt_key"]),
        (Access(None, jwt=False), [], ["AuthAltTypes", "jwt_key"]),
    ],
)
def test_the_configuration_says_how_tokens_are_taken(access, wanted, unwanted):
    text = dbd.slurmdbd_conf("/w", access)
    assert all(each in text for each in wanted)
    assert not any(each in text for each in unwanted)
