"""`slurm-jwt contract`: statements from records, recipes run, the schema held against all vectors."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from slurm_jwt import Verifier, examine
from slurm_jwt.slurmctld import releases
from slurm_jwt.strict.keys import describe
from slurm_jwt_conformance.adapters.environments import interpreter_of
from slurm_jwt_conformance.adapters.registry import LIBRARIES as ADAPTERS
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.contract import blocks, claims_schema, golden, recipes, rows, sending
from slurm_jwt_conformance.site.contract.documents import document, to_json
from slurm_jwt_conformance.site.contract.page import page
from slurm_jwt_conformance.site.contract.site import site
from slurm_jwt_conformance.site.policy import file as policy_file
from slurm_jwt_conformance.site.policy import policy as policies
from slurm_jwt_conformance.site.policy.policy import Policy
from slurm_jwt_reports.terminal import Style
from slurm_jwt_vectors import load, load_observed
from slurm_jwt_vectors.studies import load_studies
from tools.guide_page import example

RECORDED = tuple(releases.RECORDED)
SUITE = load()
KEYS = {name: SUITE.keys[name].bytes for name in ("random32", "pem-pkcs1", "pem-pkcs8")}
LIBRARIES = {each.name: each for each in recipes.LIBRARIES}


def contract(release="24.11", conf=None, policy=None):
    return document(site(conf, release, policy))


def python_of(library):
    """Gehirn's jwt lives in an environment of its own, for its import name is PyJWT's."""
    if library != "jwt (Gehirn)":
        return sys.executable
    needs = next(each.needs for each in ADAPTERS if each.name == "gehirn-jwt")
    return interpreter_of("gehirn-jwt", needs)


def cook(library, code, key, folder):
    """Run a recipe in a folder with this key; return the finished process and its token."""
    (folder / "jwt_hs256.key").write_bytes(key)
    (folder / "recipe.py").write_text(code + "print(token)\n", encoding="utf-8")
    done = subprocess.run(
        [python_of(library), "-W", "ignore", "recipe.py"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done, done.stdout.strip()


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("known", [True, False], ids=["key-known", "key-unknown"])
def test_every_recipe_makes_a_token_that_the_reference_takes(library, key, known, tmp_path):
    made = recipes.recipes(describe(KEYS[key]) if known else None, 90)
    recipe = next(each for each in made if each.library == library)
    assert recipe.works
    done, token = cook(library, recipe.code, KEYS[key], tmp_path)
    assert done.returncode == 0, done.stderr
    claims = Verifier(KEYS[key]).verify(token)
    assert claims.sun == "alice"
    assert claims.exp - claims.iat == 90
    assert examine(token, KEYS[key]).verdict == "valid"


@pytest.mark.parametrize("library", LIBRARIES)
def test_which_libraries_refuse_a_pem_is_as_the_page_says(library, tmp_path):
    plain = next(each for each in recipes.recipes(describe(KEYS["random32"])) if each.library == library)
    assert "sha256" not in plain.code
    done, _ = cook(library, plain.code, KEYS["pem-pkcs1"], tmp_path)
    told = LIBRARIES[library].pem
    assert (done.returncode != 0) == bool(told), done.stderr
    assert told in done.stderr
    known = next(each for each in recipes.recipes(describe(KEYS["pem-pkcs1"])) if each.library == library)
    assert ("Refuses this key" in known.goes) == bool(told)
    assert ("hashlib.sha256" in known.code) == bool(told)


@pytest.mark.parametrize("library", LIBRARIES)
def test_which_libraries_refuse_a_short_key_is_as_the_page_says(library, tmp_path):
    short = SUITE.keys["bytes31"].bytes
    plain = next(each for each in recipes.recipes(describe(KEYS["random32"])) if each.library == library)
    done, _ = cook(library, plain.code, short, tmp_path)
    said = next(each for each in recipes.recipes(describe(short)) if each.library == library)
    assert said.works == (done.returncode == 0), done.stderr


@pytest.mark.parametrize("release", RECORDED)
def test_what_is_said_of_members_is_what_was_recorded(release):
    record = load_observed()[release].cases
    for questions in (rows.CLAIMS, rows.HEADER):
        for question, row in zip(questions, rows.rows(releases.parse(release), questions), strict=True):
            assert row.basis == "observed"
            assert row.cases == tuple(name for name, _ in question.cases)
            for name, words in question.cases:
                taken = record[name].verdict == "accepted"
                told = [each for each in (*row.accepted, *row.other) if each.startswith(words)]
                assert bool(told) == taken, (name, row)
                assert (words in row.refused) == (not taken)
                if taken:
                    shadow = record[name].uid in {0, 99} and SUITE.cases[name].user != "root"
                    assert any(each.startswith(words) for each in row.other) == shadow, (name, row)


def test_releases_differ_on_the_page_where_they_do():
    def typ(release):
        return next(row for row in contract(release).header if row.name == "typ")

    assert "at+jwt" in typ("22.05").refused
    assert "at+jwt" in typ("24.11").accepted
    assert "with the user's name" in blocks.markdown(page(contract("22.05")))
    assert "with the user's name" not in blocks.markdown(page(contract("24.11")))


@pytest.mark.parametrize("release", [*releases.series()])
def test_answers_of_slurmrestd_are_those_of_a_release_like_it(release):
    parsed = releases.parse(release)
    answers = {each.id: each for each in (*sending.styles(parsed), *sending.refusals(parsed))}
    assert answers["bearer-alone"].works == (release >= "23.02")
    assert answers["token-alone"].works == (release >= "23.02")
    if release < "23.02" or release >= "24.11":
        assert answers["expired"].status == (511 if release >= "24.11" else 500)
    if release in RECORDED:
        recorded = {row.id: row for row in load_studies()[release].studies["rest-answers"].rows}
        for name, answer in answers.items():
            assert (answer.result, answer.basis) == (recorded[name].result, "observed")


def broken(case):
    """Give the rules of the schema that a case's claims break; None where its claims are no sound JSON."""
    found = examine(case.token_bytes, SUITE.keys[case.key].bytes or None, now=case.now)
    names = {finding.rule for finding in found.findings}
    if names & {"form.size", "form.compact", "form.jws", "form.base64url", "claims.utf8", "claims.json",
                "claims.depth", "claims.bom", "claims.duplicate", "claims.unicode"}:  # fmt: skip
        return None
    return names & set(claims_schema.SAYS)


