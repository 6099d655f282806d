"""`slurm-jwt check` on a host of a cluster: what it finds, whom it asks, what it says, how it exits."""

from __future__ import annotations

import re

import pytest

from support.check_site import CLAIMS, NOW, SHORT, Cluster

JUDGES = ("both", "rules", "slurm")


@pytest.fixture
def cluster(tmp_path, monkeypatch, capsys):
    return Cluster(tmp_path, monkeypatch, capsys)


def test_a_good_token_passes_without_any_option_and_all_that_was_found_is_said(cluster):
    said = cluster.check()
    assert said.code == 0
    on_one_line = re.sub(r"\n {2,}", " ", said.out)
    assert on_one_line.startswith("pass: Token of ")
    assert "The token keeps every rule of level error; accepted by Slurm 24.11.5/libjwt1.17.2." in on_one_line
    assert f"{cluster.root}/slurm.conf (the usual place), cluster lab" in on_one_line
    assert f"StateSaveLocation, {cluster.root}/slurm.conf:3" in on_one_line
    assert "24.11.5 with libjwt 1.17.2 (made up)" in on_one_line
    assert 'Slurm 24.11: sun "alice" is uid 2001 (alice)' in said.out
    assert "accepted: uid 2001 (alice)" in said.out
    assert said.err == ""


def test_a_release_that_is_named_is_asked_in_place_of_the_installed_one(cluster):
    slurm = cluster.check("--release", "22.05", "--release", "26.05", "--json").json["slurm"]
    assert list(slurm) == ["22.05/libjwt1.10.2", "26.05/libjwt1.17.2"]


def test_all_releases_are_asked_on_request(cluster):
    assert len(cluster.check("--all-releases", "--json").json["slurm"]) == 11


def test_rules_and_slurm_are_both_needed_unless_one_is_picked(cluster):
    gap = cluster.token({"exp": 4102444800, "sun": "alice"})  # Slurm does without iat
    assert [cluster.check("--judge", judge, token=gap).code for judge in JUDGES] == [1, 1, 0]
    trap = cluster.token(CLAIMS | {"exp": 4102444800.5})  # RFC 7519 allows it, Slurm does not
    assert [cluster.check("--judge", judge, token=trap).code for judge in JUDGES] == [1, 0, 1]


def test_a_refusal_has_the_very_log_line_and_its_reason(cluster):
    said = cluster.check(token=cluster.token(CLAIMS | {"exp": 4102444800.5}))
    assert said.out.startswith("fail: ")
    assert "either by the documented rules" in said.out.replace("\n  ", " ")
    assert "error[slurm.refuses] Slurm 24.11 refuses the token." in said.out
    assert "  log:    error: auth_p_verify: token expired\n" in said.out


def test_an_unknown_user_does_not_pass_though_he_is_accepted(cluster):
    said = cluster.check("--json", token=cluster.token(CLAIMS | {"sun": "nosuchuser"})).json
    assert not said["passes"]
    assert said["verdict"] == "valid"
    assert said["slurm"]["24.11.5/libjwt1.17.2"]["uid"] == 99
    assert "user.unknown" in [remark["id"] for remark in said["remarks"]]


def test_a_token_for_root_is_raised_and_passes(cluster):
    said = cluster.check("--json", token=cluster.token(CLAIMS | SHORT | {"sun": "root"}))
    assert said.code == 0
    assert [(each["id"], each["severity"]) for each in said.json["remarks"]] == [("user.root", "warning")]


