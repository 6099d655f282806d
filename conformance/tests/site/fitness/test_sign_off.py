"""The sign-off page: what it shows first, and what needs the explicit acceptance of a policy or a waiver."""

from __future__ import annotations

import hashlib
import json

import pytest

from slurm_jwt.strict.keys import fingerprint
from support.check_site import CLAIMS, NOW, SHORT, Cluster

YEARS_68 = {"iat": NOW, "exp": NOW + 2147483646}
WAIVER = '[[waiver]]\nrule = "{}"\nreason = "a service"\nby = "CISO"\nexpires = "2030-06-30"\n'


@pytest.fixture
def cluster(tmp_path, monkeypatch, capsys):
    return Cluster(tmp_path, monkeypatch, capsys)


def sign(cluster, claims, policy=None, *more):
    """Return the exit code of `check`, and the document and the text of its sign-off page."""
    page = cluster.root / "fit.html"
    given = ("--policy", cluster.write("site.toml", policy.encode())) if policy else ()
    token = cluster.token(CLAIMS | SHORT | claims)
    said = cluster.check(*given, *more, "--html", str(page), token=token)
    return said.code, json.loads(page.with_suffix(".json").read_text()), page.read_text()


RISKS = {
    "root": ({"sun": "root"}, "user.root", "[users]\nprivileged = true\n"),
    "SlurmUser": ({"sun": "slurm"}, "user.slurm-user", "[users]\nprivileged = true\n"),
    "68 years": (YEARS_68, "token.lifetime", "[token]\nmax_lifetime = 2147483646\n"),
    "a second over": ({"exp": NOW + 86401}, "token.lifetime", "[token]\nmax_lifetime = 86401\n"),
}


@pytest.mark.parametrize("name", RISKS)
def test_check_passes_with_a_warning_and_the_sign_off_is_undetermined(cluster, name):
    claims, risk, _ = RISKS[name]
    code, document, _ = sign(cluster, claims)
    assert code == 0
    assert document["conclusion"]["verdict"] == "undetermined"
    assert risk in " ".join(document["conclusion"]["unknown"])
    assert (risk, "warning") in {(each["id"], each["severity"]) for each in document["report"]["rules"]}


@pytest.mark.parametrize("name", RISKS)
def test_a_policy_or_a_waiver_that_says_so_accepts_it(cluster, name):
    claims, risk, setting = RISKS[name]
    for policy in (setting, WAIVER.format(risk)):
        code, document, text = sign(cluster, claims, policy)
        assert (code, document["conclusion"]["verdict"]) == (0, "fit"), policy
        (condition,) = document["conclusion"]["conditions"]
        assert "accepted by" in condition
        assert condition.partition(":")[0] in text.partition("</header>")[0]
        assert not [each for each in document["conclusion"]["remarks"] if "covers nothing" in each]


@pytest.mark.parametrize("name", RISKS)
def test_no_other_policy_accepts_it(cluster, name):
    claims, risk, _ = RISKS[name]
    expired = WAIVER.format(risk).replace("2030", "2029")
    for policy in (expired, WAIVER.format("aud.unasked"), "[token]\nmax_remaining = 9007199254740991\n"):
        code, document, _ = sign(cluster, claims, policy)
        assert (code, document["conclusion"]["verdict"]) == (0, "undetermined"), policy


def test_two_risks_need_two_acceptances(cluster):
    claims = {**YEARS_68, "sun": "root"}
    _, document, _ = sign(cluster, claims, "[users]\nprivileged = true\n")
    assert document["conclusion"]["verdict"] == "undetermined"
    assert document["conclusion"]["unknown"][0].startswith("the token is valid for more than 24 hours")


@pytest.mark.parametrize("sun", ["root", "slurm"])
def test_the_rules_alone_know_root_by_its_name(cluster, sun):
    code, document, _ = sign(cluster, {"sun": sun}, None, "--judge", "rules")
    assert (code, document["conclusion"]["verdict"]) == (0, "undetermined")


@pytest.mark.parametrize("exp", [NOW + 86400, NOW + 60])
def test_a_token_of_a_day_for_an_ordinary_account_needs_no_acceptance(cluster, exp):
    code, document, _ = sign(cluster, {"exp": exp})
    assert (code, document["conclusion"]["verdict"]) == (0, "fit")
    assert document["conclusion"]["conditions"] == []


def test_the_first_screen_shows_what_is_signed(cluster):
    policy = '[token]\nmax_lifetime = 7200\nissuers = ["https://idp.example"]\n'
    claims = {"iss": "https://idp.example", "jti": "1"}
    code, document, text = sign(cluster, claims, policy, "--release", "22.05")
    first = text.partition("</header>")[0]
    digest = hashlib.sha256(policy.encode()).hexdigest()
    assert code == 0
    for shown in (
        "Fit", "none", "https://idp.example", "alice", "lifetime 1 hour", "jti", fingerprint(cluster.key),
        digest, "max_lifetime = 7200", "issuers = [", "22.05/lib", "HS256 (Slurm page of 30 December 2020)",
    ):  # fmt: skip
        assert shown in first, shown
    assert "24.11" not in first
    kept = {each["id"]: each["state"] for each in document["report"]["policy"]["requirements"]}
    assert kept == {"policy.lifetime": "kept", "policy.issuer": "kept"}


def test_a_broken_requirement_is_shown_as_broken(cluster):
    code, document, text = sign(cluster, {}, "[token]\nmax_lifetime = 60\n")
    assert code == 1
    assert [each["state"] for each in document["report"]["policy"]["requirements"]] == ["broken"]
    assert "✗ broken</b> <code>max_lifetime = 60" in text.partition("</header>")[0]
