"""`slurm-jwt contract`: statements agree with records, recipes run, the schema agrees with all vectors."""

from __future__ import annotations

import errno
import json
import math
import re
import subprocess
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from slurm_jwt import Verifier, examine
from slurm_jwt.slurmctld import releases
from slurm_jwt.strict.keys import describe
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.site.contract import answers, claims_schema, golden, members, recipes
from slurm_jwt_conformance.site.contract.document import document
from slurm_jwt_conformance.site.contract.folder import recipe_file
from slurm_jwt_conformance.site.contract.guide import IssuerGuide, issuer_guide
from slurm_jwt_conformance.site.policy import file as policy_file
from slurm_jwt_conformance.site.policy import policy as policies
from slurm_jwt_conformance.site.policy.policy import Policy
from slurm_jwt_reports import formats, output
from slurm_jwt_reports.formats import text
from slurm_jwt_vectors import load, load_observed
from slurm_jwt_vectors.studies import load_studies
from support.recipes import python_of
from tools import guide_page
from tools.schemas import schema_of

RECORDED = tuple(releases.RECORDED)
SUITE = load()
KEYS = {name: SUITE.keys[name].bytes for name in ("random32", "pem-pkcs1", "pem-pkcs8")}
LIBRARIES = {each.name: each for each in recipes.LIBRARIES}

CHECKED = (
    "claims.object",
    "claims.types",
    "aud.form",
    "sun.required",
    "sun.string",
    "sun.empty",
    "sun.posix",
    "iat.required",
    "iat.number",
    "iat.integer",
    "exp.required",
    "exp.number",
    "exp.integer",
    "nbf.number",
)
"""The documented rules that the JSON Schema of the claims checks."""


def guide(release="24.11", conf=None, policy=None):
    return issuer_guide(conf, release, policy)


def markdown(guide):
    return formats.render("markdown", document(guide))


def all_formats(guide):
    return [
        text.render(document(guide)),
        *(formats.render(name, document(guide)) for name in formats.MODULES),
    ]