def test_the_schema_agrees_with_the_documented_rules_on_every_vector():
    """As far as it can: a number's spelling is not in what JSON Schema is given."""
    validator = jsonschema.Draft202012Validator(claims_schema.schema())
    validator.check_schema(claims_schema.schema())
    held, seen = 0, set()
    for case in SUITE.cases.values():
        rules = broken(case)
        if rules is None:
            continue
        claims = json.loads(payload(case), parse_int=lambda text: int(text) if len(text) < 4000 else math.inf)
        spelled = {f"{name}.integer" for name in ("iat", "exp") if integral(claims, name)}
        ok = validator.is_valid(claims)
        if rules - spelled:
            assert not ok, (case.id, rules)
            seen |= rules - spelled
        elif not beyond(claims):
            assert ok, (case.id, next(validator.iter_errors(claims)).message)
        held += 1
    assert held > 500
    assert seen == set(claims_schema.SAYS)


def payload(case):
    import base64

    part = case.token_bytes.split(b".")[1]
    return base64.urlsafe_b64decode(part.rstrip(b"=") + b"=" * (-len(part.rstrip(b"=")) % 4))


def integral(claims, name):
    value = claims.get(name) if isinstance(claims, dict) else None
    return isinstance(value, float) and value.is_integer()


def beyond(claims):
    """Tell whether a time is beyond 2^53 - 1, where the schema draws a line that rules leave to choice."""
    times = [claims.get(name) for name in ("iat", "exp")] if isinstance(claims, dict) else []
    return any(isinstance(each, (int, float)) and abs(each) > claims_schema.LARGEST for each in times)


