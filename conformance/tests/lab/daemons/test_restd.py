"""slurmrestd in front of a real slurmctld: what it passes on, and what a refusal looks like in HTTP."""

from __future__ import annotations

import secrets

import pytest

from slurm_jwt import Issuer
from slurm_jwt_conformance.lab.daemons import rest_http, restd
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
def test_no_port_is_opened_and_it_is_no_root(asked):
    cluster = asked[0]
    assert cluster.listening() == [("127.0.0.1", 6817)]
    pids = cluster.sandbox.run(["/bin/sh", "-c", "cat /proc/[0-9]*/status"], {}, user="root").out
    uids = {part.split("Uid:\t")[1].split("\t")[0] for part in pids.split("Name:\t") if "slurmrestd" in part}
    assert uids == {"2003"}


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


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\nokConnection: Close\r\n\r\n"


def test_a_body_ends_where_its_length_says():
    (answer,) = rest_http.responses(ANSWER)
    assert answer == (200, "OK", (("content-length", "2"), ("x", "y")), b"ok")


def test_a_second_answer_is_kept_apart():
    first, second = rest_http.responses(ANSWER + b"HTTP/1.1 401 UNAUTHORIZED\r\n\r\n")
    assert (first.status, second.status, second.body) == (200, 401, b"")


@pytest.mark.parametrize("length", [b"-1", b"9" * 30, b"x", b"", b"\xff"])
def test_a_length_that_is_none_counts_as_nothing(length):
    (answer,) = rest_http.responses(b"HTTP/1.1 200 OK\r\nContent-Length: " + length + b"\r\n\r\nabc")
    assert answer.body == b""


@pytest.mark.parametrize("junk", [b"", b"\0\xff", b"HTTP/1.1 20 OK\r\n", b"HTTP/2 200 OK\r\n"])
def test_what_is_no_answer_is_none(junk):
    assert rest_http.responses(junk) == ()


def test_a_user_name_beyond_ascii_travels_as_utf_8():
    sent = rest_http.request("/", restd.headers("t", "bjørn"))
    assert "X-SLURM-USER-NAME: bjørn\r\n".encode() in sent
