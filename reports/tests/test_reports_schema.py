"""The published schema is the format: every line keeps it, and it lets nothing else through."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import msgspec
import pytest

from slurm_jwt_reports import schemas
from slurm_jwt_reports.stream import events
from tools import example_run as example

FOLDER = files("slurm_jwt_reports").joinpath("schema")
PUBLISHED = FOLDER.joinpath("results.schema.json")


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(PUBLISHED.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", schemas.PUBLISHED)
def test_every_published_schema_is_the_one_of_the_code(name):
    text = FOLDER.joinpath(f"{name}.schema.json").read_text("utf-8")
    assert text == schemas.text_of(name), "run python -m slurm_jwt_reports.schemas"
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


@pytest.mark.parametrize("name", schemas.PUBLISHED)
def test_no_object_of_a_schema_is_open(name):
    schema = json.loads(FOLDER.joinpath(f"{name}.schema.json").read_text("utf-8"))
    for part in schema["$defs"].values():
        assert part.get("type") != "object" or part["additionalProperties"] is False, part["title"]


def test_all_schemas_are_published():
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.schema.json" for name in schemas.PUBLISHED}


def test_every_kind_of_line_keeps_the_schema(validator):
    seen = set()
    for event in example.complete(16, 20):
        line = json.loads(msgspec.json.encode(event))
        seen.add(line["event"])
        validator.validate(line)
    assert seen == set(validator.schema["discriminator"]["mapping"])


def test_no_object_takes_members_that_it_does_not_name(validator):
    for name, part in validator.schema["$defs"].items():
        assert part["additionalProperties"] is False, name
        assert all("description" in member or "enum" in member or "anyOf" in member
                   for member in part["properties"].values()), name  # fmt: skip


@pytest.mark.parametrize(
    "change", [{"more": 1}, {"status": "skipped"}, {"outcome": "maybe"}, {"case": 5}, {"milliseconds": -1}]
)
def test_what_is_no_outcome_is_refused(validator, change):
    good = next(event for event in example.events(4, 2) if isinstance(event, events.Outcome))
    line = json.loads(msgspec.json.encode(good))
    validator.validate(line)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(line | change)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(line | change), type=events.AnyEvent)
