"""A policy's file: what is accepted, and how each mistake is named."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import re
import tomllib
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from slurm_jwt_conformance.site.policy import file as policy_file
from slurm_jwt_conformance.site.policy import form as policy_form
from slurm_jwt_conformance.site.policy import policy
from slurm_jwt_reports.problems import Problem
from tools.schemas import policy_schema

PUBLISHED = Path(policy_form.__file__).parents[2] / "schema" / "policy.schema.json"

WHOLE = """\
# The policy of cluster one
[token]
max_lifetime = 3600
max_remaining = 7200
issuers = ["https://portal.example.org"]
audiences = ["cluster one"]
required_claims = ["jti"]
required_header = ["kid"]

[users]
allow = ["*"]
deny = ["svc-*"]
privileged = false

[[waiver]]
rule = "iat.required"
reason = "The portal sets it after its upgrade."
by = "security officer"
expires = 2027-06-30

[[waiver]]
rule = "user.root"
reason = "The monitoring service."
by = "security officer"
expires = "2027-01-31"
"""
PAGE = Path(__file__).parents[4] / "docs" / "policy.md"


@pytest.fixture
def load(tmp_path):
    def call(text):
        path = tmp_path / "site.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return policy_file.load(path)

    return call


@pytest.fixture
def complaint(load, tmp_path):
    """Load what must not load; give the message from the file's name on, and the hint."""

    def call(text):
        with pytest.raises(Problem) as caught:
            load(text)
        assert caught.value.exit_code == 2
        return caught.value.what.replace(f"{tmp_path}/", ""), caught.value.hint

    return call


def test_a_whole_policy_is_read(load, tmp_path):
    read = load(WHOLE)
    assert read.sha256 == hashlib.sha256((tmp_path / "site.toml").read_bytes()).hexdigest()
    assert read._replace(sha256="") == policy.Policy(
        str(tmp_path / "site.toml"),
        3600,
        7200,
        ("https://portal.example.org",),
        ("cluster one",),
        ("jti",),
        ("kid",),
        ("*",),
        ("svc-*",),
        privileged=False,
        waivers=(
            policy.Waiver(
                "iat.required", "The portal sets it after its upgrade.", "security officer", "2027-06-30"
            ),
            policy.Waiver("user.root", "The monitoring service.", "security officer", "2027-01-31"),
        ),
    )


def test_an_empty_file_demands_nothing(load, tmp_path):
    assert load("")._replace(sha256="") == policy.Policy(str(tmp_path / "site.toml"))


@pytest.mark.parametrize(
    ("old", "new", "what", "hint"),
    [
        ("max_lifetime", "max_lifetme", "site.toml:3: there is no 'max_lifetme' in token.", "max_lifetime"),
        ("[token]", "[tokens]", "site.toml:2: there is no 'tokens'.", "token"),
        ("[users]", "[user]", "site.toml:10: there is no 'user'.", "users"),
        ("deny", "denied", "site.toml:12: there is no 'denied' in users.", "deny"),
        ("= 3600", '= "3600"', "site.toml:3: token.max_lifetime is no number of seconds", ""),
        ("= 3600", "= 0", "site.toml:3: token.max_lifetime is no number", ""),
        ("= 3600", "= 3600.0", "site.toml:3: token.max_lifetime is no number", ""),
        ("= 3600", "= true", "site.toml:3: token.max_lifetime is no number", ""),
        ("= 7200", "= 99999999999999999", "site.toml:4: token.max_remaining is no number", ""),
        ('["jti"]', '"jti"', "site.toml:7: token.required_claims is no list of texts", ""),
        ('["jti"]', "[]", "site.toml:7: token.required_claims is an empty list", ""),
        ('["jti"]', '["jti", "jti"]', "site.toml:7: token.required_claims names something twice", ""),
        ('["jti"]', '[""]', "site.toml:7: token.required_claims is no list of texts", ""),
        ("privileged = false", 'privileged = "no"', "site.toml:13: users.privileged is neither", ""),
        ('"iat.required"', '"iat.requird"', "site.toml:16: waiver 1 is of 'iat.requird'", "iat.required"),
        ('"user.root"', '"user.rot"', "site.toml:22: waiver 2 is of 'user.rot'", "user.root"),
        ('"user.root"', '"signature.match"', "site.toml:22: waiver 2 is of signature.match, which", "Forged"),
        ('"user.root"', "7", "site.toml:22: rule of waiver 2 is no text", ""),
        ("expires = 2027-06-30\n", "", "site.toml:15: waiver 1 has no expires.", "without a last day"),
        ('expires = "2027-01-31"\n', "", "site.toml:21: waiver 2 has no expires.", "without a last day"),
        ("2027-06-30", "2027-06-30T12:00:00Z", "site.toml:19: expires of waiver 1 is no day", "2027-06-30"),
        ('"2027-01-31"', '"2027-02-31"', "site.toml:25: expires of waiver 2 is no day", "2027-06-30"),
        ('"2027-01-31"', '"never"', "site.toml:25: expires of waiver 2 is no day", "2027-06-30"),
        ('"2027-01-31"', "20270131", "site.toml:25: expires of waiver 2 is no day", "2027-06-30"),
        ("2027-06-30", "2027-06-31", "site.toml:19:", ""),
        (
            'by = "security officer"\nexpires = 2',
            "expires = 2",
            "site.toml:15: waiver 1 has no by.",
            "decided",
        ),
        ('reason = "The mon', 'reasn = "The mon', "site.toml:23: there is no 'reasn' in waiver.", "reason"),
        ("[token]", "[token", "site.toml:2:7: no TOML", ""),
        ("[users]", "[token]", "site.toml:10:7: no TOML", ""),
        ("[[waiver]]", "[waiver]", "site.toml:21:", ""),
    ],
)
def test_each_mistake_is_named_with_its_line(complaint, old, new, what, hint):
    assert old in WHOLE
    said, advice = complaint(WHOLE.replace(old, new, 1))
    assert what in said
    assert hint in advice


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("token = 7", "site.toml:1: token is no table."),
        ("waiver = 7", "site.toml:1: waiver is no list of tables."),
        ("[waiver]\nrule = 'x'", "site.toml:1: waiver is no list of tables."),
        ("users.alow = ['x']", "there is no 'alow' in users."),
        ("x = " + "9" * 5000, "no TOML"),
        ("x = " + "[" * 100_000, "no TOML"),
        (b"[token]\n# \xff\n", "site.toml:2: no UTF-8 text."),
        ("\x00", "no TOML"),
        ("'\\u001b[2J' = 1", "there is no"),
        ('"\\u001b[2J\\u202e" = 1', "there is no"),
    ],
)
def test_what_is_no_policy_is_said_so_and_safely(complaint, text, what):
    said, hint = complaint(text)
    assert what in said
    assert said.isprintable()
    assert hint.isprintable()


