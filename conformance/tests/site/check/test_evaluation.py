"""One decision for a token: nothing unchecked passes, and every format shows the same outcome."""

from __future__ import annotations

import base64
import functools
import hmac
import itertools
import json
from xml.etree import ElementTree as ET

import pytest

from slurm_jwt.slurmctld import parse_passwd, releases
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.site.check import document, evaluation, predicted
from slurm_jwt_conformance.site.check.answer import judge
from slurm_jwt_conformance.site.check.bulk.judging import Judge
from slurm_jwt_conformance.site.check.bulk.lines import Block
from slurm_jwt_conformance.site.check.bulk.task import Task
from slurm_jwt_conformance.site.discovery.users import UserDatabase, no_database
from slurm_jwt_conformance.site.fitness import token_report
from slurm_jwt_conformance.site.gate import test_site as gate
from slurm_jwt_conformance.site.policy.form import waivable
from slurm_jwt_conformance.site.policy.policy import Policy, Waiver
from slurm_jwt_reports import formats
from slurm_jwt_reports.site import fitness
from slurm_jwt_vectors import load
from support.check_site import CLAIMS, SHORT, Cluster
from support.check_site import question as question_of

SUITE = load()
CASES = [case for case in SUITE.cases.values() if case.token_bytes is not None]
USERS = UserDatabase(parse_passwd(accounts.passwd()), "the users of the tests")
NONE = no_database("none (--passwd none)")
JUDGES = ("both", "rules", "slurm")
EVERY_WAIVER = Policy("site.toml", waivers=tuple(Waiver(rule, "r", "b", "9999-12-31") for rule in waivable()))
CHOICES = {"named": ("22.05", "26.05"), "installed": ("20.11",), "all": tuple(releases.series())}


@functools.cache
def question(key, who, choice="all", policy=None, users="known"):
    database = {"known": USERS, "none": NONE, "not looked up": no_database("not looked up")}[users]
    content = None if key is None else SUITE.keys[key].bytes
    bare = question_of(content, who)
    target = predicted.target(predicted.named(CHOICES[choice]), bare.found, database)
    if who == "rules":
        target, choice = None, "none"
    waivers = EVERY_WAIVER if policy else None
    excluded = users == "none"
    members = {"target": target, "choice": choice, "users": database, "policy": waivers}
    return bare._replace(**members, user_excluded=excluded)


def ask(case, *, key=True, who="both", **members):
    return judge(case.token_bytes, "stdin", case.now, question(case.key if key else None, who, **members))


def checks_nothing_unchecked(answer):
    """Check what a pass implies, by other means than the evaluation's own."""
    asked, examination = answer.question, answer.checked.examination
    assert answer.checked.key is not None
    if asked.judge == "slurm":
        assert all(one.kind == "accepted" for one in evaluation.replies(asked, answer.checked))
    assert asked.judge == "slurm" or "signature.match" not in examination.not_checked
    if asked.judge != "slurm":
        assert not examination.not_checked
        broken = {each.rule for each in examination.findings if each.severity == "error"}
        assert broken <= answer.waived.keys()
        assert "signature.match" not in broken
    if asked.judge != "rules":
        assert {each.name for each in asked.target.releases} == answer.checked.predictions.keys()
        for prediction in answer.checked.predictions.values():
            assert prediction.accepted
            if asked.target.known:
                members = (examination.claims.get(claim) for claim in ("sun", "username"))
                assert prediction.user == next(name for name in members if isinstance(name, str))
    errors = [each for each in answer.diagnostics if evaluation.decides(each, asked.judge)]
    assert {each.id for each in errors} <= answer.waived.keys()


@pytest.mark.parametrize("who", JUDGES)
@pytest.mark.parametrize("policy", [None, "every waiver"])
@pytest.mark.parametrize("choice", CHOICES)
def test_a_pass_means_that_everything_was_checked(who, policy, choice):
    verdicts = set()
    for case in CASES:
        answer = ask(case, who=who, policy=policy, choice=choice)
        verdicts.add(answer.outcome.verdict)
        assert (answer.outcome.verdict == "pass") == (not answer.outcome.reasons)
        if answer.outcome.verdict == "pass":
            checks_nothing_unchecked(answer)
    assert {"pass", "fail"} <= verdicts