def cook(library, code, key, folder):
    """Run a recipe in a folder with this key; return the finished process and its token."""
    (folder / "jwt_hs256.key").write_bytes(key)
    name = recipe_file(library)
    (folder / name).write_text(code, encoding="utf-8")
    done = subprocess.run(
        [python_of(library), "-W", "ignore", name],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done, done.stdout.strip()


@pytest.mark.program
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("known", [True, False], ids=["key-known", "key-unknown"])
def test_the_reference_accepts_the_token_of_every_recipe(library, key, known, tmp_path):
    made = recipes.recipes(describe(KEYS[key]) if known else None, 90)
    recipe = next(each for each in made if each.library == library)
    assert recipe.works
    done, token = cook(library, recipe.code, KEYS[key], tmp_path)
    assert done.returncode == 0, done.stderr
    claims = Verifier(KEYS[key]).verify(token)
    assert claims.sun == "alice"
    assert claims.exp - claims.iat == 90
    assert examine(token, KEYS[key]).verdict == "valid"


@pytest.mark.program
@pytest.mark.parametrize("library", LIBRARIES)
def test_the_page_names_the_libraries_that_refuse_a_pem(library, tmp_path):
    plain = next(each for each in recipes.recipes(describe(KEYS["random32"])) if each.library == library)
    assert "sha256" not in plain.code
    done, _ = cook(library, plain.code, KEYS["pem-pkcs1"], tmp_path)
    refusal = LIBRARIES[library].pem
    assert (done.returncode != 0) == bool(refusal), done.stderr
    assert refusal in done.stderr
    known = next(each for each in recipes.recipes(describe(KEYS["pem-pkcs1"])) if each.library == library)
    assert ("It refuses this PEM" in known.goes) == bool(refusal)
    assert ("hashlib.sha256" in known.code) == bool(refusal)


@pytest.mark.program
@pytest.mark.parametrize("library", LIBRARIES)
def test_the_page_names_the_libraries_that_refuse_a_short_key(library, tmp_path):
    short = SUITE.keys["bytes31"].bytes
    plain = next(each for each in recipes.recipes(describe(KEYS["random32"])) if each.library == library)
    done, _ = cook(library, plain.code, short, tmp_path)
    said = next(each for each in recipes.recipes(describe(short)) if each.library == library)
    assert said.works == (done.returncode == 0), done.stderr


@pytest.mark.parametrize("release", RECORDED)
def test_statements_about_members_agree_with_the_record(release):
    record = load_observed()[release].cases
    for questions in (members.CLAIMS, members.HEADER):
        for question, row in zip(questions, members.members(releases.parse(release), questions), strict=True):
            assert row.basis == "observed"
            assert row.cases == tuple(name for name, _ in question.cases)
            for name, words in question.cases:
                taken = record[name].verdict == "accepted"
                accepted = [each for each in (*row.accepted, *row.other_user) if each.startswith(words)]
                assert bool(accepted) == taken, (name, row)
                assert (words in row.refused) == (not taken)
                if taken:
                    shadow = record[name].uid in {0, 99} and SUITE.cases[name].user != "root"
                    assert any(each.startswith(words) for each in row.other_user) == shadow, (name, row)


def test_releases_differ_on_the_page_where_they_do():
    def typ(release):
        return next(row for row in guide(release).header if row.name == "typ")

    assert "at+jwt" in typ("22.05").refused
    assert "at+jwt" in typ("24.11").accepted
    assert "with the user's name" in markdown(guide("22.05"))
    assert "with the user's name" not in markdown(guide("24.11"))


@pytest.mark.parametrize("release", [*releases.series()])
def test_answers_of_slurmrestd_are_those_of_a_release_like_it(release):
    parsed = releases.parse(release)
    found = {each.id: each for each in (*answers.styles(parsed), *answers.refusals(parsed))}
    assert found["bearer-alone"].works == (release >= "23.02")
    assert found["token-alone"].works == (release >= "23.02")
    if release < "23.02" or release >= "24.11":
        assert found["expired"].status == (511 if release >= "24.11" else 500)
    if release in RECORDED:
        recorded = {row.id: row for row in load_studies()[release].studies["rest-answers"].rows}
        for name, answer in found.items():
            assert (answer.result, answer.basis) == (recorded[name].result, "observed")


def broken(case):
    """Give the rules of the schema that a case's claims break; None where its claims are no sound JSON."""
    found = examine(case.token_bytes, SUITE.keys[case.key].bytes or None, now=case.now)
    names = {finding.rule for finding in found.findings}
    if names & {"form.size", "form.compact", "form.jws", "form.base64url", "claims.utf8", "claims.json",
                "claims.depth", "claims.bom", "claims.duplicate", "claims.unicode"}:  # fmt: skip
        return None
    return names & set(CHECKED)


def test_the_schema_agrees_with_the_documented_rules_on_every_vector():
    """As far as it can: a number's spelling is not in what JSON Schema is given."""
    validator = jsonschema.Draft202012Validator(claims_schema.schema())
    validator.check_schema(claims_schema.schema())
    checked, seen = 0, set()
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
        checked += 1
    assert checked > 500
    assert seen == set(CHECKED)


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
    return any(isinstance(each, (int, float)) and abs(each) > 2**53 - 1 for each in times)


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
def test_golden_tokens_are_vectors_with_their_verdicts(release):
    made = golden.tokens(releases.parse(release))
    assert [each.verdict for each in made] == ["valid", "invalid", "invalid"]
    assert [each.accepted for each in made] == [True, False, False]
    assert [list(each.rules) for each in made] == [[], ["exp.unexpired"], ["sun.required"]]
    for each in made:
        record, case = load_observed()[release].cases[each.case], SUITE.cases[each.case]
        assert case.key == "random32"
        assert (each.accepted, each.log or None) == (
            record.verdict == "accepted", record.log if record.verdict == "refused" else None,
        )  # fmt: skip
        assert each.basis == "observed"
        reference = examine(each.token, KEYS["random32"], now=case.now)
        assert reference.verdict == each.verdict


def test_json_is_valid_for_its_schema():
    schema = json.loads(
        files("slurm_jwt_conformance").joinpath("schema", "issuer-guide.schema.json").read_bytes()
    )
    generated = schema_of(IssuerGuide, schema["title"])
    assert {key: schema[key] for key in generated} == generated
    for release in ("20.11", "25.05/libjwt2.1.3"):
        jsonschema.validate(json.loads(formats.render("json", document(guide(release)))), schema)


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
    made = guide("24.11", conf, str(policy))
    assert made.key is not None
    assert made.key.shape.startswith("PEM")
    assert made.user_claims == ("sun", "username", "upn")
    assert (made.lifetime.at_most, made.lifetime.source) == (300, "the site's policy")
    assert guide("24.11", conf).lifetime.at_most == 600
    assert guide("20.11", conf).user_claims == ("sun",)
    assert 'exp": now + 300' in made.recipes[0].code
    assert "on the cluster Lab" in markdown(made)
    assert "https://id.example" in markdown(made)


def test_no_format_contains_the_key(conf):
    key = KEYS["pem-pkcs8"]
    fingerprint = describe(key).fingerprint
    for written in all_formats(guide("24.11", conf)):
        assert key.decode()[40:100] not in written
    for written in (text.render(document(guide("24.11", conf))), markdown(guide("24.11", conf))):
        assert fingerprint in written


def test_hostile_names_do_not_act(tmp_path):
    path = tmp_path / "slurm.conf"
    path.write_bytes(b'ClusterName="<script>x</script>\x1b[31m|`"\nSlurmctldHost=localhost\nAuthAltTypes=auth/jwt\n'
                     b'AuthAltParameters="userclaimfield=<img src=x onerror=y>"\n')  # fmt: skip
    hostile = guide("24.11", str(path))
    for written in all_formats(hostile):
        assert "\x1b" not in written
    for written in (formats.render("html", document(hostile)), re.sub(r"`[^`]*`", "", markdown(hostile))):
        assert "<script>" not in written
        assert "<img" not in written


def contract(*arguments):
    return main(["contract", "--release", "24.11", *map(str, arguments)])


def test_a_folder_holds_everything_and_foreign_files_stay(conf, tmp_path, capsys):
    place = tmp_path / "out"
    assert contract("--conf", conf, "--folder", place) == 0
    names = {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()}
    assert {"issuer-guide.md", "issuer-guide.json", "claims.schema.json", "golden-tokens.json"} <= names
    assert len([name for name in names if name.startswith("recipes/")]) == len(LIBRARIES)
    assert contract("--conf", conf, "--folder", place) == 0
    (place / "recipes" / "make_token_pyjwt.py").write_text("mine\n")
    assert contract("--conf", conf, "--folder", place) == 2
    assert "left as it is" in capsys.readouterr().err
    assert (place / "recipes" / "make_token_pyjwt.py").read_text() == "mine\n"
    assert contract("--conf", conf, "--folder", place, "--overwrite") == 0


@pytest.mark.parametrize("option", ["--html", "--markdown"])
def test_the_key_is_never_replaced(conf, tmp_path, option):
    key = tmp_path / "jwt.key"
    assert contract("--conf", conf, option, key) == 2
    assert key.read_bytes() == KEYS["pem-pkcs8"]
    assert contract("--conf", conf, option, tmp_path / "page") == 0
    assert (tmp_path / "page").read_text(encoding="utf-8").startswith("<!")


def test_a_full_disk_leaves_no_cut_file(conf, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(output, "_write_whole", full)
    assert contract("--conf", conf, "--html", tmp_path / "page.html") == 3
    assert "No space left" in capsys.readouterr().err
    assert not [path for path in tmp_path.iterdir() if path.name not in {"jwt.key", "slurm.conf"}]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("ClusterName=x\n", "does not load auth/jwt"),
        ("ClusterName=x\nAuthAltTypes=auth/jwt\nAuthAltParameters=jwt_key=key\n", "No key is set"),
    ],
)
def test_a_site_that_accepts_no_tokens_is_reported_first(settings, reason, tmp_path, capsys):
    path = tmp_path / "slurm.conf"
    path.write_text(settings)
    assert main(["contract", "--conf", str(path), "--release", "24.11"]) == 1
    assert reason in " ".join(capsys.readouterr().out[:400].split())


