"""The probe on real daemons of four releases: slurmctld, slurmrestd and slurmdbd on MariaDB."""

from __future__ import annotations

import base64
import hmac
import json
import re
import secrets
import sys
import time

import pytest

from slurm_jwt import Issuer
from slurm_jwt_conformance.lab.daemons import conf, dbd, restd
from slurm_jwt_conformance.lab.daemons.cluster import Cluster
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.site.probe import probe, verdict
from support.probe_lab import LabPrograms, LabWeb, make_private, wish
from support.slurm import require_release

KEY = secrets.token_bytes(32)
NAME_AND_TOKEN = "slurmrestd, X-SLURM-USER-NAME and X-SLURM-USER-TOKEN"
SINCE_23_02 = ("slurmrestd, X-SLURM-USER-TOKEN", "slurmrestd, Authorization: Bearer")


def issued(name, key=KEY):
    return Issuer(key).issue(name).encode()


def signed(claims, key=KEY):
    """Sign claims that no Issuer would: an old exp, for one."""

    def text(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    head = text(b'{"alg":"HS256","typ":"JWT"}') + b"." + text(json.dumps(claims).encode())
    return head + b"." + text(hmac.digest(key, head, "sha256"))


def ask(cluster, token, *, web=True, accounting=True, key=KEY, **more):
    programs = LabPrograms(cluster)
    means = probe.Means(programs, programs if accounting else None, LabWeb(cluster) if web else None)
    return probe.probe(means, wish(token, key)._replace(**more))


@pytest.fixture(scope="module", params=tuple(roots.SUITES))
def lab(request):
    with Cluster(require_release(request.param), KEY) as cluster:
        restd.add(cluster)
        dbd.add(cluster)
        yield cluster


def routes(lab):
    more = SINCE_23_02 if lab.installation.label > "23.02" else ()
    return ["scontrol", NAME_AND_TOKEN, *more, "sacctmgr"]


@pytest.mark.slurm
@pytest.mark.parametrize(("name", "uid"), [("alice", 2001), ("bob", 2002), ("root", 0), ("slurm", 64030)])
def test_a_good_token_is_taken_as_its_user(lab, name, uid):
    probed = ask(lab, issued(name))
    assert [place.route for place in probed.places] == routes(lab)
    assert {(place.state, place.control, place.comparison.agreement) for place in probed.places} == {
        ("accepted", "refused", "agrees")
    }
    *ours, accounting = probed.places
    assert {(place.identity.state, place.identity.uid, place.identity.name) for place in ours} == {
        ("verified", uid, name)
    }
    assert {place.release for place in probed.places} == {lab.installation.version}
    tells = name in {"root", "slurm"}  # slurmdbd shows its counts to administrators alone
    assert accounting.identity.state == ("verified" if tells else "not verified")
    word = "accepted" if tells else "identity not verified"
    assert verdict.of(probed).word == word
    assert verdict.of(probed, {"slurmdbd"}).word == "accepted"


@pytest.mark.slurm
def test_an_unknown_user_is_accepted_as_nobody_and_that_is_no_pass(lab):
    probed = ask(lab, issued("nosuchuser"))
    assert {place.state for place in probed.places} == {"accepted"}
    *ours, accounting = probed.places
    assert {(place.identity.state, place.identity.uid) for place in ours} == {("other", 99)}
    assert accounting.identity.state == "not verified"
    assert {place.comparison.agreement for place in probed.places} == {"agrees"}
    assert verdict.of(probed, {"slurmdbd"}).word == "somebody else"


@pytest.mark.slurm
def test_a_number_is_nobodys_name(lab):
    now = int(time.time())
    token = signed({"iat": now, "exp": now + 600, "sun": "2001"})
    probed = ask(lab, token, accounting=False)
    assert {(place.identity.state, place.identity.uid) for place in probed.places} == {("not verified", 2001)}
    assert verdict.of(probed).word == "identity not verified"
    told = ask(lab, token, accounting=False, uid=2001)
    assert verdict.of(told).word == "accepted"
    other = ask(lab, token, accounting=False, uid=2002)
    assert verdict.of(other).word == "somebody else"


@pytest.mark.slurm
@pytest.mark.parametrize("what", ["expired", "another key", "alg none"])
def test_a_refused_token_is_refused_everywhere(lab, what):
    now = int(time.time())
    token = {
        "expired": signed({"iat": now - 200, "exp": now - 100, "sun": "alice"}),
        "another key": issued("alice", KEY[::-1]),
        "alg none": b"eyJhbGciOiJub25lIn0." + issued("alice").split(b".")[1] + b".",
    }[what]
    probed = ask(lab, token)
    assert [place.route for place in probed.places] == routes(lab)
    assert {(place.state, place.identity, place.control) for place in probed.places} == {
        ("refused", None, "not asked")
    }
    known = [place.comparison for place in probed.places if place.daemon == "slurmctld"]
    assert {(told.agreement, told.accepted) for told in known} == {("agrees", False)}
    assert all(place.words for place in probed.places)
    assert verdict.of(probed).word == "refused"


@pytest.mark.slurm
def test_another_key_for_the_model_is_a_difference(lab):
    probed = ask(lab, issued("alice"), accounting=False, web=False, key=KEY[::-1])
    assert verdict.of(probed).word == "differs"
    unknown = ask(lab, issued("alice"), accounting=False, web=False, key=None)
    assert {place.comparison.agreement for place in unknown.places} == {"not predicted"}
    assert verdict.of(unknown).word == "accepted"


@pytest.mark.slurm
def test_slurmrestd_alone_tells_the_uid_where_it_shows_counts(lab):
    means = probe.Means(None, None, LabWeb(lab))
    probed = probe.probe(means, wish(issued("alice"), KEY))
    told = {(place.identity.state, place.identity.uid) for place in probed.places}
    counts = lab.installation.label > "21.08"
    assert told == {("verified", 2001) if counts else ("not verified", None)}
    assert verdict.of(probed).outcome.exit_code == (0 if counts else 1)


@pytest.mark.slurm
def test_a_way_that_the_release_does_not_know_is_not_asked_unless_it_is_named(lab):
    probed = ask(lab, issued("alice"), accounting=False)
    left_out = [each.what for each in probed.not_asked]
    named = ask(lab, issued("alice"), accounting=False, styles=("bearer",))
    if lab.installation.label < "23.02":
        assert left_out == [f"slurmctld, {route}" for route in SINCE_23_02]
        assert [place.state for place in named.places] == ["accepted", "refused"]
        assert "slurmctld did not see the token" in named.places[1].words
    else:
        assert left_out == []
        assert [place.state for place in named.places] == ["accepted", "accepted"]


class WithoutCounts(LabPrograms):
    """Commands without sdiag, as if the table of counts were full."""

    def run(self, name, arguments, token):
        return None if name == "sdiag" else super().run(name, arguments, token)


@pytest.mark.slurm
@pytest.mark.parametrize(
    ("name", "identity", "word"),
    [
        ("alice", ("verified", 2001, "alice"), "accepted"),
        ("slurm", ("verified", 64030, "slurm"), "accepted"),
        ("nosuchuser", ("not verified", None, None), "identity not verified"),
    ],
)
def test_a_token_made_by_slurmctld_tells_the_user_where_counts_do_not(lab, name, identity, word):
    """26.05 makes a token for nobody, too, and calls it so; the others refuse (Invalid user id)."""
    if (name, lab.installation.label) == ("nosuchuser", "26.05"):
        identity, word = ("other", 99, None), "somebody else"
    means = probe.Means(WithoutCounts(lab), None, None)
    without = probe.probe(means, wish(issued(name), KEY))
    assert without.places[0].identity.state == "not verified"
    told = probe.probe(means, wish(issued(name), KEY)._replace(by_token=True))
    found = told.places[0].identity
    assert (found.state, found.uid, found.name) == identity
    assert verdict.of(told).word == word


@pytest.mark.slurm
def test_a_number_is_nobodys_name_to_that_token_either(lab):
    now = int(time.time())
    token = signed({"iat": now, "exp": now + 600, "sun": "2001"})
    means = probe.Means(WithoutCounts(lab), None, None)
    told = probe.probe(means, wish(token, KEY)._replace(by_token=True)).places[0].identity
    assert (told.state, told.uid, told.name) == ("not verified", 2001, "alice")


READS = {"REQUEST_BUILD_INFO", "REQUEST_PING", "REQUEST_STATS_INFO", "ACCOUNTING_REGISTER_CTLD"}


@pytest.mark.slurm
def test_nothing_but_reading_is_asked(lab):
    """What the daemons' own logs say: the kinds of requests, and the state that must not change."""
    before = _state(lab)
    starts = {log: lab.sandbox.log_end(log) for log in (conf.LOG, dbd.LOG)}
    ask(lab, issued("root"))
    ask(lab, issued("alice"))
    time.sleep(0.2)
    told = {log: lab.sandbox.log_since(log, start, "$^", 0.0)[0] for log, start in starts.items()}
    ours = set(re.findall(r"Processing RPC: (\w+) from", told[conf.LOG]))
    assert {"REQUEST_BUILD_INFO", "REQUEST_STATS_INFO"} <= ours <= READS
    theirs = set(re.findall(r"\bDBD_\w+", told[dbd.LOG]))
    assert theirs  # 26.05's log at debug2 names the ends of connections alone
    assert {name for name in theirs if not name.startswith("DBD_GET_")} <= {"DBD_FINI"}
    assert "Security violation" not in told[dbd.LOG]
    assert _state(lab) == before


def _state(lab):
    shown = [
        lab.run("scontrol", "show", what, user="root", env={"SLURM_JWT": issued("root")}).out
        for what in ("config", "job", "partition", "reservation")
    ]
    assert "NEXT_JOB_ID" in shown[0]
    shown.append(
        lab.run("sacctmgr", "show", "transaction", user="root", env={"SLURM_JWT": issued("root")}).out
    )
    assert "Add Clusters" in shown[-1]
    return [re.sub(r"(?m)^Configuration data as of .*", "", text) for text in shown]


@pytest.mark.slurm
def test_with_private_data_slurmdbd_tells_who_it_is(lab):
    """Last: it ends slurmctld (which may die of new accounts in 22.05) and restarts slurmdbd."""
    lab.sandbox.end("slurmctld")
    token = issued("root")
    for command in ("account acc", "user alice account=acc"):
        added = ("--immediate", "add", *command.split())
        assert lab.run("sacctmgr", *added, user="root", env={"SLURM_JWT": token}).exit == 0
    make_private(lab, KEY)
    programs = LabPrograms(lab)
    known = probe.probe(probe.Means(None, programs, None), wish(issued("alice"), KEY))
    known_as = known.places[0].identity
    assert (known_as.state, known_as.uid, known_as.name) == ("verified", None, "alice")
    assert verdict.of(known).word == "accepted"
    unknown = probe.probe(probe.Means(None, programs, None), wish(issued("nosuchuser"), KEY))
    assert verdict.of(unknown).word == "identity not verified"


@pytest.mark.slurm
def test_what_takes_any_signature_is_no_acceptance(slurm):
    """slurmrestd with rest_auth/local believes the account at the other end of its socket, not the token."""
    with Cluster(slurm, KEY) as cluster:
        rest = restd.add(cluster)
        cluster.sandbox.end(restd.NAME)
        plugins = ",".join(f"openapi/{version}" for version in rest.versions)
        socket = f"unix:{cluster.sandbox.work}/{restd.SOCKET}"
        cluster.sandbox.run(["/bin/rm", "-f", socket.removeprefix("unix:")], cluster.environment, user="root")
        arguments = ("-a", "rest_auth/local", "-s", plugins, socket)
        cluster.start_daemon(restd.NAME, *arguments, user=accounts.COURIER)
        deadline = time.monotonic() + 10
        means = probe.Means(None, None, LabWeb(cluster))
        while True:
            try:
                probed = probe.probe(means, wish(issued("courier"), KEY))
                break
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
    assert [place.control for place in probed.places if place.state == "accepted"] == ["accepted"]
    assert verdict.of(probed).word == "accepted unchecked"


@pytest.mark.slurm
def test_others_requests_do_not_hide_ours(slurm):
    """bob asks all the time, in bursts of his own; the token is alice's."""
    with Cluster(slurm, KEY) as cluster:
        sdiag = slurm.program("scontrol").replace("scontrol", "sdiag")
        busy = f"while :; do {sdiag} >/dev/null; {sdiag} >/dev/null; {sdiag} >/dev/null; done"
        env = cluster.environment | {"SLURM_JWT": issued("bob")}
        cluster.sandbox.spawn("bob", ["/bin/sh", "-c", busy], env, user="bob", output="bob.out")
        means = probe.Means(LabPrograms(cluster), None, None)
        found = [probe.probe(means, wish(issued("alice"), KEY)).places[0].identity for _ in range(5)]
    assert {each.state for each in found} <= {"verified", "not verified"}
    assert {each.uid for each in found} <= {2001, None}
    assert 2001 in {each.uid for each in found}


@pytest.mark.slurm
def test_the_command_itself_on_a_cluster(host_slurm):
    """The whole command, as root on the cluster's host: it finds slurm.conf and the key by itself."""
    with Cluster(host_slurm, KEY) as cluster:
        restd.add(cluster)
        url = f"unix:{cluster.sandbox.work}/{restd.SOCKET}"
        command = [sys.executable, "-m", "slurm_jwt_conformance", "probe", "--json", "--url", url]

        def run(token, *more):
            env = cluster.environment | {"SLURM_JWT": token}
            return cluster.sandbox.run([*command, *more], env, user="root", seconds=30)

        good, unknown = run(issued("alice")), run(issued("nosuchuser"))
        away = run(issued("alice"), "--conf", "/nonexistent/slurm.conf")
    told = json.loads(good.out)
    assert (good.exit, told["verdict"], told["exit_code"]) == (0, "accepted", 0), good.err
    assert {place["model"]["agreement"] for place in told["places"]} == {"agrees"}
    assert {place["identity"]["uid"] for place in told["places"]} == {2001}
    assert (unknown.exit, json.loads(unknown.out)["verdict"]) == (1, "somebody else")
    assert (away.exit, away.out) == (2, "")


@pytest.mark.slurm
@pytest.mark.parametrize("release", ["24.11", "26.05"])
def test_a_cluster_that_limits_requests_and_keeps_data_private(release):
    """rl_enable lets a user send 30 requests, and then two a second; clients wait and try again."""
    private = "PrivateData=events,jobs,nodes,partitions,reservations,usage"
    settings = conf.Settings(extra=("SlurmctldParameters=rl_enable", private))
    with Cluster(require_release(release), KEY, settings=settings) as cluster:
        restd.add(cluster)
        probed = ask(cluster, issued("alice"), accounting=False)
    assert len(probed.places) == 4
    assert verdict.of(probed).word == "accepted"


@pytest.mark.slurm
def test_slurmdbd_with_another_key(slurm):
    with Cluster(slurm, KEY) as cluster:
        dbd.add(cluster, dbd.Access(KEY[::-1]))
        probed = ask(cluster, issued("alice"), web=False)
    told = verdict.of(probed)
    assert [place.state for place in probed.places] == ["accepted", "refused"]
    assert told.word == "refused"
    assert told.sentence == "the token is refused by slurmdbd (through sacctmgr)"
    assert [place.comparison.agreement for place in probed.places] == ["agrees", "differs"]


@pytest.mark.slurm
def test_the_command_by_tcp_on_loopback(host_slurm):
    with Cluster(host_slurm, KEY) as cluster:
        rest = restd.add(cluster)
        cluster.sandbox.end(restd.NAME)
        plugins = ",".join(f"openapi/{version}" for version in rest.versions)
        env = {"SLURM_JWT": b"daemon"}
        arguments = ("-a", "rest_auth/jwt", "-s", plugins, "127.0.0.1:6820")
        cluster.start_daemon(restd.NAME, *arguments, user=accounts.COURIER, env=env)
        deadline = time.monotonic() + 10
        while ("127.0.0.1", 6820) not in cluster.listening():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        command = [sys.executable, "-m", "slurm_jwt_conformance", "probe", "--url", "http://localhost:6820"]
        env = cluster.environment | {"SLURM_JWT": issued("alice")}
        alone = cluster.sandbox.run([*command, "--no-scontrol"], env, user="root", seconds=30)
    assert alone.exit == 0, alone.out + alone.err
    assert alone.out.startswith("pass: accepted: the token is accepted by slurmctld (through slurmrestd), as")
    assert "slurmctld, scontrol: not asked: --no-scontrol." in alone.out