def test_a_policy_tightens_the_schema():
    policy = Policy("p", issuers=("https://id",), audiences=("slurm",), required_claims=("jti",),
                    allow=("a*", "b?b"), deny=("adm[0-9]",), privileged=False)  # fmt: skip
    validator = jsonschema.Draft202012Validator(claims_schema.schema(policy))
    good = {"iat": 1, "exp": 2, "sun": "alice", "iss": "https://id", "aud": ["x", "slurm"], "jti": "1"}
    assert validator.is_valid(good)
    assert validator.is_valid(good | {"sun": "bob", "aud": "slurm"})
    for change in (
        {"sun": "adm1"},
        {"sun": "carol"},
        {"sun": "root"},
        {"iss": "x"},
        {"aud": "x"},
        {"aud": ["x"]},
    ):
        assert not validator.is_valid(good | change), change
    for name in ("iss", "aud", "jti"):
        assert not validator.is_valid({claim: value for claim, value in good.items() if claim != name})
    from fnmatch import fnmatchcase

    for glob in ("a*", "b?b", "adm[0-9]", "x[!a-c]y", "a.b", "a+b", "[abc", "*"):
        for name in ("alice", "bob", "bb", "adm1", "admx", "xdy", "xay", "a.b", "axb", "a+b", "aab", "[abc"):
            fits = re.search(claims_schema._any_of((glob,)), name) is not None
            assert fits == fnmatchcase(name, glob), (glob, name)


@pytest.mark.parametrize("release", RECORDED)
def test_golden_tokens_are_vectors_and_teach_what_is_said(release):
    made = golden.tokens(releases.parse(release))
    assert [each.case.verdict for each in made] == ["valid", "invalid", "invalid"]
    assert [each.fate.accepted for each in made] == [True, False, False]
    assert {each.case.key for each in made} == {"random32"}
    assert [list(each.case.rules) for each in made] == [[], ["exp.unexpired"], ["sun.required"]]
    for each in made:
        record = load_observed()[release].cases[each.case.id]
        assert (each.fate.accepted, each.fate.log or None) == (
            record.verdict == "accepted", record.log if record.verdict == "refused" else None,
        )  # fmt: skip
        assert each.fate.basis == "observed"
        reference = examine(each.case.token_bytes, KEYS["random32"], now=each.case.now)
        assert reference.verdict == each.case.verdict


def test_json_is_as_its_schema_says():
    schema = json.loads(
        files("slurm_jwt_conformance").joinpath("schema", "issuer-guide.schema.json").read_bytes()
    )
    for release in ("20.11", "25.05/libjwt2.1.3"):
        jsonschema.validate(json.loads(to_json(contract(release))), schema)


@pytest.fixture
def conf(tmp_path):
    key = tmp_path / "jwt.key"
    key.write_bytes(KEYS["pem-pkcs8"])
    key.chmod(0o600)
    path = tmp_path / "slurm.conf"
    path.write_text(
        "ClusterName=Lab\nSlurmctldHost=localhost\nAuthAltTypes=auth/jwt\n"
        f"AuthAltParameters=jwt_key={key},max_token_lifespan=600,userclaimfield=upn\n"
    )
    return str(path)


