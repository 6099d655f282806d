"""Sites whose user is named by another claim than sun: the user that the release takes is the right one."""

from __future__ import annotations

import json

import pytest

from support.check_site import CLAIMS, Cluster

TIMES = {name: CLAIMS[name] for name in ("exp", "iat")}
BROKER = {**TIMES, "preferred_username": "alice", "iss": "broker", "aud": "slurm"}
"""The claims of a broker's manual (preferred_username, iat, exp, iss, aud)."""

FIELD = ("--parameters", "userclaimfield=preferred_username")


@pytest.fixture
def cluster(tmp_path, monkeypatch, capsys):
    return Cluster(tmp_path, monkeypatch, capsys)


def ask(cluster, claims, *arguments):
    answer = cluster.check("--json", *arguments, token=cluster.token(claims))
    return answer.code, answer.out + answer.err


@pytest.mark.parametrize("release", ["24.11", "26.05"])
def test_a_site_with_userclaimfield_passes_by_its_releases(cluster, release):
    code, text = ask(cluster, BROKER, "--release", release, "--judge", "slurm", *FIELD)
    assert code == 0, text


@pytest.mark.parametrize("release", ["22.05", "24.11"])
def test_a_token_with_username_passes_by_its_releases(cluster, release):
    code, text = ask(cluster, {**TIMES, "username": "alice"}, "--release", release, "--judge", "slurm")
    assert code == 0, text


def test_a_waiver_of_sun_required_lets_such_a_site_pass(cluster):
    waiver = 'rule = "sun.required"\nreason = "r"\nby = "b"\nexpires = "9999-12-31"\n'
    policy = cluster.write("policy.toml", f"[[waiver]]\n{waiver}".encode())
    code, text = ask(cluster, BROKER, "--release", "24.11", "--policy", policy, *FIELD)
    assert code == 0, text


@pytest.mark.parametrize(
    ("claims", "arguments"),
    [
        (BROKER, ("--release", "22.05", *FIELD)),
        (BROKER, ("--release", "24.11", "--parameters", "userclaimfield=upn")),
        (BROKER, ("--release", "24.11")),
        ({**BROKER, "preferred_username": "zoe"}, ("--release", "24.11", *FIELD)),
        ({**BROKER, "preferred_username": "2001"}, ("--release", "24.11", *FIELD)),
        ({**BROKER, "preferred_username": ""}, ("--release", "24.11", *FIELD)),
        ({**BROKER, "username": "slurm"}, ("--release", "24.11", *FIELD)),
        ({**TIMES, "username": "alice"}, ("--release", "20.11")),
    ],
)
def test_what_the_release_does_not_take_for_the_user_fails(cluster, claims, arguments):
    code, text = ask(cluster, claims, "--judge", "slurm", *arguments)
    assert code == 1, text


def test_the_advice_is_that_of_the_release_and_its_parameters(cluster):
    code, text = ask(cluster, BROKER, "--release", "24.11", *FIELD)
    found = next(each for each in json.loads(text)["findings"] if each["rule"] == "sun.required")
    assert code == 1
    assert "Slurm 24.11 reads preferred_username at this site" in found["hint"]
    assert "--judge slurm" in found["hint"]
    assert "waive sun.required" in found["hint"]
    assert "do not replace" not in text


def test_the_advice_is_about_sun_where_no_other_claim_is_read(cluster):
    code, text = ask(cluster, BROKER, "--release", "24.11")
    assert code == 1
    assert "do not replace it" in text


def test_the_sign_off_page_names_the_user_that_the_release_takes(cluster):
    page = cluster.root / "page.html"
    arguments = ("--release", "24.11", "--judge", "slurm", *FIELD, "--html", str(page))
    code, text = ask(cluster, BROKER, *arguments)
    assert code == 0, text
    report = json.loads(page.with_suffix(".json").read_text())["report"]
    assert report["tokens"][0]["user"] == "alice"
    assert [one["user"] for one in report["answers"]] == ["alice"]
