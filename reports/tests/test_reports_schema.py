"""The published schema is the format: every line keeps it, and it lets nothing else through."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import msgspec
import pytest

from slurm_jwt_reports.stream import events
from tools import example_run as example

PUBLISHED = files("slurm_jwt_reports").joinpath("schema", "results.schema.json")


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(PUBLISHED.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


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