@pytest.mark.parametrize(("user", "privileged"), [("root", "root"), ("0", "root"), ("slurm", "SlurmUser")])
def test_a_token_of_root_for_68_years_gets_a_stronger_warning_than_one_of_a_minute(cluster, user, privileged):
    now = 1_800_000_000
    claims = CLAIMS | {"sun": user, "iat": now}
    short, long = (
        cluster.check("--json", "--now", str(now), token=cluster.token(claims | {"exp": now + length})).json
        for length in (60, 2**31 - 2)
    )
    assert not [each for each in short["remarks"] if each["id"] == "token.lifetime"]
    (found,) = [each for each in long["remarks"] if each["id"] == "token.lifetime"]
    assert (
        found["title"]
        == f"This token makes its holder {privileged} for 68 years, and Slurm cannot revoke it."
    )
    assert "slurm-jwt rotate" in found["hint"]
    ordinary = cluster.check("--json", token=cluster.token(CLAIMS | {"exp": now * 3})).json["remarks"]
    assert [each["title"] for each in ordinary] == ["The token is valid for more than 24 hours."]


@pytest.mark.parametrize("parameters", [(), ("--parameters", "jwks=/etc/slurm/jwks.json")])
@pytest.mark.parametrize("judge", JUDGES)
def test_without_any_key_claims_and_times_are_answered(cluster, judge, parameters):
    (cluster.root / "jwt_hs256.key").unlink()
    options = ("--judge", judge, "--release", "24.11", *parameters, "--now", "4102444000")
    said = cluster.check(*options)
    assert (said.code, said.out.startswith("undetermined: ")) == (1, True)
    assert "expires in 13.3 minutes" in said.out
    expired = cluster.check(*options, "--json", token=cluster.token(CLAIMS | {"exp": 4102443999}))
    assert expired.code == 1
    assert "exp.unexpired" in [each["rule"] for each in expired.json["findings"]]
    assert "signature.match" in expired.json["not_checked"]


def test_with_the_user_excluded_no_uid_is_known_and_a_name_passes_but_a_number_does_not(cluster):
    said = cluster.check(users="none")
    assert said.code == 0
    assert "accepted: user: not checked" in said.out
    assert cluster.check("--json", users="none").json["slurm"]["24.11.5/libjwt1.17.2"]["uid"] is None
    assert cluster.check(token=cluster.token(CLAIMS | {"sun": "0"}), users="none").code == 1


def test_this_hosts_users_count_only_on_a_host_of_the_cluster(cluster):
    token = cluster.token(CLAIMS | {"sun": "root"})
    assert "this host's user database" in cluster.check(token=token, users=None).out
    (cluster.root / "slurm.conf").unlink()
    key = str(cluster.root / "jwt_hs256.key")
    said = cluster.check("--key-file", key, token=token, users=None)
    assert (said.code, "not looked up" in said.out) == (1, True)
    asked = cluster.check("--key-file", key, "--release", "22.05", token=token, users=None)
    assert "accepted: uid 0 (root)" in asked.out


def test_a_key_that_cannot_be_read_is_said_and_never_a_pass(cluster):
    (cluster.root / "jwt_hs256.key").unlink()
    said = cluster.check()
    assert said.code == 1
    assert said.out.startswith("undetermined: ")
    assert "not read: key file" in said.out
    assert "no key was given or could be read" in said.out.replace("\n          ", " ")
    assert "Give --key-file" in said.out


def test_a_release_that_is_named_without_any_key_is_undetermined(cluster):
    (cluster.root / "jwt_hs256.key").unlink()
    said = cluster.check("--release", "22.05")
    assert (said.code, said.out.startswith("undetermined: ")) == (1, True)
    assert "warning[slurm.not-known]" in said.out


def test_a_slurmctld_that_loads_no_plugin_lets_nothing_pass(cluster):
    cluster.write("slurm.conf", f"ClusterName=lab\nStateSaveLocation={cluster.root}\n".encode())
    said = cluster.check()
    assert said.code == 1
    assert "error[site.no-jwt] slurmctld does not load auth/jwt." in said.out
    assert cluster.check("--judge", "rules").code == 0


def test_a_key_that_is_not_slurmctlds_is_noticed(cluster):
    path = cluster.write("portal.key", b"another key, which is long enough")
    said = cluster.check("--key-file", path, token=cluster.token(key=b"another key, which is long enough"))
    assert said.code == 0
    assert "warning[site.other-key]" in said.out


