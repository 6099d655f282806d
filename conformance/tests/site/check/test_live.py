"""`check` beside a slurmctld that runs, without an option: the same answers, to the log line."""

from __future__ import annotations

import json
import sys

import pytest

from slurm_jwt.strict import jws
from slurm_jwt_conformance.lab.daemons.cluster import Cluster

pytestmark = pytest.mark.slurm
KEY = bytes(range(32))
CLAIMS = {"exp": 4102444800, "iat": 1577836800, "sun": "alice"}

AS_SOMEBODY = """
import contextlib, io, os, sys, traceback
import slurm_jwt_conformance.site.discovery.showing
from slurm_jwt_conformance.cli import main
uid, token, arguments = int(sys.argv[1]), sys.argv[2], ["check", "--json", *sys.argv[3:]]
os.environ["SLURM_JWT"] = token
sys.stdin = open("/dev/null")
if uid:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        main(arguments)
    os.setgroups([]), os.setgid(uid), os.setuid(uid)
sys.exit(main(arguments))
"""
"""Python itself may lie where only root can read it: a first run loads all of it."""


@pytest.fixture(scope="module")
def cluster(host_slurm):
    with Cluster(host_slurm, KEY) as running:
        yield running


def signed(claims, header=None, key=KEY):
    header = header or {"alg": "HS256", "typ": "JWT"}
    text = b".".join(jws.encode(json.dumps(part).encode()) for part in (header, claims))
    return text + b"." + jws.signer(key)(text)


def check(cluster, token, *options, user="root", place=True, shell=""):
    """Run the command inside; return its exit code and its answer."""
    argv = [sys.executable, "-c", AS_SOMEBODY, str(cluster.sandbox.uid(user)), token.decode(), *options]
    environment = {"PATH": b"/usr/sbin:/usr/bin:/sbin:/bin", "HOME": b"/"}
    if place:
        environment["SLURM_CONF"] = f"{cluster.sandbox.work}/slurm.conf".encode()
    if shell:
        argv = ["/bin/sh", "-c", f'{shell} && exec "$@"', "sh", *argv]
    done = cluster.sandbox.run(argv, environment, user="root", seconds=60)
    assert done.out, done.err
    return done.exit, json.loads(done.out)


TOKENS = {
    "good": signed(CLAIMS),
    "root": signed(CLAIMS | {"sun": "root"}),
    "a number": signed(CLAIMS | {"sun": "0"}),
    "a stranger": signed(CLAIMS | {"sun": "nosuchuser"}),
    "in capitals": signed(CLAIMS | {"sun": "Alice"}),
    "expired": signed(CLAIMS | {"exp": 1577836801}),
    "a fraction": signed(CLAIMS | {"exp": 4102444800.5}),
    "no exp": signed({"iat": 1577836800, "sun": "alice"}),
    "no iat": signed({"exp": 4102444800, "sun": "alice"}),
    "no sun": signed({"exp": 4102444800, "iat": 1577836800}),
    "username": signed({"exp": 4102444800, "iat": 1577836800, "username": "alice"}),
    "another key": signed(CLAIMS, key=KEY + b"\n"),
    "another algorithm": signed(CLAIMS, {"alg": "RS256", "typ": "JWT"}),
    "in small letters": signed(CLAIMS, {"alg": "hs256", "typ": "JWT"}),
    "at+jwt": signed(CLAIMS, {"alg": "HS256", "typ": "at+jwt"}),
    "cut off": signed(CLAIMS)[:-5],
    "padded": signed(CLAIMS) + b"=",
    "no token": b"what-is-this",
}


@pytest.mark.parametrize("name", TOKENS)
def test_the_answer_without_any_option_is_the_daemons(cluster, host_slurm, name):
    code, said = check(cluster, TOKENS[name])
    seen = cluster.ask(TOKENS[name])
    (release,) = said["slurm"]
    told = said["slurm"][release]
    assert release.startswith(host_slurm.version)
    assert told["basis"] == "observed"
    assert (told["accepted"], told["uid"]) == (seen.verdict == "accepted", seen.uid)
    assert told["log"] == (None if told["accepted"] else seen.log)
    assert (code == 0) == said["passes"]
    assert said["site"]["key"]["bytes"] == len(KEY)
    if code == 0:
        assert seen.user == json.loads(jws.examine_form(TOKENS[name])[1].payload)["sun"]


def test_the_running_slurmctld_names_its_configuration_before_the_usual_place(cluster):
    mount = f"mount --bind {cluster.sandbox.work} /etc/slurm"  # for the sandbox alone
    code, said = check(cluster, TOKENS["good"], place=False, shell=mount)
    assert code == 0
    assert said["site"]["conf"]["path"] == f"{cluster.sandbox.work}/slurm.conf"
    assert "slurmctld" in said["site"]["conf"]["source"]


def test_who_may_not_read_the_key_is_told_and_gets_no_pass(cluster):
    code, said = check(cluster, TOKENS["good"], user="courier")
    assert code == 1
    assert said["verdict"] == "undetermined"
    assert "may not be read by this user" in said["site"]["key"]["trouble"]
    assert said["slurm"] == {}
    assert "signature.match" in said["not_checked"]
    as_slurm, _ = check(cluster, TOKENS["good"], user="slurm")
    assert as_slurm == 0