@pytest.mark.parametrize("who", JUDGES)
@pytest.mark.parametrize("policy", [None, "every waiver"])
def test_without_a_key_nothing_passes(who, policy):
    for case in CASES:
        assert ask(case, key=False, who=who, policy=policy).outcome.verdict != "pass", case.id


@pytest.mark.parametrize("who", ["both", "slurm"])
def test_a_user_who_was_not_looked_up_never_passes(who):
    for case in CASES:
        assert ask(case, who=who, users="not looked up").outcome.verdict != "pass", case.id


def outcomes(answer):
    """Return whether each format says that the token passes."""
    shown = document.document(answer)
    (suite,) = ET.fromstring(formats.render("junit", shown)).iter("testsuite")
    (run,) = json.loads(formats.render("sarif", shown))["runs"]
    said = json.loads(formats.render("json", shown))
    errors = [each for each in run["results"] if each["level"] == "error" and "suppressions" not in each]
    if answer.outcome.verdict == "pass":
        assert not errors
    assert said["passes"] == (said["outcome"] == "pass")
    page = token_report.report(answer, clock="-")
    return {
        "exit code": answer.outcome.exit_code == 0,
        "json": said["outcome"] == "pass",
        "junit": suite.get("failures") == suite.get("errors") == "0",
        "sarif": run["invocations"][0]["exitCode"] == 0,
        "page": fitness.conclude(page).verdict == "fit" or risky(answer),
    }


def risky(answer):
    """Return whether `check` passes a token that a sign-off needs an acceptance for, by the claims."""
    claims = answer.checked.examination.claims or {}
    starts = [answer.checked.now, *([claims["iat"]] if type(claims.get("iat")) in {int, float} else [])]
    exp = claims.get("exp")
    lives = type(exp) in {int, float} and any(exp > start + 86400 for start in starts)
    user = claims.get("sun", claims.get("username"))
    return answer.outcome.verdict == "pass" and (lives or user in {"root", "slurm"})


def gate_passes(answer):
    """Return whether the gate's tests pass for an answer."""
    tests = [functools.partial(gate.test_verdict, answer)]
    names = {gate.test_rule: [each.rule for each in answer.checked.examination.findings]}
    names[gate.test_user] = names[gate.test_policy] = [each.id for each in answer.diagnostics]
    names[gate.test_release] = list(answer.checked.predictions)
    tests += [functools.partial(test, answer, name) for test, given in names.items() for name in given]
    try:
        for test in tests:
            try:
                test()
            except (pytest.skip.Exception, pytest.xfail.Exception):
                continue
    except pytest.fail.Exception:
        return False
    return True


@pytest.mark.parametrize("who", JUDGES)
def test_every_format_shows_the_same_outcome(who):
    policies = itertools.cycle([None, "every waiver", None])
    keys = itertools.cycle([True, True, True, False])
    choices = itertools.cycle(CHOICES)
    for case, policy, key, choice in zip(CASES, policies, keys, choices, strict=False):
        answer = ask(case, key=key, who=who, policy=policy, choice=choice)
        said = outcomes(answer)
        if who == "both":
            said["gate"] = gate_passes(answer) or risky(answer)
        assert len(set(said.values())) == 1, (case.id, said, answer.outcome)


@pytest.mark.parametrize("who", JUDGES)
@pytest.mark.parametrize("policy", [None, "every waiver"])
def test_a_line_gets_the_answer_that_its_token_gets_alone(who, policy):
    cases = [case for case in CASES if case.key == "random32"]
    asked = question("random32", who, policy=policy)
    judge_of_lines = Judge(Task(asked, None))
    for case in cases[::3]:
        token = base64.b64encode(case.token_bytes).decode()
        line = json.dumps({"id": 1, "token_base64": token, "now": case.now}).encode()
        said = json.loads(judge_of_lines.answer(Block(None, 1, line)).text)
        alone = judge(case.token_bytes, "", case.now, asked, signed_only=True)
        assert said["outcome"] == judge(case.token_bytes, "", case.now, asked).outcome.verdict
        assert (said["outcome"], tuple(said["reasons"])) == (alone.outcome.verdict, alone.outcome.reasons)
        assert said["verdict"] == alone.checked.examination.verdict
        assert said["passes"] == (alone.outcome.verdict == "pass")


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
