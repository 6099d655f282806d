"""Cases of others come in with their ids, source and licence, and without their verdicts."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import slurm_jwt_vectors
from slurm_jwt_conformance.harness.outcomes import outcomes
from slurm_jwt_vectors import load, release
from slurm_jwt_vectors.build import token
from tools import wycheproof
from tools.wycheproof import ForeignDataError, Judged, Judgement, compiled

SCHEMAS = [
    json.loads(path.read_bytes())
    for path in (Path(slurm_jwt_vectors.__file__).parent / "schema").glob("*.json")
]
REGISTRY = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS)
KEY = bytes(range(32))
GOOD = token(claims=b"foo").signed_by(KEY).encoded().decode()
FLAT = token(claims=b"Test", key="zeros32").encoded().decode()


def jwk(key: bytes) -> dict[str, str]:
    return {"kty": "oct", "alg": "HS256", "k": base64.urlsafe_b64encode(key).decode().rstrip("=")}


def test(number: int, jws: str, result: str) -> dict[str, object]:
    return {"tcId": number, "comment": f"case{number}", "jws": jws, "result": result, "flags": []}


test.__test__ = False
THEIRS = {
    "testGroups": [
        {"private": jwk(KEY), "tests": [test(1, GOOD, "valid"), test(2, GOOD[:-1], "valid")]},
        {"private": {"kty": "EC", "alg": "ES256"}, "tests": [test(3, "x", "valid")]},
        {"private": jwk(bytes(32)), "tests": [test(4, FLAT, "invalid")]},
        {"public": {"kty": "RSA"}, "tests": [test(5, "x", "valid")]},
    ]
}
CONTENT = json.dumps(THEIRS).encode()


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


OURS = Judged(
    "https://example.invalid/vectors",
    "Apache-2.0",
    {
        1: Judgement(sha256(GOOD), ("claims.json",), None),
        2: Judgement(sha256(GOOD[:-1]), ("form.base64url", "claims.json"), "Labelled valid, though cut."),
        4: Judgement(sha256(FLAT), ("claims.json",), None),
    },
)


@pytest.fixture
def suite(tmp_path):
    for name, content in compiled(CONTENT, OURS).items():
        (tmp_path / name).write_bytes(content)
    return load(tmp_path)


def test_their_cases_come_with_id_source_and_licence(suite):
    case = suite.cases["wycheproof.tc-2"]
    assert case.token == GOOD[:-1]
    assert case.purpose == "case2."
    assert case.sources[0] == "Wycheproof tcId 2, Apache-2.0, https://example.invalid/vectors"


def test_their_verdict_is_not_read(suite):
    """Labelled valid or invalid, and even swapped: the same cases come out."""
    swapped = (
        CONTENT.replace(b'"valid"', b'"?"').replace(b'"invalid"', b'"valid"').replace(b'"?"', b'"invalid"')
    )
    assert swapped != CONTENT
    assert compiled(swapped, OURS) == compiled(CONTENT, OURS)
    assert [suite.cases[f"wycheproof.tc-{number}"].verdict for number in (1, 2, 4)] == ["invalid"] * 3
    assert suite.cases["wycheproof.tc-2"].why.startswith("Labelled valid, though cut. ")


def test_a_key_of_ours_keeps_its_name_and_others_get_one(suite):
    name = f"wycheproof-{hashlib.sha256(KEY).hexdigest()[:8]}"
    assert suite.keys[name].bytes == KEY
    assert suite.cases["wycheproof.tc-1"].key == name
    assert suite.cases["wycheproof.tc-4"].key == "zeros32"
    assert set(suite.keys) - set(load().keys) == {name}


def test_every_case_has_a_valid_twin_under_its_key(suite):
    for case in suite.cases.values():
        if case.topic == "wycheproof" and case.verdict != "valid":
            twin = suite.cases[case.twin]
            assert (twin.verdict, twin.key, twin.user) == ("valid", case.key, "alice")


def test_ours_are_there_too(suite):
    assert set(load().cases) < set(suite.cases)


def test_the_files_keep_our_schemas():
    files = compiled(CONTENT, OURS)
    for name, schema in (("keys.json", "keys.schema.json"), ("wycheproof.json", "topic.schema.json")):
        validator = Draft202012Validator({"$ref": schema}, registry=REGISTRY)
        assert [error.message for error in validator.iter_errors(json.loads(files[name]))] == []
    assert b"Apache-2.0" in files["NOTICE"]


def test_the_same_copy_gives_the_same_bytes():
    assert compiled(CONTENT, OURS) == compiled(CONTENT, OURS)


@pytest.mark.parametrize("number", [1, 4])
def test_a_token_without_our_verdict_is_an_error(number):
    unknown = OURS._replace(by_number={n: said for n, said in OURS.by_number.items() if n != number})
    other = Judgement("0" * 64, ("claims.json",), None)
    for judged in (unknown, OURS._replace(by_number={**OURS.by_number, number: other})):
        with pytest.raises(ForeignDataError, match=f"tcId {number}: not judged yet"):
            compiled(CONTENT, judged)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"testGroups": 1}', b"\xff", b"[" * 100_000])
def test_another_file_is_an_error(content):
    with pytest.raises(ForeignDataError, match=r"not a json_web_signature_test\.json"):
        compiled(content, OURS)


def test_a_key_that_is_no_base64url_is_an_error():
    with pytest.raises(ForeignDataError, match="Wycheproof"):
        compiled(
            json.dumps(
                {"testGroups": [{"private": {**jwk(KEY), "k": "a"}, "tests": [test(1, "", "")]}]}
            ).encode(),
            OURS,
        )


def test_what_we_judged():
    """Forty tokens; the four whose label is another than ours at the level of signatures have a note."""
    judged = wycheproof.judgements()
    assert len(judged.by_number) == 40
    assert {number for number, said in judged.by_number.items() if said.note} == {367, 370, 372, 373}
    assert len({said.token_sha256 for said in judged.by_number.values()}) == 37  # 348 = 352, 357 = 367 = 370
    same = {judged.by_number[number].token_sha256 for number in (357, 367, 370)}
    assert len(same) == 1
    for said in judged.by_number.values():
        assert said.rules
        assert re.fullmatch(r"[0-9a-f]{64}", said.token_sha256)


def test_the_cookbook_s_token_is_the_rfc_s():
    """Wycheproof took tcId 348 from RFC 7520, as we did."""
    ours = load().cases["rfc.r7520-4-4"]
    said = wycheproof.judgements().by_number[348]
    assert said.token_sha256 == hashlib.sha256(ours.token_bytes).hexdigest()
    assert said.rules == ours.rules


def test_command(tmp_path, monkeypatch, capsys):
    copy = tmp_path / "copy.json"
    copy.write_bytes(CONTENT)
    monkeypatch.setattr(wycheproof, "judgements", lambda: OURS)
    assert wycheproof.main([str(copy), "--out", str(tmp_path / "mine")]) == 0
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == [
        "NOTICE",
        "keys.json",
        "wycheproof.json",
    ]
    assert wycheproof.main([str(tmp_path / "none"), "--out", str(tmp_path / "mine")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_two_folders_that_disagree_are_an_error(tmp_path):
    for name, content in compiled(CONTENT, OURS).items():
        (tmp_path / name).write_bytes(content.replace(b'"wycheproof.tc-1"', b'"exp.missing"'))
    with pytest.raises(ValueError, match=r"exp\.missing is in two folders"):
        load(tmp_path)


def test_nothing_of_theirs_is_shipped():
    """Their tokens stay with them: what we ship knows them by their SHA-256 alone."""
    shipped = json.dumps(release.document(outcomes(load())))
    assert load().cases.keys().isdisjoint({"wycheproof.tc-1"})
    assert "wycheproof" not in {case.topic for case in load().cases.values()}
    assert "kid-aes-sign" not in shipped
