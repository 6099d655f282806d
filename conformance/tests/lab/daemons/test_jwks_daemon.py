"""A real slurmctld with a JWKS: how it starts, how it ends, and when it sees a replaced file."""

import pytest

from slurm_jwt.slurmctld import Settings as Model
from slurm_jwt.slurmctld import load, parse_passwd, predict, releases, unreadable
from slurm_jwt_conformance.lab.daemons import conf
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.errors import KeyRefused, SlurmError
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.sandbox.sandbox import Entry
from support.rs256 import LEFT_OUT, NOW, jwk, jwks, private_key, token
from support.slurm import require_release

pytestmark = pytest.mark.slurm

KEY = bytes(range(32))
SLURM = accounts.ACCOUNTS[accounts.SLURM_USER]
SETTINGS = Model({"jwt_key": "/k", "jwks": "/jwks.json"}, accounts.SLURM_USER)
USERS = parse_passwd(accounts.passwd())
ENDS = {
    "not JSON": b"{",
    "no kid": jwks(jwk(kid=LEFT_OUT)),
    "EC without alg": jwks(jwk(), {"kty": "EC", "kid": "e"}),
    "an empty file": b"",
    "n empty": jwks(jwk(n="")),
}
NAMES = ("jwks.json", "https://idp.example/jwks.json")


@pytest.fixture(scope="module", params=("22.05", "24.11", "26.05"))
def cluster(request):
    with Cluster(require_release(request.param), KEY) as running:
        yield running


def start(cluster, data, name=None):
    """Start slurmctld with a JWKS, None for no file. Return None, or the fatal line ("" if it has none)."""
    files = [Entry(conf.LOG, b"", 0o600, SLURM)]
    if data is not None:
        files.append(Entry(conf.JWKS_FILE, data, 0o600, SLURM))
    cluster.sandbox.write(files)
    path = name or f"{cluster.sandbox.work}/{conf.JWKS_FILE if data is not None else 'none.json'}"
    try:
        cluster.restart(conf.Settings(alt_parameters=(f"jwks={path}",)))
    except KeyRefused as refused:
        return refused.reason
    except SlurmError:
        return ""
    return None


def release(cluster):
    return releases.parse(cluster.installation.label)


@pytest.mark.parametrize("name", ENDS)
def test_slurmctld_starts_or_ends_as_the_model_says(cluster, name):
    loaded, line = load(release(cluster), ENDS[name]), start(cluster, ENDS[name])
    expected = (loaded.log or "") if hasattr(loaded, "log") else None
    assert line == expected
    if line is None:
        told = predict(token(), KEY, release(cluster), NOW, USERS, SETTINGS, jwks=loaded)
        seen = cluster.ask(token())
        assert (seen.verdict == "accepted", seen.uid, seen.log) == (
            told.accepted, told.uid, seen.log if told.accepted else told.log
        )  # fmt: skip


def test_a_missing_file_ends_slurmctld(cluster):
    assert start(cluster, None) == unreadable(release(cluster), "none.json", exists=False).log


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_not_a_whole_path_ends_slurmctld(cluster, name):
    relative = Model({"jwt_key": "/k", "jwks": name})
    told = predict(token(), KEY, release(cluster), NOW, USERS, relative, jwks=jwks(jwk()))
    assert start(cluster, jwks(jwk()), name) == told.log


def test_who_can_read_the_file_decides(cluster):
    """slurmctld, started as root, reads the file as SlurmUser up to 22.05, later as root."""
    cluster.sandbox.write([Entry("root.json", jwks(jwk()), 0o400)])
    ends = unreadable(release(cluster), "root.json").log
    line = start(cluster, None, f"{cluster.sandbox.work}/root.json")
    assert line == (ends if release(cluster).series == "22.05" else None)


def test_reconfigure_reads_a_replaced_file_from_24_11_on(cluster):
    assert start(cluster, jwks(jwk())) is None
    new = private_key(1)
    cluster.sandbox.write([Entry(conf.JWKS_FILE, jwks(jwk(new)), 0o600, SLURM)])
    assert [cluster.ask(token(key)).verdict for key in (None, new)] == ["accepted", "refused"]
    cluster.scontrol("reconfigure", user="root")
    cluster.wait_until_up()
    answers = ["accepted", "refused"] if release(cluster).series == "22.05" else ["refused", "accepted"]
    assert [cluster.ask(token(key)).verdict for key in (None, new)] == answers