def test_a_sites_settings_are_on_its_page(conf, tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text('[token]\nmax_lifetime = 300\nissuers = ["https://id.example"]\n')
    made = contract("24.11", conf, str(policy))
    assert made.key is not None
    assert made.key.shape.startswith("PEM")
    assert made.user_claims == ("sun", "username", "upn")
    assert (made.lifetime.at_most, made.lifetime.source) == (300, "the site's policy")
    assert contract("24.11", conf).lifetime.at_most == 600
    assert contract("20.11", conf).user_claims == ("sun",)
    assert 'exp": now + 300' in made.recipes[0].code
    text = blocks.markdown(page(made))
    assert "on the cluster Lab" in text
    assert "https://id.example" in text


def test_no_form_shows_the_key(conf):
    key = KEYS["pem-pkcs8"]
    made = contract("24.11", conf)
    for shown in (
        to_json(made),
        blocks.markdown(page(made)),
        blocks.as_html(page(made)),
        blocks.text(page(made), Style()),
    ):
        assert key.decode()[40:100] not in shown
        assert describe(key).fingerprint in shown


class Checker(HTMLParser):
    VOID = frozenset({"meta", "!doctype"})

    def __init__(self):
        super().__init__()
        self.open, self.loads = [], []

    def handle_starttag(self, tag, attrs):
        self.loads += [value for name, value in attrs if name in {"src", "href", "onload"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_html_is_whole_and_loads_nothing(conf):
    checker = Checker()
    checker.feed(blocks.as_html(page(contract("24.11", conf))))
    checker.close()
    assert checker.open == []
    assert checker.loads == []


def test_hostile_names_do_not_act(tmp_path):
    path = tmp_path / "slurm.conf"
    path.write_bytes(b'ClusterName="<script>x</script>\x1b[31m|`"\nSlurmctldHost=localhost\nAuthAltTypes=auth/jwt\n'
                     b'AuthAltParameters="userclaimfield=<img src=x onerror=y>"\n')  # fmt: skip
    made = contract("24.11", str(path))
    for shown in (blocks.as_html(page(made)), blocks.markdown(page(made)), blocks.text(page(made), Style())):
        assert "\x1b" not in shown
    assert "<script>" not in blocks.as_html(page(made))
    assert "<img" not in blocks.as_html(page(made))
    assert "<script>" not in re.sub(r"`[^`]*`", "", blocks.markdown(page(made))).replace("\\<", "")


def test_a_folder_holds_everything_and_nothing_is_written_over(conf, tmp_path, capsys):
    place = tmp_path / "out"
    assert main(["contract", "--conf", conf, "--release", "24.11", "--out", str(place)]) == 0
    names = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    assert {"contract.md", "contract.json", "claims.schema.json", "golden-tokens.json"} <= names
    assert len([name for name in names if name.startswith("recipes/")]) == len(LIBRARIES)
    assert main(["contract", "--conf", conf, "--release", "24.11", "--out", str(place)]) == 2
    key = tmp_path / "jwt.key"
    before = key.read_bytes()
    assert main(["contract", "--conf", conf, "--release", "24.11", "--out", str(key)]) == 2
    assert key.read_bytes() == before
    assert "left as it is" in capsys.readouterr().err
    assert main(["contract", "--conf", conf, "--release", "24.11", "--out", str(tmp_path / "a.html")]) == 0
    assert (tmp_path / "a.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ClusterName=x\n", "does not load auth/jwt"),
        ("ClusterName=x\nAuthAltTypes=auth/jwt\nAuthAltParameters=jwks=/etc/x.json\n", "loads no HS256 key"),
    ],
)
def test_a_site_that_takes_no_tokens_is_told_of_first(text, said, tmp_path, capsys):
    path = tmp_path / "slurm.conf"
    path.write_text(text)
    assert main(["contract", "--conf", str(path), "--release", "24.11"]) == 1
    shown = capsys.readouterr()
    assert said in shown.err
    assert said in shown.out[:1500]


def test_a_key_that_is_not_read_is_a_note_alone(tmp_path, capsys):
    """A developer's account may not read it, and need not."""
    path = tmp_path / "slurm.conf"
    path.write_text(f"ClusterName=x\nAuthAltTypes=auth/jwt\nStateSaveLocation={tmp_path}/none\n")
    assert main(["contract", "--conf", str(path), "--release", "24.11"]) == 0
    assert "The key was not looked at" in capsys.readouterr().out[:800]


def test_recipes_keep_the_sites_policy(tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text(
        '[token]\nmax_lifetime = 60\nissuers = ["https://id.example", "b"]\naudiences = ["slurm"]\n'
        'required_claims = ["jti"]\n'
    )
    made = contract("24.11", None, str(policy))
    recipe = next(each for each in made.recipes if each.library == "PyJWT")
    done, token = cook("PyJWT", recipe.code, KEYS["random32"], tmp_path)
    assert done.returncode == 0, done.stderr
    claims = examine(token).claims
    assert jsonschema.Draft202012Validator(made.claims_schema).is_valid(claims)
    assert policies.remarks(policy_file.load(policy), claims, claims["iat"]) == ()
    text = blocks.markdown(page(made))
    assert all(each in text for each in ("https://id.example", "At most 60 seconds", "jti"))


def test_the_example_is_fresh():
    place = Path(__file__).parents[4] / "docs" / "contract-example.md"
    assert place.read_text(encoding="utf-8") == example(), "python -m tools.guide_page"


def test_exit_codes(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SLURM_CONF", str(tmp_path / "none"))
    assert main(["contract", "--release", "9.9"]) == 2
    assert main(["contract", "--conf", str(tmp_path / "none"), "--release", "24.11"]) == 2
    assert main(["contract", "--release", "24.11", "--policy", str(tmp_path / "none")]) == 2
    capsys.readouterr()
