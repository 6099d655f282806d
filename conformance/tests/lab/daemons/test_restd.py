"""slurmrestd in front of a real slurmctld: what it passes on, and what a refusal looks like in HTTP."""

from __future__ import annotations

import secrets

import pytest

from slurm_jwt import Issuer
from slurm_jwt_conformance.lab.daemons import restd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.errors import DaemonDied, SlurmError
from slurm_jwt_conformance.lab.install import roots
from support.slurm import require_release, require_slurm

KEY = secrets.token_bytes(32)
GOOD = Issuer(KEY).issue("alice").encode()
FORGED = Issuer(KEY[::-1]).issue("alice").encode()
WITH_RESTD = tuple(roots.SUITES)


@pytest.fixture(scope="module", params=WITH_RESTD)
def asked(request):
    with Cluster(require_release(request.param), KEY) as cluster:
        yield cluster, restd.add(cluster)


@pytest.mark.slurm
def test_a_good_token_becomes_its_user(asked):
    answer = asked[1].ask(GOOD, "alice")
    assert (answer.status, answer.uid, answer.accepted) == (200, 2001, True)


# From the notes on real daemons and Slurm's sources: 22.05 answers 500, 24.11 and later 511.
REFUSED = {"20.11": 500, "22.05": 500, "24.11": 511, "26.05": 511}


@pytest.mark.slurm
def test_a_refused_token_has_a_status_of_its_release(asked):
    cluster, rest = asked
    answer = rest.ask(FORGED, "alice")
    assert (answer.status, answer.uid) == (REFUSED[cluster.installation.label], None)
    assert "jwt_decode failure" in answer.log


@pytest.mark.slurm
@pytest.mark.parametrize(
    ("user_name", "style", "releases"),
    [
        ("alice", "x-slurm", {"20.11", "22.05", "24.11", "26.05"}),
        (None, "x-slurm", {"24.11", "26.05"}),
        (None, "bearer", {"24.11", "26.05"}),
        ("alice", "both", {"20.11", "22.05"}),
        ("alice", "neither", set()),
    ],
)
def test_which_headers_a_release_takes(asked, user_name, style, releases):
    """X-SLURM-USER-NAME is optional and Bearer known since 23.02; both at once are refused since then."""
    cluster, rest = asked
    answer = rest.ask(GOOD, user_name, style)
    assert (answer.status == 200) == (cluster.installation.label in releases)
    if cluster.installation.label not in releases:
        assert (answer.status, answer.body, answer.log) == (401, b"Authentication failure", "")


@pytest.mark.slurm
def test_root_may_be_somebody_else_and_others_may_not(asked):
    rest = asked[1]
    assert rest.ask(Issuer(KEY).issue("root").encode(), "alice").uid == 2001
    refused = rest.ask(GOOD, "bob")
    assert refused.uid is None
    assert "attempt to authenticate as alternate user" in refused.log


@pytest.mark.slurm
def test_no_port_is_opened_and_it_is_not_root(asked):
    cluster = asked[0]
    assert cluster.listening() == [("127.0.0.1", 6817)]
    pids = cluster.sandbox.run(["/bin/sh", "-c", "cat /proc/[0-9]*/status"], {}, user="root").out
    uids = {part.split("Uid:\t")[1].split("\t")[0] for part in pids.split("Name:\t") if "slurmrestd" in part}
    assert uids == {str(cluster.sandbox.uid("courier"))}


@pytest.mark.slurm
def test_a_token_that_no_header_holds_is_not_sent(asked):
    with pytest.raises(SlurmError, match="cannot hold NUL, CR or LF"):
        asked[1].ask(b"a\r\nX-SLURM-USER-NAME: root", "alice")


@pytest.mark.slurm
def test_headers_have_a_limit_of_their_own():
    """The HTTP parser takes 80 KiB of headers at most, less than an environment variable holds."""
    with Cluster(require_slurm(), KEY) as cluster:
        rest = restd.add(cluster)
        assert rest.ask(b"a" * 81_000, "alice").status == 500
        answer = rest.ask(b"a" * 82_000, "alice")
        assert (answer.status, answer.log) == (400, "")
        assert rest.ask(GOOD, "alice").uid == 2001


@pytest.mark.slurm
def test_a_slurmrestd_that_died_is_said_to_have_died():
    with Cluster(require_slurm(), KEY) as cluster:
        rest = restd.add(cluster)
        cluster.kill("slurmrestd")
        with pytest.raises(SlurmError):
            rest.ask(GOOD, "alice")
        with pytest.raises(DaemonDied, match="slurmrestd ended"):
            cluster.ask(GOOD)
