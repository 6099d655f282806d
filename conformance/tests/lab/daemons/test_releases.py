"""What four releases say to the same tokens, each in a root of its own or on the system itself."""

from __future__ import annotations

import base64
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from slurm_jwt import Issuer
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.errors import KeyRefused
from slurm_jwt_conformance.lab.install import roots
from support.slurm import require_release

pytestmark = pytest.mark.slurm

KEY = bytes(range(32))
NOW = 1893456000
RELEASES = tuple(roots.SUITES)
"""From the oldest to the newest; a column of the tables below for each."""


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def signed(header, claims, digest="sha256"):
    text = b64(json.dumps(header).encode()) + b"." + b64(json.dumps(claims).encode())
    return text + b"." + b64(hmac.digest(KEY, text, digest))


def token(header=(), digest="sha256", **changes):
    claims = {"exp": 4102444800, "iat": 1577836800, "sun": "alice"} | changes
    kept = {name: value for name, value in claims.items() if value is not None}
    return signed({"alg": "HS256", "typ": "JWT"} | dict(header), kept, digest)


@pytest.fixture(scope="module", params=RELEASES)
def cluster(request):
    with Cluster(require_release(request.param), KEY) as running:
        yield running


# Which releases accept, from the notes on real daemons: A accepted, R refused, in the order of RELEASES.
@pytest.mark.parametrize(
    ("question", "verdicts"),
    [
        (token(), "AAAA"),
        (token({"alg": "HS384"}, "sha384"), "ARRR"),
        (token({"alg": "HS512"}, "sha512"), "ARRR"),
        (token({"alg": "hs256"}), "AARR"),
        (token({"typ": "JOSE"}), "RRAA"),
        (token({"typ": "at+jwt"}), "RRAA"),
        (token({"typ": ""}), "RRAA"),
        (token(sun=None, username="alice"), "RAAA"),
        (token(iat=None), "AAAA"),
        (token(iat=4102444800), "AAAA"),
        (token(nbf=4102444800), "AAAA"),
        (token({"crit": ["x"], "x": 1}), "AAAA"),
        (token({"b64": False}), "AAAA"),
        (token(exp=4102444800.5), "RRRR"),
        (token(exp="4102444800"), "RRRR"),
        (token(exp=None), "RRRR"),
        (token(exp=2**63 - 1), "AAAA"),
        (token(exp=2**63), "RRRR"),
        (token(sun=None), "RRRR"),
    ],
)
def test_verdicts_by_release(cluster, question, verdicts):
    expected = verdicts[RELEASES.index(cluster.installation.label)]
    seen = cluster.ask(question)
    assert (seen.verdict, seen.uid) == (("accepted", 2001) if expected == "A" else ("refused", None))


@pytest.mark.parametrize(
    ("name", "uid"), [("0", 0), ("nosuchuser", 99), ("", 99), ("NOBODY", 99), ("bob", 2002)]
)
def test_whom_a_name_becomes(cluster, name, uid):
    assert cluster.ask(token(sun=name)).uid == uid


def test_only_loopback_listens(cluster):
    assert cluster.listening() == [("127.0.0.1", 6817)]


@pytest.mark.parametrize("release", RELEASES)
def test_a_clock_that_stands_still(release):
    with Cluster(require_release(release), KEY, clock=NOW) as frozen:
        verdicts = [frozen.ask(token(exp=exp)).verdict for exp in (NOW - 1, NOW, NOW + 1)]
        assert frozen.issue("alice", 60).decode() == Issuer(KEY).issue("alice", 60, now=NOW)
    assert verdicts == ["refused", "accepted", "accepted"]


@pytest.mark.parametrize("release", RELEASES)
def test_an_empty_key(release):
    with pytest.raises(KeyRefused, match="does not start"):
        Cluster(require_release(release), b"")


def test_all_releases_at_once_share_nothing_and_leave_nothing():
    installed = [require_release(release) for release in RELEASES]
    with ThreadPoolExecutor(len(installed)) as executor:
        clusters = list(executor.map(lambda found: Cluster(found, found.label.encode() * 8), installed))
    try:
        made = [each.issue("alice", 60) for each in clusters]
        verdicts = [[each.ask(one).verdict == "accepted" for one in made] for each in clusters]
        mounted = Path("/proc/self/mountinfo").read_text()
    finally:
        for each in clusters:
            each.close()
    assert verdicts == [[row == column for column in range(4)] for row in range(4)]
    assert not [each for each in installed if each.root and f" {each.root}/" in mounted]
    left = [path for each in installed if each.root for path in (each.root / "mnt").iterdir()]
    assert left == []