def test_a_file_over_a_mebibyte_is_not_read(complaint):
    assert "over 1,048,576 bytes" in complaint("#" * (1 << 20) + "\n")[0]


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "device", "nul", "unreadable"])
def test_what_is_no_plain_file_is_a_problem_at_once(tmp_path, kind):
    path = tmp_path / "p"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path = Path("/dev/zero")
    elif kind == "nul":
        path = "p\0q"
    elif kind == "unreadable":
        path.symlink_to(path)
    with pytest.raises(Problem, match=r"policy"):
        policy_file.load(path)


def test_the_published_schema_is_that_of_the_loader():
    assert json.loads(PUBLISHED.read_text("utf-8")) == policy_schema()
    jsonschema.Draft202012Validator.check_schema(policy_schema())


def as_json(document):
    return json.loads(json.dumps(document, default=date.isoformat))


def agree(document, load):
    """Tell what the loader says of a document; the schema must say the same."""
    validator = jsonschema.Draft202012Validator(policy_schema(), format_checker=jsonschema.FormatChecker())
    by_schema = validator.is_valid(as_json(document))
    try:
        load(as_toml(document))
    except Problem:
        assert not by_schema
        return False
    assert by_schema
    return True


def as_toml(document):
    """Write the few shapes of TOML that these tests need."""
    lines = []
    for name, value in document.items():
        if isinstance(value, dict):
            lines += [f"[{name}]", *(f"{key} = {inline(one)}" for key, one in value.items())]
        elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            for each in value:
                lines += [f"[[{name}]]", *(f"{key} = {inline(one)}" for key, one in each.items())]
        else:
            lines.insert(0, f"{name} = {inline(value)}")
    text = "\n".join(lines)
    assert tomllib.loads(text) == document
    return text


def inline(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {inline(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return str(value) if isinstance(value, date) else json.dumps(value)


NAMES = [*policy_form.TABLES["token"], *policy_form.TABLES["users"], *policy_form.WAIVER, "other"]
VALUES = some.sampled_from(
    [1, 0, -1, 60, 2**53, True, False, "", "x", "iat.required", "signature.match", "2027-06-30", "2027-13-01",
     date(2027, 6, 30), [], ["x"], ["x", "x"], [""], [1], ["x", "y"], {}, {"x": 1}]
)  # fmt: skip
TABLES = some.dictionaries(some.sampled_from(NAMES), VALUES, max_size=3)
SOUND = {"rule": "iat.required", "reason": "r", "by": "b", "expires": date(2027, 6, 30)}
WAIVERS = some.lists(
    some.builds(
        lambda change: SOUND | change, some.dictionaries(some.sampled_from(NAMES[-5:]), VALUES, max_size=1)
    ),
    min_size=1,
    max_size=2,
)
DOCUMENTS = some.fixed_dictionaries(
    {},
    optional={
        "token": TABLES | VALUES,
        "users": TABLES | VALUES,
        "waiver": WAIVERS | VALUES,
        "other": VALUES,
    },
)


def test_loader_and_schema_take_and_refuse_the_same(tmp_path):
    seen = set()

    def load(text):
        path = tmp_path / "p.toml"
        path.write_text(text, "utf-8")
        return policy_file.load(path)

    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(DOCUMENTS)
    def hold(document):
        seen.add(agree(copy.deepcopy(document), load))

    hold()
    assert seen == {True, False}


def test_the_page_shows_policies_that_load_and_names_every_member(load):
    text = PAGE.read_text("utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        load(block)
    for members in (*policy_form.TABLES.values(), policy_form.WAIVER):
        for name in members:
            assert f"`{name}`" in text
    for name in policy.texts():
        assert f"`{name}`" in text


def test_a_spot_that_cannot_be_found_has_no_line():
    assert policy_file.line_of(["x.y = 1"], policy_file.Spot("y", "x")) is None
