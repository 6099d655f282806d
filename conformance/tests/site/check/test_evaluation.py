"""One decision for a token, by the command: examples of what `test_nothing_unchecked` enumerates."""

from __future__ import annotations

import base64
import hmac
import json

import pytest

from slurm_jwt.slurmctld import releases
from support.check_site import CLAIMS, SHORT, Cluster

JUDGES = ("both", "rules", "slurm")


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def signed(header, key=b"", digest="sha256"):
    text = b64(json.dumps(header).encode()) + b"." + b64(json.dumps(CLAIMS).encode())
    return text + b"." + (b64(hmac.digest(key, text, digest)) if key else b"")


FORGED = {
    "alg none": signed({"alg": "none", "typ": "JWT"}),
    "RS256": signed({"alg": "RS256", "typ": "JWT"}, b"a forger's key"),
    "HS384": signed({"alg": "HS384", "typ": "JWT"}, b"a forger's key", "sha384"),
}
WAIVER = b'[[waiver]]\nrule = "alg.hs256"\nreason = "r"\nby = "b"\nexpires = 2099-12-31\n'


@pytest.fixture
def cluster(tmp_path, monkeypatch, capsys):
    return Cluster(tmp_path, monkeypatch, capsys)


@pytest.fixture
def bare_host(cluster):
    """A host without Slurm and slurm.conf."""
    return lambda *options, **members: cluster.check("--no-discovery", *options, **members)


@pytest.mark.parametrize("name", FORGED)
@pytest.mark.parametrize("who", JUDGES)
def test_a_waiver_of_the_algorithm_lets_no_unchecked_signature_pass(cluster, name, who):
    """Fault V1."""
    policy = cluster.write("site.toml", WAIVER)
    said = cluster.check("--judge", who, "--policy", policy, "--json", token=FORGED[name]).json
    assert said["outcome"] == ("undetermined" if who == "rules" else "fail")
    assert "signature.match" in said["not_checked"]


@pytest.mark.parametrize("token", [b"garbage", FORGED["alg none"], FORGED["HS384"]])
@pytest.mark.parametrize("form", [(), ("--json",), ("--lines",), ("--jsonl",)])
def test_without_a_release_slurm_as_the_judge_passes_nothing(bare_host, token, form):
    """Fault V2."""
    given = json.dumps({"id": 1, "token": token.decode()}).encode() if form == ("--jsonl",) else token
    said = bare_host("--judge", "slurm", *form, token=given)
    assert said.code == 1
    if form:
        assert said.json["outcome"] == "undetermined"


@pytest.mark.parametrize("form", ["single", "--lines"])
def test_without_a_named_or_installed_release_all_are_asked(cluster, bare_host, form):
    key = ("--key-file", str(cluster.root / "jwt_hs256.key"))
    said = bare_host(*key, "--json" if form == "single" else form)
    assert said.code == 0
    assert len(said.json["slurm"]) == len(releases.series())


def test_some_of_all_releases_are_undetermined_with_advice_and_a_named_one_decides(cluster, bare_host):
    key = ("--key-file", str(cluster.root / "jwt_hs256.key"))
    token = cluster.token(header={"alg": "HS256", "typ": "x"})
    said = bare_host("--judge", "slurm", "--json", *key, token=token)
    (reason,) = said.json["reasons"]
    assert (said.code, said.json["outcome"]) == (1, "undetermined")
    assert reason.startswith("refused by Slurm 20.02, 20.11: ")
    assert "accepted by Slurm 23.02 to 26.05" in reason
    assert reason.endswith("name the cluster's release with --release")
    for release, outcome in (("22.05", "fail"), ("24.11", "pass")):
        said = bare_host("--judge", "slurm", "--release", release, "--json", *key, token=token)
        assert said.json["outcome"] == outcome


def test_a_named_release_without_a_key_is_undetermined_and_the_rules_are_judged(bare_host):
    said = bare_host("--release", "22.05", "--json")
    assert (said.code, said.json["outcome"], said.json["verdict"]) == (1, "undetermined", "undetermined")
    assert "not known for Slurm 22.05/libjwt1.10.2: no key was given or could be read" in said.json["reasons"]


@pytest.mark.parametrize("form", [("--json",), ("--lines",)])
def test_a_user_who_was_not_looked_up_is_undetermined(cluster, bare_host, form):
    """Fault V7."""
    key = ("--key-file", str(cluster.root / "jwt_hs256.key"))
    said = bare_host(*key, *form, users=None)
    assert (said.code, said.json["outcome"]) == (1, "undetermined")
    assert "the user was not looked up" in " ".join(said.json["reasons"])


def test_the_page_and_the_exit_code_agree(cluster):
    """Faults V3 and V7: the page is undetermined although the command passes only with --passwd none."""
    page = cluster.root / "fit.html"
    for options, users, code, verdict in (
        ((), "passwd", 0, "fit"),
        (("--judge", "rules"), "passwd", 0, "fit"),
        (("--judge", "rules", "--no-discovery"), "passwd", 1, "undetermined"),
        (("--no-discovery",), "passwd", 1, "undetermined"),
        ((), "none", 0, "undetermined"),
    ):
        said = cluster.check(*options, "--html", str(page), users=users, token=cluster.token(CLAIMS | SHORT))
        conclusion = json.loads((cluster.root / "fit.json").read_text())["conclusion"]
        assert (said.code, conclusion["verdict"]) == (code, verdict), options


@pytest.mark.parametrize("name", ["text", "json", "sarif", "junit", "markdown", "lines", "jsonl", "html"])
def test_every_format_says_that_the_user_was_not_checked(cluster, name):
    token = cluster.token()
    if name == "jsonl":
        token = json.dumps({"id": 1, "token": token.decode()}).encode()
    options = {"text": (), "html": ("--html", str(cluster.root / "a.html"))}
    options |= dict.fromkeys(("json", "lines", "jsonl"), (f"--{name}",))
    said = cluster.check(*options.get(name, (f"--{name}", "-")), users="none", token=token)
    assert said.code == 0
    text = (cluster.root / "a.html").read_text() if name == "html" else said.out
    plain = " ".join(text.replace('"', "").split())
    assert "user: not checked" in plain or "user:not checked" in plain