def test_the_key_that_did_sign_is_named(cluster):
    token = cluster.token(key=cluster.key + b"\n")
    said = cluster.check("--json", token=token)
    (finding,) = [each for each in said.json["findings"] if each["rule"] == "signature.match"]
    assert finding["signed_with"] == ["the key file's content with a final newline added"]
    assert "the issuer signs with the key file's content" in cluster.check(token=token).out.replace("\n", " ")


def test_parameters_of_slurm_conf_count(cluster):
    more = f"AuthAltParameters=jwks={cluster.root}/x\n"
    cluster.write("slurm.conf", (cluster.conf.format(root=cluster.root) + more).encode())
    key = str(cluster.root / "jwt_hs256.key")
    said = cluster.check("--key-file", key)
    assert said.code == 1
    assert "no key file loaded, cannot decode HS256 keys" in said.out
    assert cluster.check("--key-file", key, "--parameters", "").code == 0


def test_userclaimfield_of_slurm_conf_names_the_user(cluster):
    more = "AuthAltParameters=userclaimfield=email\n"
    cluster.write("slurm.conf", (cluster.conf.format(root=cluster.root) + more).encode())
    claims = {"exp": 4102444800, "iat": 1577836800, "email": "alice"}
    said = cluster.check("--json", token=cluster.token(claims)).json
    assert said["slurm"]["24.11.5/libjwt1.17.2"]["user"] == "alice"
    assert said["users"][0]["claim"] == "email"
    assert not said["passes"]  # sun is a documented rule


def test_no_discovery_looks_for_nothing(cluster):
    said = cluster.check("--no-discovery", users="none")
    assert (said.code, said.out.startswith("undetermined")) == (1, True)
    assert str(cluster.root) not in said.out
    key = str(cluster.root / "jwt_hs256.key")
    assert cluster.check("--no-discovery", "--key-file", key, "--judge", "rules").code == 0


def test_a_conf_that_is_named_is_read(cluster):
    other = cluster.write("other.conf", b"ClusterName=elsewhere\nAuthAltTypes=auth/jwt\n")
    said = cluster.check("--conf", other)
    assert "other.conf (--conf), cluster elsewhere" in " ".join(said.out.split())
    assert cluster.check("--conf", "/nonexistent/slurm.conf").code == 2


POLICY = b"""
[token]
max_lifetime = 3600

[[waiver]]
rule = "iat.required"
reason = "the portal is old"
by = "J. Doe"
expires = 2030-06-30
"""


def test_a_policy_forbids_on_top_of_the_rules(cluster):
    path = cluster.write("site.toml", POLICY)
    said = cluster.check("--policy", path)
    assert said.code == 1
    assert "error[policy.lifetime]" in said.out
    short = cluster.token({"iat": NOW - 10, "exp": NOW + 600, "sun": "alice"})
    assert cluster.check("--policy", path, token=short).code == 0


def test_a_waiver_lets_its_rule_pass_until_its_day(cluster):
    path = cluster.write("site.toml", POLICY.replace(b"max_lifetime", b"max_remaining"))
    token = cluster.token({"exp": NOW + 600, "sun": "alice"})
    said = cluster.check("--policy", path, token=token)
    assert said.code == 0
    assert said.out.startswith("pass: ")
    assert "except iat.required, which a waiver covers" in said.out.replace("\n  ", " ")
    assert "by J. Doe until 2030-06-30: the portal is old" in said.out
    late = NOW + 200 * 86400
    token = cluster.token({"exp": late + 600, "sun": "alice"})
    said = cluster.check("--policy", path, "--now", str(late), token=token)
    assert said.code == 1
    assert "The waiver of iat.required expired on 2030-06-30" in said.out.replace("\n  ", " ")


def test_a_policy_that_cannot_be_read_is_a_wrong_call(cluster):
    assert cluster.check("--policy", "/nonexistent.toml").code == 2


