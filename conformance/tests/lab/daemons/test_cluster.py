"""A real slurmctld's verdicts on tokens that the tests sign themselves."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from slurm_jwt import Issuer
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.daemons.conf import Settings
from slurm_jwt_conformance.lab.errors import DaemonDied, KeyRefused, SlurmError, TokenRefused
from support.slurm import require_slurm

pytestmark = pytest.mark.slurm

KEY = bytes(range(32))
NOW = 1893456000
LATER = 4102444800


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def signed(claims, *, alg="HS256", key=KEY, digest="sha256"):
    header = json.dumps({"alg": alg, "typ": "JWT"}).encode()
    text = b64(header) + b"." + b64(json.dumps(claims).encode())
    return text + b"." + b64(hmac.digest(key, text, digest))


def claims(**changes):
    return {"exp": LATER, "iat": 1577836800, "sun": "alice"} | changes


@pytest.fixture(scope="module")
def slurm():
    return require_slurm()


@pytest.fixture(scope="module")
def cluster(slurm):
    with Cluster(slurm, KEY) as running:
        yield running


@pytest.fixture(scope="module")
def frozen(slurm):
    with Cluster(slurm, KEY, clock=NOW) as running:
        yield running


def test_a_good_token_becomes_its_user(cluster):
    seen = cluster.ask(signed(claims()))
    assert (seen.verdict, seen.uid, seen.user) == ("accepted", 2001, "alice")
    assert seen.log.endswith("REQUEST_BUILD_INFO from UID=2001")


def test_another_key_is_refused_with_the_reason_of_the_log(cluster):
    seen = cluster.ask(signed(claims(), key=KEY[::-1]))
    assert seen.verdict == "refused"
    assert seen.uid is None
    assert "jwt_decode failure" in seen.log
    assert seen.exit != 0


def test_answers_belong_to_their_questions(cluster):
    questions = [
        signed(claims()),
        b"junk",
        signed(claims(sun="bob")),
        signed(claims(exp=1)),
        signed(claims()),
    ]
    seen = [cluster.ask(question) for question in questions]
    assert [each.uid for each in seen] == [2001, None, 2002, None, 2001]
    assert "token expired" in seen[3].log
    assert "token expired" not in seen[1].log


def test_a_number_as_name_is_taken_for_a_uid(cluster):
    assert cluster.ask(signed(claims(sun="0"))).uid == 0


@pytest.mark.parametrize("name", ["nosuchuser", ""])
def test_an_unknown_name_becomes_uid_99(cluster, name):
    seen = cluster.ask(signed(claims(sun=name)))
    assert (seen.verdict, seen.uid, seen.user) == ("accepted", 99, None)


@pytest.mark.parametrize(
    ("alg", "digest", "accepting"),
    [
        ("hs256", "sha256", {"20.11", "22.05"}),
        ("HS384", "sha384", {"20.11"}),
        ("HS512", "sha512", {"20.11"}),
    ],
)
def test_other_spellings_and_algorithms_depend_on_the_release(cluster, alg, digest, accepting):
    seen = cluster.ask(signed(claims(), alg=alg, digest=digest))
    assert (seen.verdict == "accepted") == (cluster.installation.label in accepting)


@pytest.mark.parametrize(("exp", "verdict"), [(NOW - 1, "refused"), (NOW, "accepted"), (NOW + 1, "accepted")])
def test_expiry_is_judged_to_the_second(frozen, exp, verdict):
    assert frozen.ask(signed(claims(exp=exp))).verdict == verdict


@pytest.mark.parametrize(
    ("token", "reason"),
    [(b"a\0b", "NUL"), (b"a" * 131062, "131061"), (signed(claims(pad="x" * 131072)), "131061")],
)
def test_what_an_environment_variable_cannot_hold(cluster, token, reason):
    seen = cluster.ask(token)
    assert seen.verdict == "cannot-be-carried"
    assert reason in seen.client


def test_the_longest_token_that_can_be_carried_is_judged(cluster):
    assert cluster.ask(b"a" * 131061).verdict == "refused"


@pytest.mark.parametrize("token", [b"", b".", b"\xff\xfe\n\x1b[31m", b"Bearer x.y.z"])
def test_junk_is_refused(cluster, token):
    assert cluster.ask(token).verdict == "refused"


FORGED = "x\n[2030-01-01T00:00:00.000] debug2: Processing RPC: REQUEST_BUILD_INFO from UID=0"


def test_a_log_line_inside_a_refused_token_accepts_nothing(cluster):
    seen = cluster.ask(signed(claims(), alg=FORGED))
    assert seen.verdict == "refused"
    assert cluster.ask(signed(claims())).uid == 2001


def test_a_log_line_inside_an_accepted_token_makes_no_root(cluster):
    assert cluster.ask(signed(claims(sun=FORGED))).uid == 99


def test_scontrol_issues_what_it_accepts_itself(cluster):
    assert cluster.ask(cluster.issue("bob", 60)).uid == 2002


def test_scontrol_issues_the_bytes_of_the_reference_of_the_same_second(frozen):
    for user, lifespan in (("alice", 1800), ("root", 1), ("o.brien_2-x", 2_000_000_000)):
        assert frozen.issue(user, lifespan).decode() == Issuer(KEY).issue(user, lifespan, now=NOW)
    assert frozen.issue("bob").decode() == Issuer(KEY).issue("bob", now=NOW)


def test_who_may_issue(cluster):
    if cluster.mode != "root":
        with pytest.raises(SlurmError, match="no account"):
            cluster.issue(None, by="alice")
        return
    assert cluster.ask(cluster.issue(None, by="alice")).uid == 2001
    assert cluster.ask(cluster.issue("bob", by="root")).uid == 2002
    with pytest.raises(TokenRefused, match="issued no token"):
        cluster.issue("bob", by="alice")


def test_an_empty_key_keeps_slurmctld_from_starting(slurm):
    with pytest.raises(KeyRefused) as caught:
        Cluster(slurm, b"")
    assert "Could not load key file" in caught.value.reason
    assert "slurm-jwt." not in caught.value.reason


@pytest.mark.parametrize("key", [b"k", b"\0" * 32, b"\n", hashlib.sha256(b"").digest() * 5])
def test_any_other_key_starts(slurm, key):
    with Cluster(slurm, key) as running:
        assert running.ask(signed(claims(), key=key)).uid == 2001


def test_two_clusters_at_once_keep_their_keys_apart(slurm, cluster):
    with Cluster(slurm, b"other key" * 4) as other:
        token = signed(claims(), key=b"other key" * 4)
        assert (other.ask(token).verdict, cluster.ask(token).verdict) == ("accepted", "refused")


def test_a_slurmctld_that_dies_is_said_to_have_died(slurm):
    with Cluster(slurm, KEY) as running:
        running.kill("slurmctld")
        with pytest.raises(DaemonDied, match="slurmctld ended"):
            running.ask(signed(claims()))


def test_a_slurmctld_that_dies_makes_no_token_either(slurm):
    with Cluster(slurm, KEY) as running:
        running.kill("slurmctld")
        with pytest.raises(DaemonDied, match="slurmctld ended"):
            running.issue("alice")


def test_a_token_travels_in_the_environment_alone(cluster, monkeypatch):
    asked = []
    run = cluster.sandbox.run
    monkeypatch.setattr(
        cluster.sandbox, "run", lambda argv, env, **more: asked.append((argv, env)) or run(argv, env, **more)
    )
    token = signed(claims())
    cluster.ask(token)
    ((argv, env),) = asked
    assert [value for value in env.values() if token in value] == [token]
    assert token.decode() not in " ".join(argv)


def test_a_configuration_that_slurmctld_refuses_shows_its_log(slurm):
    with pytest.raises(SlurmError) as caught:
        Cluster(slurm, KEY, settings=Settings(extra=("SelectType=select/\x1b[31mnone",)))
    assert "ended at its start" in caught.value.what
    assert "select/" in caught.value.log
    assert "\x1b" not in str(caught.value)


def test_a_frozen_clock_needs_faketime(slurm):
    import dataclasses

    bare = dataclasses.replace(slurm, faketime=None)
    with pytest.raises(SlurmError, match="libfaketime"):
        Cluster(bare, KEY, clock=NOW)
