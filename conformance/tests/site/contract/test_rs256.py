"""`slurm-jwt contract` for sites with jwks=: what an issuer of RS256 tokens has to know."""

import json
import subprocess

import pytest

from slurm_jwt import Verifier, examine
from slurm_jwt.slurmctld import parse_passwd, predict, releases
from slurm_jwt.slurmctld.settings import Settings
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.site.contract import recipes, rs256
from slurm_jwt_conformance.site.contract.folder import recipe_file
from slurm_jwt_vectors import load
from support.recipes import python_of
from support.rs256 import LEFT_OUT, jwk, jwks

CONF = "ClusterName=x\nSlurmctldHost=h\nAuthAltTypes=auth/jwt\nAuthAltParameters=jwks={path}{more}\n"
RELEASE = "24.11.5/libjwt1.17.2"
PRIVATE = load().keys["pem-pkcs1"].bytes
LIBRARIES = {each.name: each for each in recipes.LIBRARIES}


@pytest.fixture
def guide(tmp_path, capsys):
    """Return the function that writes a guide: its exit code and JSON, or its text."""

    def write(*keys, more="", release=RELEASE, shape=("--json",)):
        path, conf = tmp_path / "jwks.json", tmp_path / "slurm.conf"
        path.write_bytes(jwks(*(keys or (jwk(kid="sig-1"),))))
        (tmp_path / "key").write_bytes(bytes(range(200, 232)))
        conf.write_text(CONF.format(path=path, more=more.format(key=tmp_path / "key")))
        code = main(["contract", "--conf", str(conf), "--release", release, *shape])
        out = capsys.readouterr().out
        return code, json.loads(out) if shape else " ".join(out.split())

    return write


def rows(told, part="header"):
    return {each["name"]: each for each in told[part]}


def test_the_guide_of_a_site_with_only_public_keys(guide):
    code, told = guide()
    assert code == 0
    assert told["algorithms"] == ["RS256"]
    assert told["jwks"]["kids"] == ["sig-1"]
    header = rows(told)
    assert header["alg"]["must"] == "RS256, in upper case"
    assert header["kid"]["must"].endswith("in its exact case: `sig-1`")
    assert not any("HS256" in name for name in header)
    assert {each["alg"] for each in told["recipes"]} == {"RS256"}


def test_a_site_with_both_has_rows_and_recipes_of_both(guide):
    code, told = guide(more=",jwt_key={key}")
    assert code == 0
    assert told["algorithms"] == ["RS256", "HS256"]
    assert {"alg", "kid", "alg of HS256"} <= set(rows(told))
    assert {each["alg"] for each in told["recipes"]} == {"RS256", "HS256"}


def test_the_summary_names_the_way_to_sign(guide):
    _, told = guide(shape=())
    assert "sign the claims iat, exp and sun with RS256 and your own private key" in told
    assert "all tokens stop working" not in told
    assert "HS256" not in told.partition("Claims")[0]


@pytest.mark.parametrize(
    ("release", "word", "accepted"),
    [
        ("22.05.8/libjwt1.10.2", "rs256", True),
        ("24.11.5/libjwt1.17.2", "rs256", False),
        ("22.05.8/libjwt1.10.2", "at+jwt", False),
        ("24.11.5/libjwt1.17.2", "at+jwt", True),
        ("26.05.5/libjwt1.17.2", "at+jwt", True),
        ("26.05.5/libjwt1.17.2", "kid missing", False),
        ("22.05.8/libjwt1.10.2", "the kid in another case", False),
        ("24.11.5/libjwt1.17.2", "PS256", False),
    ],
)
def test_header_rows_say_what_was_measured(guide, release, word, accepted):
    _, told = guide(release=release)
    groups = {each for row in told["header"] for each in row["accepted" if accepted else "refused"]}
    assert word in groups


def test_another_claim_may_name_the_user(guide):
    """Measured: sub "0" is root, a UUID becomes uid 99."""
    _, told = guide(more=",userclaimfield=preferred_username")
    row = rows(told, "claims")["preferred_username"]
    assert row["accepted"] == ["a user's name"]
    assert row["refused"] == ["a number"]
    assert row["other_user"] == [
        'the string "0" (root)',
        "a name that slurmctld's host does not know (uid 99, nobody)",
    ]
    assert "leave sun out and write `preferred_username`" in rows(told, "claims")["sun"]["must"]
    assert told["claims_schema"]["anyOf"] == [{"required": ["sun"]}, {"required": ["preferred_username"]}]


def test_22_05_reads_no_other_claim(guide):
    _, told = guide(more=",userclaimfield=preferred_username", release="22.05")
    assert "preferred_username" not in rows(told, "claims")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (jwk(kid=LEFT_OUT), "does not start with the JWKS"),
        (jwk(alg=LEFT_OUT), "no key that this release uses"),
        (jwk(alg="RS384"), "no key that this release uses"),
    ],
)
def test_a_jwks_that_does_not_work_comes_first(guide, key, words):
    code, told = guide(key)
    assert code == 1
    assert words in told["troubles"][0]


def test_a_jwks_that_is_not_here_is_only_not_checked(tmp_path, capsys):
    """The guide is often written on another machine than slurmctld's."""
    (tmp_path / "slurm.conf").write_text(CONF.format(path="/nowhere/jwks.json", more=""))
    arguments = ["contract", "--conf", str(tmp_path / "slurm.conf"), "--release", RELEASE, "--json"]
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["algorithms"] == ["RS256"]
    assert "was not read here" in told["notes"][0]
    (tmp_path / "jwks.json").write_bytes(jwks(jwk(kid="k9")))
    assert main([*arguments, "--jwks", str(tmp_path / "jwks.json")]) == 0
    assert json.loads(capsys.readouterr().out)["jwks"]["kids"] == ["k9"]


def test_20_11_verifies_hs256_only(guide):
    _, told = guide(more=",jwt_key={key}", release="20.11")
    assert told["algorithms"] == ["HS256"]
    assert told["jwks"] is None


@pytest.mark.parametrize("release", ["22.05", "24.11", "26.05"])
def test_golden_tokens_are_what_both_witnesses_say(guide, release):
    _, told = guide(release=release)
    data, now = told["golden_jwks"].encode(), load().cases["claims.scontrol"].now
    users, settings = parse_passwd(accounts.passwd()), Settings({"jwks": "/jwks.json"})
    verdicts = []
    for each in told["golden"]:
        documented = examine(each["token"], jwks=data, now=now)
        assert (documented.verdict, [one.rule for one in documented.findings if one.severity == "error"]) == (
            each["verdict"], each["rules"]
        )  # fmt: skip
        seen = predict(each["token"], None, releases.parse(release), now, users, settings, jwks=data)
        assert (seen.accepted, seen.log) == (each["accepted"], each["log"])
        verdicts.append((each["accepted"], each["user"]))
    assert verdicts == [(True, "alice"), (False, None), (False, None)]


@pytest.mark.program
@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_the_reference_accepts_the_token_of_every_recipe(library, tmp_path):
    (recipe,) = [each for each in recipes.rsa_recipes(rs256.KID, 90) if each.library == library]
    name = recipe_file(library, "RS256")
    (tmp_path / name).write_text(recipe.code)
    (tmp_path / "private.pem").write_bytes(PRIVATE)
    done = subprocess.run(
        [python_of(library), "-W", "ignore", name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert Verifier(jwks=rs256.jwks().encode()).verify(done.stdout.strip()).sun == "alice"
