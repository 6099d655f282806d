"""What the mapping says of a token's user, asked of real slurmctlds with the very tokens."""

from __future__ import annotations

import base64
import hmac
import json

import pytest

from slurm_jwt.slurmctld import Settings, parse_passwd
from slurm_jwt_conformance.lab.daemons import conf
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.site.users import mapping
from support.slurm import require_release

pytestmark = pytest.mark.slurm

KEY = bytes(range(32))
USERS = parse_passwd(accounts.passwd())
RELEASES = ("20.11", "22.05", "24.11", "26.05")
FIELD = ("userclaimfield=preferred_username",)
INNER = {"name": "carol", "gecos": "Carol", "dir": "/", "shell": "/bin/sh"}

NAMES = (
    *("alice", "ALICE", "Alice", "alice ", " alice", "alice@EXAMPLE.ORG", "CORP\\alice", "", "nosuchuser"),
    *("0", "00", " 0", " +00", "+0", "-0", "0 ", "2001", "02001", "5000", "-5", "64030", "99", "9" * 30),
    *("root", "slurm", "nobody", "ali\u200bce", "alic\u00e9"),
)
RIVALS = (
    {"sun": "alice", "username": "bob"},
    {"sun": "", "username": "bob"},
    {"sun": 7, "username": "bob"},
    {"username": "bob"},
    {"username": "bob", "preferred_username": "alice"},
    {"username": ["bob"], "preferred_username": "alice"},
    {"preferred_username": "alice"},
    {"sun": "bob", "preferred_username": "alice"},
    {"Sun": "alice"},
    {"sub": "alice"},
)


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def signed(claims):
    whole = {"exp": 4102444800, "iat": 1577836800, **claims}
    text = b64(b'{"alg":"HS256","typ":"JWT"}') + b"." + b64(json.dumps(whole).encode())
    return text + b"." + b64(hmac.digest(KEY, text, "sha256"))


def cluster(release, *parameters):
    installation = require_release(release)
    return Cluster(installation, KEY, settings=conf.Settings(alt_parameters=parameters))


def differences(running, tokens, settings):
    """Ask for each token, and list where the mapping and the daemon differ."""
    wrong = []
    for claims in tokens:
        one = mapping.of(claims, USERS, settings, running.installation.label)
        seen = running.ask(signed(claims))
        if ((one.claim is not None), one.uid) != ((seen.verdict == "accepted"), seen.uid):
            wrong.append((claims, one, seen))
    return wrong


@pytest.mark.parametrize("release", RELEASES)
def test_every_name_becomes_the_uid_that_the_mapping_tells(release):
    settings = Settings({}, "slurm")
    with cluster(release) as running:
        assert differences(running, [{"sun": name} for name in NAMES], settings) == []


@pytest.mark.parametrize("release", ["20.11", "22.05", "24.11", "26.05"])
def test_the_claim_that_counts_is_the_one_that_the_mapping_tells(release):
    settings = Settings({"userclaimfield": "preferred_username"}, "slurm")
    with cluster(release, *FIELD) as running:
        assert differences(running, RIVALS, settings) == []


def identities():
    """Yield tokens with an identity of their own: whole, and with each part missing."""
    whole = {"sun": "alice", "uid": 5001, "gid": 5001, "id": INNER}
    yield from ({"sun": "alice"}, {}, whole, {**whole, "sun": "carol"}, {**whole, "uid": 0})
    yield from ({**whole, "uid": 2002}, {**whole, "uid": 99}, {k: v for k, v in whole.items() if k != "sun"})
    yield from ({k: v for k, v in whole.items() if k != left} for left in ("uid", "gid", "id"))
    yield from ({**whole, "id": {k: v for k, v in INNER.items() if k != left}} for left in INNER)
    yield from ({**whole, "id": {**INNER, part: ""}} for part in INNER)
    yield from ({**whole, "id": odd} for odd in ("carol", ["carol"], {**INNER, "name": 7}))
    yield {**whole, "id": {**INNER, "gids": [5001, 5002]}}
    yield {**whole, "id": {**INNER, "groups": {"staff": 5001}}}


@pytest.mark.parametrize("name", ["use_jwt_client_ids", "use_jwt_client_ids_only"])
def test_26_05_believes_an_identity_where_the_mapping_says_so(name):
    with cluster("26.05", name) as running:
        assert differences(running, identities(), Settings({name: ""}, "slurm")) == []


@pytest.mark.parametrize("release", ["22.05", "24.11"])
def test_older_releases_do_not_know_identities(release):
    with cluster(release, "use_jwt_client_ids") as running:
        settings = Settings({"use_jwt_client_ids": ""}, "slurm")
        assert differences(running, identities(), settings) == []


SUBMITTED = {"20.11": False, "22.05": False, "24.11": True, "26.05": False}
"""What the remark user.unknown says of each release: whether sbatch of an unknown user is taken."""


@pytest.mark.parametrize("release", RELEASES)
def test_an_unknown_user_lists_and_submits_as_the_remark_says(release):
    with cluster(release) as running:
        token = {"SLURM_JWT": signed({"sun": "nosuchuser"})}
        listing = running.run("squeue", user="courier", env=token)
        job = running.run("sbatch", "-H", "--chdir=/tmp", "--wrap=true", user="courier", env=token)
        assert listing.exit == 0
        assert (job.exit == 0) == SUBMITTED[release], job
        queue = running.run("squeue", "-h", "-o", "%U", user="root", env=running.as_root())
        assert queue.out.split() == (["99"] if SUBMITTED[release] else [])


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("name", "stopped"), [("root", True), ("slurm", True), ("0", True), ("alice", False)]
)
def test_root_and_slurm_user_may_stop_the_cluster_and_others_may_not(release, name, stopped):
    with cluster(release) as running:
        token = {"SLURM_JWT": signed({"sun": name})}
        done = running.run("scontrol", "setdebug", "debug3", user="courier", env=token)
        assert (done.exit == 0) == stopped, done
        minted = running.run("scontrol", "token", "username=bob", user="courier", env=token)
        assert (minted.exit == 0 and "SLURM_JWT=" in minted.out) == stopped, minted
