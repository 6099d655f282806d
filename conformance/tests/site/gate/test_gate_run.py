"""`slurm-jwt run --site`: fit or not fit for use with a cluster, and on what evidence."""

from __future__ import annotations

import json
import re
import shlex
import sys
from importlib.resources import files

import jsonschema
import pytest

from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.fitness import library_report as fit
from slurm_jwt_conformance.site.fitness import pages as fit_pages
from slurm_jwt_vectors import load

pytestmark = pytest.mark.program

SUITE = load()
SLURM = ("-i", "slurmctld:24.11")
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]{20,}")
ADAPTER = """
import base64, hmac, json, sys

def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")

def issue(claims, key):
    if claims.get("sun") == "bob":
        %s
    text = b64(b'{"alg":"HS256","typ":"JWT"}') + b"." + b64(json.dumps(claims).encode())
    return (text + b"." + b64(hmac.digest(key, text, "sha256"))).decode()

def lax(asked):
    try:
        part = asked["token"].split(".")[1]
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) %% 4)))["exp"] > asked["now"]
    except Exception:
        return False

for line in sys.stdin:
    asked = json.loads(line)
    if asked["op"] == "start":
        said = {"protocol": 2, "library": "fake\\u202e", "version": "1", "language": "Python",
                "roles": %s, "clock": "argument", "not_checked": []}
    elif asked["op"] == "stop":
        break
    elif asked["op"] == "issue":
        token = issue(asked["claims"], base64.b64decode(asked["key_base64"]))
        said = {"id": asked["id"], "outcome": "token", "token": token}
    else:
        said = {"id": asked["id"], "outcome": "accept" if lax(asked) else "reject", "error": "Refused: no"}
        said = said if said["outcome"] == "reject" else {"id": asked["id"], "outcome": "accept"}
    print(json.dumps(said), flush=True)
"""
WAIVER = '[[waiver]]\nrule = "{}"\nreason = "Its next release."\nby = "CISO"\nexpires = {}\n'


@pytest.fixture
def adapter(tmp_path):
    """Write an adapter that changes the claims before it signs; give its id for -i."""

    def write(change="pass", roles='["issuer", "verifier"]'):
        path = tmp_path / "adapter.py"
        path.write_text(ADAPTER % (change, roles), "utf-8")
        return f"cmd:{shlex.join([sys.executable, str(path)])}"

    return write


@pytest.fixture
def run(tmp_path, capsys):
    """Call `slurm-jwt run --site`; give (exit code, stdout, stderr)."""

    def call(*arguments, site=("--site", "cluster one")):
        try:
            code = main(["run", "--out", str(tmp_path / "report"), "--quiet", *site, *arguments])
        except SystemExit as left:
            code = left.code
        out, err = capsys.readouterr()
        return code, out, err

    return call


def document(folder):
    """Read a site's report, hold it against its schema, and see that page and JSON hold no token."""
    text = (folder / "site.json").read_text("utf-8")
    page = (folder / "site.html").read_text("utf-8")
    told = json.loads(text)
    schema = json.loads(files("slurm_jwt_reports").joinpath("schema", "site.schema.json").read_text("utf-8"))
    jsonschema.validate(told, schema, jsonschema.Draft202012Validator)
    assert not TOKEN.search(text)
    assert not TOKEN.search(page)
    assert "\u202e" not in text + page
    return told["conclusion"], told["report"]


def rule(report, name):
    (found,) = [one for one in report["rules"] if one["id"] == name]
    return found


def test_a_sound_issuer_is_fit_and_the_page_says_on_what_evidence(run, tmp_path):
    code, out, _ = run("-i", "pyjwt:careful", *SLURM, "-k", "issue.*")
    assert code == 0, out
    assert "pyjwt:careful: fit." in out
    conclusion, report = document(tmp_path / "report")
    assert conclusion["verdict"] == "fit"
    assert report["site"] == "cluster one"
    assert [token["user"] for token in report["tokens"]] == ["alice", "bob", "alice", "alice", "alice"]
    assert {answer["user"] for answer in report["answers"]} == {"alice", "bob"}
    assert {answer["basis"] for answer in report["answers"]} == {"observed"}
    assert report["key"]["bytes"] == 32
    assert any("was not asked" in note for note in report["notes"])
    assert any("must see to" in note and "sun.required" in note for note in report["notes"])
    assert rule(report, "issue.granted")["state"] == "kept"
    assert (tmp_path / "report" / "index.html").exists()


def test_an_issuer_that_cannot_use_the_cluster_s_kind_of_key_is_not_fit(run, tmp_path):
    code, out, _ = run("-i", "pyjwt:careful", *SLURM, "-k", "issue.*", "--site-key", "pem-pkcs1")
    assert code == 1
    assert "pyjwt:careful: not fit." in out
    conclusion, report = document(tmp_path / "report")
    assert "issue.granted is broken" in conclusion["against"][0]
    assert report["tokens"] == []
    assert report["key"]["shape"].startswith("test key pem-pkcs1")


