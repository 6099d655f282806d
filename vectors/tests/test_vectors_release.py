"""What other people's programs get: whole, with its schema and checksum, and under an honest version."""

import base64
import hashlib
import json
import shutil
import subprocess
from typing import get_args

import pytest
from jsonschema import Draft202012Validator

from slurm_jwt_vectors import load, load_issuing, release
from slurm_jwt_vectors.suite import version

SUITE = load()
WISHES = load_issuing()
VERSION = version()
REFUSED = release.Outcome("observed", "24.11.5", "refused", None, "error: no")
ACCEPTED = release.Outcome("modelled", "25.05", "accepted", 2001)
OUTCOMES = release.Outcomes(
    {"alice": 2001}, {name: {"24.11": REFUSED, "25.05": ACCEPTED} for name in SUITE.cases}
)


def validator(schema: dict) -> Draft202012Validator:
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(json.loads(json.dumps(schema)))


def test_the_document_keeps_its_schema_without_any_other_file():
    made = release.contents("json", OUTCOMES)
    schema = validator(json.loads(made["slurm-jwt-vectors.schema.json"]))
    document = json.loads(made[f"slurm-jwt-vectors-{VERSION}.json"])
    assert [error.message for error in schema.iter_errors(document)] == []
    for part in ("cases", "keys", "private_keys", "jwks", "issuing", "retired"):
        broken = {**document, part: [{**document[part][0], "extra": 1}]}
        assert [*schema.iter_errors(broken)], part


def test_the_document_holds_everything():
    document = release.document(OUTCOMES)
    assert [case["id"] for case in document["cases"]] == list(SUITE.cases)
    assert [key["id"] for key in document["keys"]] == sorted(SUITE.keys)
    assert [each["id"] for each in document["jwks"]] == list(SUITE.jwks)
    assert [case["id"] for case in document["issuing"]] == list(WISHES)
    assert set(document["topics"]) == {case.topic for case in SUITE.cases.values()}
    assert document["version"] == VERSION
    assert {entry["id"] for entry in document["retired"]}.isdisjoint(SUITE.cases)


def test_every_line_is_a_case_with_its_key():
    made = release.contents("jsonl", OUTCOMES)
    schema = validator(json.loads(made["slurm-jwt-vectors-line.schema.json"]))
    lines = [json.loads(line) for line in made[f"slurm-jwt-vectors-{VERSION}.jsonl"].splitlines()]
    assert [line["id"] for line in lines] == list(SUITE.cases)
    for line in lines:
        assert line["outcomes"] == {"24.11": REFUSED._asdict(), "25.05": ACCEPTED._asdict()}
        assert schema.is_valid(line), line["id"]
        assert base64.b64decode(line["key_base64"]) == SUITE.keys[line["key"]].bytes
        assert ("jwks" in line) == ("jwks_base64" in line)
        if "jwks" in line:
            assert base64.b64decode(line["jwks_base64"]) == SUITE.jwks[line["jwks"]].bytes
    without = {name: value for name, value in lines[0].items() if name != "key_base64"}
    assert not schema.is_valid(without)
    assert not schema.is_valid({**lines[0], "extra": 1})


def test_a_folder_for_each_case():
    made = release.contents("files", OUTCOMES)
    for name, case in SUITE.cases.items():
        assert made[f"cases/{name}/token"] == case.token_bytes
        assert made[f"cases/{name}/outcomes"] == (
            b"24.11\tobserved\trefused\t-\terror: no\n25.05\tmodelled\taccepted\t2001\t-\n"
        )
        assert made[f"cases/{name}/verdict"] == f"{case.verdict}\n".encode()
        assert json.loads(made[f"cases/{name}/case.json"])["key"] == case.key
        assert made[f"keys/{case.key}"] == SUITE.keys[case.key].bytes
        if case.jwks is not None:
            assert made[f"jwks/{case.jwks}"] == SUITE.jwks_of(case)
    assert {path for path in made if path.startswith("issuing/")} == {
        f"issuing/{name}.json" for name in WISHES
    }


def export(form, folder):
    """Write an export into a folder and return the paths."""
    paths = {folder / name: content for name, content in release.contents(form, OUTCOMES).items()}
    for path, content in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return list(paths)


@pytest.mark.parametrize("form", get_args(release.Form))
def test_the_checksums_are_those_of_the_files(form, tmp_path):
    paths = export(form, tmp_path / "out")
    assert sum(path.is_file() for path in (tmp_path / "out").rglob("*")) == len(paths)
    named = dict(
        reversed(line.split("  ")) for line in (tmp_path / "out" / "SHA256SUMS").read_text().splitlines()
    )
    for path in paths:
        if path.name != "SHA256SUMS":
            name = path.relative_to(tmp_path / "out").as_posix()
            assert named.pop(name) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert named == {}


@pytest.mark.program
@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this machine")
def test_sha256sum_reads_the_checksums(tmp_path):
    export("json", tmp_path)
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, check=True)


@pytest.mark.parametrize("form", get_args(release.Form))
def test_an_export_is_the_same_every_time(form):
    assert release.contents(form, OUTCOMES) == release.contents(form, OUTCOMES)