def test_several_files_are_answered_in_lines_with_a_summary(cluster):
    good = cluster.write("good.jwt", b"Bearer " + cluster.token() + b"\n")
    bad = cluster.write("bad.jwt", cluster.token(CLAIMS | {"exp": 1}))
    said = cluster.check("--token-file", good, "--token-file", bad)
    first, second = said.out.splitlines()
    assert said.code == 1
    assert '"valid"' in first
    assert '"exp.unexpired"' in second
    assert "2 tokens" in said.err
    assert cluster.check("--token-file", good, "--token-file", good).code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--token-file", "a", "--token-file", "b", "--jsonl"), "cannot be combined"),
        (("--json", "--sarif", "-"), "cannot both go to stdout"),
        (("--junit", "-", "--markdown", "-"), "cannot both go to stdout"),
        (("--html", "-"), "needs the name of a file"),
        (("--html", "/"), "needs the name of a file"),
        (("--sarif", "x.json", "--junit", "./x.json"), "same file"),
        (("--jsonl", "--sarif", "x"), "is for one token"),
        (("--junit", "/nonexistent/folder/x.xml"), "/nonexistent/folder"),
        (("--junit", "/dev/null"), "is a device"),
    ],
)
def test_wrong_calls_exit_with_2_and_say_why(cluster, arguments, message):
    said = cluster.check(*arguments)
    assert said.code == 2
    assert message in said.err.replace("\n", " ")


def test_a_token_that_stands_where_a_file_may_stand_makes_no_file(cluster, monkeypatch):
    monkeypatch.chdir(cluster.root)
    before = set(cluster.root.iterdir())
    for token in (cluster.token().decode(), cluster.token(header={"typ": "JWT", "alg": "HS256"}).decode()):
        said = cluster.check("--sarif", token)
        assert said.code == 2
        assert "looks like a token" in said.err
        assert token.rpartition(".")[2] not in said.out + said.err
    assert set(cluster.root.iterdir()) == before


def test_a_wrong_way_of_working_of_the_harness_is_not_a_verdict(cluster, monkeypatch):
    from slurm_jwt_conformance.cli import emit
    from slurm_jwt_reports.problems import HarnessProblem

    def broken(*_, **__):
        raise HarnessProblem("the harness broke")

    monkeypatch.setattr(emit, "emit", broken)
    assert cluster.check().code == 3


def test_what_was_read_is_never_written_over(cluster):
    token = cluster.write("token.jwt", cluster.token())
    policy = cluster.write("site.toml", POLICY)
    read = [token, policy, str(cluster.root / "jwt_hs256.key"), str(cluster.root / "slurm.conf")]
    before = {path: (cluster.root / path).read_bytes() for path in read}
    for path in read:
        said = cluster.check("--policy", policy, "--token-file", token, "--markdown", path)
        assert said.code == 2
    link = cluster.root / "link"
    link.symlink_to(token)
    assert cluster.check("--markdown", str(link)).code == 2
    assert {path: (cluster.root / path).read_bytes() for path in read} == before


def test_a_release_that_takes_another_key_from_the_same_conf_is_named(cluster):
    more = f'AuthAltParameters="max_token_lifespan=60, jwt_key={cluster.root}/jwt_hs256.key"\n'
    conf = cluster.conf.format(root=cluster.root / "elsewhere") + more
    cluster.write("slurm.conf", conf.encode())
    assert cluster.check("--release", "22.05").code == 0
    said = cluster.check("--release", "22.05", "--release", "24.11", "--json")
    assert said.code == 1
    (remark,) = [each for each in said.json["remarks"] if each["id"] == "site.key-by-release"]
    assert remark["found"].startswith("Slurm 24.11 takes it from StateSaveLocation")
    key = str(cluster.root / "jwt_hs256.key")
    assert cluster.check("--key-file", key, "--release", "22.05", "--release", "24.11").code == 0