def test_a_rule_that_its_tokens_break_counts_until_it_is_waived(run, adapter, tmp_path):
    broken = ("-i", adapter('claims.pop("iat", None)'), *SLURM, "-k", "issue.*")
    code, _, _ = run(*broken)
    conclusion, report = document(tmp_path / "report")
    assert (code, conclusion["verdict"]) == (1, "not fit")
    assert rule(report, "iat.required")["state"] == "broken"
    assert "issue.sun-bob: " in rule(report, "iat.required")["found"][0]
    policy = tmp_path / "site.toml"
    for day, verdict in (("2099-01-01", "fit"), ("2020-01-01", "not fit")):
        policy.write_text("".join(WAIVER.format(name, day) for name in ("iat.required", "issue.granted")))
        run(*broken, "--policy", str(policy), "--overwrite")
        conclusion, report = document(tmp_path / "report")
        assert conclusion["verdict"] == verdict
        assert {waiver["expires"] for waiver in report["waivers"]} == {day}


def test_a_lifetime_that_was_not_requested_needs_an_acceptance(run, adapter, tmp_path):
    eternal = ("-i", adapter('claims["exp"] += 10**8'), *SLURM, "-k", "issue.*")
    granted = WAIVER.format("issue.granted", "2099-01-01")
    policy = tmp_path / "site.toml"
    for text, verdict, shown in (
        (granted, "undetermined", "neither the policy (token.max_lifetime) nor a waiver of token.lifetime"),
        (granted + WAIVER.format("token.lifetime", "2020-01-01"), "undetermined", "neither the policy"),
        (granted + WAIVER.format("token.lifetime", "2099-01-01"), "fit", "accepted by a waiver until 2099"),
        ("[token]\nmax_lifetime = 200000000\n" + granted, "fit", "accepted by the policy"),
    ):
        policy.write_text(text)
        run(*eternal, "--policy", str(policy), "--overwrite")
        conclusion, _ = document(tmp_path / "report")
        assert conclusion["verdict"] == verdict
        assert shown in json.dumps(conclusion)


def test_an_issuer_that_names_another_user_is_not_fit(run, adapter, tmp_path):
    code, _, _ = run("-i", adapter('claims["sun"] = "root"'), *SLURM, "-k", "issue.*")
    conclusion, _ = document(tmp_path / "report")
    assert code == 1
    assert any("accepts a token of bob as root (uid 0)" in reason for reason in conclusion["against"])


def test_an_issuer_that_signs_with_something_else_is_not_fit(run, adapter, tmp_path):
    run("-i", adapter("key = key[::-1]"), *SLURM, "-k", "issue.*")
    conclusion, report = document(tmp_path / "report")
    assert rule(report, "signature.match")["state"] == "broken"
    assert any("refuses a token of bob: error: auth_p_verify" in reason for reason in conclusion["against"])


def test_several_have_pages_of_their_own_and_json_names_them(run, tmp_path):
    code, out, _ = run("-i", "pyjwt", *SLURM, "-k", "issue.*", "--json")
    said = json.loads(out)
    assert code == said["exit"] == 0
    assert [(one["implementation"], one["verdict"]) for one in said["site"]] == [
        ("pyjwt:careful", "fit"),
        ("pyjwt:defaults", "fit"),
    ]
    for name in ("pyjwt-careful", "pyjwt-defaults"):
        document(tmp_path / "report" / "site" / name)
    assert not (tmp_path / "report" / "site.html").exists()


def test_a_strict_verifier_is_fit_and_one_that_takes_all_is_not(run, adapter, tmp_path):
    code, out, _ = run("-i", "reference", *SLURM, "--site-role", "verifier")
    assert code == 0, out
    conclusion, report = document(tmp_path / "report")
    assert conclusion["verdict"] == "fit"
    assert rule(report, "verify.valid")["state"] == "kept"
    assert all("made by reference" in token["what"] for token in report["tokens"])
    code, _, _ = run("-i", adapter(), *SLURM, "--site-role", "both")
    _, report = document(tmp_path / "report")
    assert code == 1
    assert rule(report, "signature.match")["state"] == "broken"
    assert re.search(r" and \d+ more: accepted, though invalid", rule(report, "signature.match")["found"][0])


def test_what_a_verifier_was_not_asked_is_never_fit(run, tmp_path):
    code, _, _ = run("-i", "reference", *SLURM, "--site-role", "verifier", "-k", "exp.*")
    conclusion, _ = document(tmp_path / "report")
    assert (code, conclusion["verdict"]) == (1, "undetermined")
    assert "signature.match was not checked." in conclusion["unknown"]


def test_rules_that_a_verifier_does_not_claim_are_not_checked(run, tmp_path):
    run("-i", "authlib:defaults", *SLURM, "--site-role", "verifier")
    _, report = document(tmp_path / "report")
    line = rule(report, "exp.required")
    assert line["state"] == "not checked"
    assert line["found"][0].startswith("the verifier does not claim it, and takes ")
    assert "exp.missing" in line["found"][0]