def test_a_key_that_is_not_read_is_only_not_checked(tmp_path, capsys):
    """A developer's account may not read it, and need not."""
    path = tmp_path / "slurm.conf"
    path.write_text(f"ClusterName=x\nAuthAltTypes=auth/jwt\nStateSaveLocation={tmp_path}/none\n")
    assert main(["contract", "--conf", str(path), "--release", "24.11"]) == 0
    assert "not checked\n  - The key was not read" in capsys.readouterr().out


@pytest.mark.program
def test_recipes_keep_the_sites_policy(tmp_path):
    policy = tmp_path / "policy.toml"
    policy.write_text(
        '[token]\nmax_lifetime = 60\nissuers = ["https://id.example", "b"]\naudiences = ["slurm"]\n'
        'required_claims = ["jti"]\n'
    )
    made = guide("24.11", None, str(policy))
    recipe = next(each for each in made.recipes if each.library == "PyJWT")
    done, token = cook("PyJWT", recipe.code, KEYS["random32"], tmp_path)
    assert done.returncode == 0, done.stderr
    claims = examine(token).claims
    assert jsonschema.Draft202012Validator(made.claims_schema).is_valid(claims)
    assert policies.diagnose(policy_file.load(policy), claims, claims["iat"]) == ()
    assert all(each in markdown(made) for each in ("https://id.example", "At most 60 seconds", "jti"))


def test_the_example_is_current():
    ((path, content),) = guide_page.files().items()
    assert (Path(__file__).parents[4] / path).read_bytes() == content, "python -m tools.regenerate guide"


def test_exit_codes(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SLURM_CONF", str(tmp_path / "none"))
    assert main(["contract", "--release", "9.9"]) == 2
    assert main(["contract", "--conf", str(tmp_path / "none"), "--release", "24.11"]) == 2
    assert main(["contract", "--release", "24.11", "--policy", str(tmp_path / "none")]) == 2
    capsys.readouterr()
