"""The committed data: as compiled, as the schemas say, and as the loader reads it."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import slurm_jwt_vectors
from slurm_jwt_vectors import digest, load, load_observed, models
from tools.vector_data import topics

ROOM = Path(slurm_jwt_vectors.__file__).parent
DATA = ROOM / "data"
SCHEMAS = {path.name: json.loads(path.read_bytes()) for path in (ROOM / "schema").glob("*.json")}
REGISTRY = Registry().with_resources(
    (name, Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)
SUITE = load()
CASES = list(SUITE.cases.values())
RETIRED = {entry["id"] for entry in json.loads((DATA / "retired.json").read_bytes())["retired"]}


def schema_of(name: str) -> str:
    return f"{name}.schema.json" if name in {"issuing", "jwks", "keys", "retired"} else "topic.schema.json"


def errors(schema: str, content: object) -> list[str]:
    validator = Draft202012Validator(SCHEMAS[schema], registry=REGISTRY)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(content)]


def first_case() -> dict[str, object]:
    return dict(json.loads((DATA / "exp.json").read_bytes())["cases"][0])


def test_data_is_small_enough_to_ship():
    assert sum(path.stat().st_size for path in DATA.glob("*.json")) < 3_000_000


@pytest.mark.parametrize("path", sorted(DATA.glob("*.json")), ids=lambda path: path.name)
def test_data_keeps_its_schema(path: Path):
    assert errors(schema_of(path.stem), json.loads(path.read_bytes())) == []


@pytest.mark.parametrize("path", sorted(DATA.glob("*.json")), ids=lambda path: path.name)
def test_data_is_sorted_indented_ascii(path: Path):
    content = path.read_bytes()
    assert content == json.dumps(json.loads(content), indent=2, sort_keys=True).encode() + b"\n"


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schemas_are_schemas_and_closed(name: str):
    Draft202012Validator.check_schema(SCHEMAS[name])
    objects = re.findall(r'"type": "object"', json.dumps(SCHEMAS[name]))
    closed = re.findall(r'"additionalProperties": (?:false|\{)', json.dumps(SCHEMAS[name]))
    assert len(objects) == len(closed) > 0


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"id": "Exp.Missing"},
        {"sources": []},
        {"purpose": ""},
        {"rules": []},
        {"twin": None},
        {"why": None, "verdict": "either"},
        {"why": None, "rules": ["exp.integer", "exp.unexpired"]},
        {"user": "alice"},
        {"token_base64": "AAAA"},
        {"now": "2030"},
    ],
    ids=repr,
)
def test_schema_refuses(change: dict[str, object]):
    case = first_case()
    assert case["verdict"] == "invalid"
    assert errors("case.schema.json", case) == []
    assert errors("case.schema.json", {**case, **change})


def test_schemas_and_structs_have_the_same_fields():
    pairs = {
        models.Case: SCHEMAS["case.schema.json"],
        models.Topic: SCHEMAS["topic.schema.json"],
        models.KeyFile: SCHEMAS["keys.schema.json"],
        models.Key: SCHEMAS["keys.schema.json"]["properties"]["keys"]["items"],
        models.JwksFile: SCHEMAS["jwks.schema.json"],
        models.Jwks: SCHEMAS["jwks.schema.json"]["properties"]["jwks"]["items"],
        models.Observed: SCHEMAS["observed.schema.json"],
        models.Observation: SCHEMAS["observed.schema.json"]["properties"]["cases"]["additionalProperties"],
    }
    for struct, schema in pairs.items():
        assert set(struct.__struct_fields__) == set(schema["properties"])


def test_every_topic_has_its_file():
    files = {path.stem for path in DATA.glob("*.json")} - {"issuing", "jwks", "keys", "retired"}
    assert files == set(topics()) == {case.topic for case in CASES}


def test_loader_reads_every_case_of_every_file():
    stored = [
        case["id"]
        for topic in topics()
        for case in json.loads((DATA / f"{topic}.json").read_bytes())["cases"]
    ]
    assert len(stored) == len(set(stored))
    assert list(SUITE.cases) == sorted(stored)


@pytest.mark.parametrize("topic", sorted(topics()))
def test_only_cases_with_a_jwks_have_the_members_of_one(topic: str):
    """Version 1.0.0 had no JWKS: the bytes of its cases stay as they were."""
    members = {"jwks", "verdict_2020", "rules_2020"}
    found = [members & set(case) for case in json.loads((DATA / f"{topic}.json").read_bytes())["cases"]]
    expected = members if topic in {"jwks-file", "rs256", "rs256-attack"} else set()
    assert found == [expected] * len(found)


def test_retired_ids_are_not_in_use():
    assert RETIRED.isdisjoint(SUITE.cases)


def test_ids_are_of_their_topic():
    assert [case.id for case in CASES if case.id.partition(".")[0] != case.topic] == []


def test_every_case_names_a_published_key():
    assert {case.key for case in CASES} == set(SUITE.keys)


def test_token_bytes_are_the_stored_ones():
    for case in CASES:
        stored = case.token.encode() if case.token is not None else base64.b64decode(case.token_base64 or "")
        assert case.token_bytes == stored


def test_only_tokens_that_are_no_text_are_in_base64():
    for case in CASES:
        if case.token_base64 is not None:
            with pytest.raises(UnicodeDecodeError):
                case.token_bytes.decode()


def test_digest_follows_names_and_contents():
    names = ["keys.json", "jwks.json", "issuing.json", *sorted(f"{topic}.json" for topic in topics())]
    total = hashlib.sha256()
    for name in names:
        content = (DATA / name).read_bytes()
        total.update(f"{name} {len(content)}\n".encode() + content)
    assert digest() == total.hexdigest()


RECORD = {
    "release": "22.05",
    "slurm": "22.05.8",
    "libjwt": "1.10.2",
    "packages": {"slurmctld": "22.05.8-4"},
    "recorded": "2026-11-23",
    "cases": {
        "claims.scontrol": {
            "token_sha256": "0" * 64,
            "key": "random32",
            "route": "scontrol",
            "clock": "faketime 2030-01-01T00:00:00Z",
            "verdict": "accepted",
            "uid": 2001,
            "user": "alice",
            "log": None,
            "client": None,
        }
    },
}


def test_observed_records_are_read_by_release(tmp_path):
    assert load_observed(tmp_path) == {}
    (tmp_path / "22.05.json").write_text(json.dumps(RECORD))
    assert errors("observed.schema.json", RECORD) == []
    observed = load_observed(tmp_path)["22.05"]
    assert observed.cases["claims.scontrol"].uid == 2001


def test_committed_observations_keep_their_schema():
    for path in (ROOM / "observed").glob("*.json"):
        content = json.loads(path.read_bytes())
        assert errors("observed.schema.json", content) == []
        assert content["release"] == path.stem
        assert set(content["cases"]) <= {*SUITE.cases, *RETIRED}