def test_slurm_conf_gives_its_hash_and_the_shape_of_the_key(run, tmp_path):
    own = SUITE.keys["pem-pkcs8"].bytes
    (tmp_path / "own.key").write_bytes(own)
    conf = tmp_path / "slurm.conf"
    conf.write_text(f"ClusterName=x\nAuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key={tmp_path}/own.key\n")
    run("-i", "reference", *SLURM, "-k", "issue.*", "--conf", str(conf))
    _, report = document(tmp_path / "report")
    assert re.fullmatch("[0-9a-f]{64}", report["configuration"]["sha256"])
    assert report["configuration"]["file"] == str(conf)
    assert report["key"]["shape"].startswith("test key pem-pkcs8")
    assert any(note.startswith("The cluster's own key: ") for note in report["notes"])
    assert "PRIVATE KEY-----" not in json.dumps(report)


@pytest.mark.parametrize(
    ("key", "like"),
    [
        (b"\x00\xff" * 16, "random32"),
        (b"k", "bytes31"),
        (b"ab" * 32 + b"\n", "hex-line"),
        (b"A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t0U1v=\n", "base64-line"),
        (b"correct horse battery staple, and more of it", "printable32"),
        (bytes(range(256)), "long"),
        (b"-----BEGIN RSA PRIVATE KEY-----\r\nMIIE\r\n-----END RSA PRIVATE KEY-----\r\n", "pem-pkcs1-crlf"),
        (b"-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----\n", "pem-public"),
        (b"-----BEGIN EC PRIVATE KEY-----\nMIIE\n-----END EC PRIVATE KEY-----\n", "pem-pkcs8"),
    ],
)
def test_the_test_key_is_like_the_cluster_s(key, like):
    assert fit._like(key) == like
    assert like in SUITE.keys


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--site", "c"), "needs the implementation"),
        (("--site", "c", "-i", "slurmctld:24.11"), "only slurmctld is named"),
        (("--site", " ", "-i", "pyjwt"), "needs the name of the cluster"),
        (("--site", "c", "-i", "pyjwt", *SLURM, "--site-key", "pem"), "There is no test key 'pem'"),
        (("--site", "c", "-i", "pyjwt", *SLURM, "--policy", "missing"), "Cannot read the policy missing"),
        (("--site", "c", "-i", "pyjwt", *SLURM, "--conf", "missing"), "missing cannot be read"),
        (("--policy", "p", "-i", "pyjwt"), "--policy is for a site's report"),
        (("--site-role", "issuer", "-i", "pyjwt"), "--site-role is for a site's report"),
    ],
)
def test_a_wrong_call_costs_no_run(run, tmp_path, arguments, words):
    code, _, err = run(*arguments, site=())
    assert code == 2
    assert words in err
    assert not (tmp_path / "report").exists()


def test_who_issues_nothing_is_not_judged_as_an_issuer(run, adapter):
    code, _, err = run("-i", adapter(roles='["verifier"]'), *SLURM, "-k", "exp.missing")
    assert code == 2
    assert "is no issuer." in err
    assert "--site-role verifier" in err


def test_of_a_broken_adapter_there_is_no_report(run, adapter, tmp_path):
    broken = adapter().replace("adapter.py", "missing.py")
    code, _, err = run("-i", broken, *SLURM, "-k", "issue.usual")
    assert code == 3
    assert "no site's report of cmd:" in err
    assert not (tmp_path / "report" / "site.html").exists()


def test_folders_have_plain_names_of_their_own(tmp_path):
    names = dict.fromkeys(["cmd:../../x y", "cmd:..//..//x y", "a:b", "a-b", "cmd:\x1b[31m"])
    found = fit_pages.folders(names, tmp_path)
    assert len(set(found.values())) == len(names)
    for place in found.values():
        assert place.parent == tmp_path / "site"
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", place.name)


@pytest.mark.slurm
@pytest.mark.parametrize("release", ["20.11", "22.05", "24.11", "26.05"])
def test_a_real_slurmctld_is_asked_about_each_token(run, tmp_path, release):
    from support.slurm import require_release

    require_release(release)
    named = ("-i", "joserfc:careful", "-i", f"slurmctld:{release}", "--live")
    code, out, _ = run(*named, "-k", "issue.usual", "-k", "issue.sun-bob")
    assert code == 1  # most wishes were not asked: undetermined
    conclusion, report = document(tmp_path / "report")
    assert conclusion["verdict"] == "undetermined", out
    assert conclusion["against"] == []
    assert {(one["basis"], one["accepted"]) for one in report["answers"]} == {("asked", True)}
    assert [one["uid"] for one in report["answers"]] == [2001, 2002, 2001, 2001, 2001]
    assert report["release"].startswith(release)
