"""The issuing cases: their data keeps its schema, its tags are read back, and mistakes are noticed."""

import base64
import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import slurm_jwt_vectors
from slurm_jwt_vectors import load, load_issuing
from slurm_jwt_vectors.build import NOW
from slurm_jwt_vectors.tagged import in_order, tagged, untagged
from slurm_jwt_vectors.wishes import build

ROOM = Path(slurm_jwt_vectors.__file__).parent
SCHEMA = Draft202012Validator(json.loads((ROOM / "schema" / "issuing.schema.json").read_bytes()))
STORED = json.loads((ROOM / "data" / "issuing.json").read_bytes())
CASES = load_issuing()
SPECIAL = [
    (1.5, {"$float": "1.5"}),
    (-0.0, {"$float": "-0.0"}),
    (1e30, {"$float": "1e+30"}),
    (math.inf, {"$float": "Infinity"}),
    (-math.inf, {"$float": "-Infinity"}),
    (2**53, {"$int": "9007199254740992"}),
    (-(2**64), {"$int": "-18446744073709551616"}),
    (Decimal("1.50"), {"$decimal": "1.50"}),
    (datetime(2030, 1, 1, tzinfo=UTC), {"$datetime": "2030-01-01T00:00:00+00:00"}),
    (datetime(2030, 1, 1, 0, 0, 0, 500000), {"$datetime": "2030-01-01T00:00:00.500000"}),  # noqa: DTZ001
    (datetime(2030, 1, 1, tzinfo=timezone(timedelta(hours=-5))), {"$datetime": "2030-01-01T00:00:00-05:00"}),
    (date(2030, 1, 1), {"$date": "2030-01-01"}),
    (b"\xff\0", {"$bytes": "/wA="}),
    ("\ud83d", {"$utf16": "d83d"}),
]
PLAIN = [None, True, False, 0, 2**53 - 1, "\U0001f511", "$float", [], {}, {"a": [1, {"b": None}]}]


def errors(**changes: object) -> list[str]:
    case = {**STORED["cases"][0], **changes}
    return [error.message for error in SCHEMA.iter_errors({**STORED, "cases": [case]})]


@pytest.mark.parametrize(("value", "written"), SPECIAL, ids=repr)
def test_special_values_are_tagged_and_read_back(value, written):
    assert tagged([value]) == [written]
    read = untagged(written)
    assert (read, type(read), str(read)) == (value, type(value), str(value))
    assert errors(claims={"x": [written]}) == []


def test_nan_is_tagged_and_read_back():
    assert tagged(math.nan) == {"$float": "NaN"}
    assert math.isnan(untagged({"$float": "NaN"}))


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_what_json_holds_stands_for_itself(value):
    assert tagged(value) == value
    assert untagged(value) == value
    assert json.loads(json.dumps(tagged(value))) == value


def test_order_is_kept():
    members = {"z": 2**53, "a": 1}
    written = json.loads(json.dumps(in_order(members), sort_keys=True))
    assert list(untagged(written).items()) == list(members.items())
    assert errors(claims=written) == []


@pytest.mark.parametrize(
    "value",
    [{"$complex": "1j"}, {"$float": 1.5}, {"$int": "1", "$float": "1.0"}, {"$int": "x"}, {"$pairs": 1}],
)
def test_wrong_tags_are_errors(value):
    with pytest.raises(ValueError, match=r"not a tagged value|invalid literal"):
        untagged(value)
    assert errors(claims={"x": value})


def test_a_type_without_a_tag_is_an_error():
    with pytest.raises(TypeError, match="set"):
        tagged({"x": {1}})


def test_data_keeps_its_schema():
    assert [error.message for error in SCHEMA.iter_errors(STORED)] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"extra": 1},
        {"id": "exp.float"},
        {"expected": "token", "rules": ["exp.number"]},
        {"expected": "refuse", "rules": []},
        {"expected": "either", "why": None},
        {"claims": {"exp": 1.5}},
        {"claims": {"$exp": 1}},
        {"claims": [["exp", 1]]},
        {"sources": []},
        {"now": "2030"},
    ],
    ids=repr,
)
def test_schema_refuses(changes):
    assert errors() == []
    assert errors(**changes)


def test_the_struct_has_the_fields_of_the_schema():
    fields = set(slurm_jwt_vectors.IssuingCase.__struct_fields__)
    assert fields == set(SCHEMA.schema["$defs"]["case"]["properties"])


def test_loader_reads_every_case():
    assert list(CASES) == sorted(case["id"] for case in STORED["cases"])
    assert len(CASES) >= 100


def test_ids_are_of_no_token_case():
    assert set(CASES).isdisjoint(load().cases)
    assert "issue" not in {case.topic for case in load().cases.values()}


def test_keys_are_published_and_every_long_enough_one_is_asked_for():
    keys = load().keys
    asked = {case.key for case in CASES.values() if case.expected == "token"}
    assert {case.key for case in CASES.values()} <= set(keys)
    assert asked == {name for name, key in keys.items() if len(key.bytes) >= 32}


def test_tokens_are_due_for_claims_that_are_held():
    for case in CASES.values():
        if case.expected == "token":
            assert case.held == case.asked, case.id


def test_moments_are_the_very_second():
    """A datetime with a zone is the same moment as the integer that a token must hold."""
    moments = 0
    for case in CASES.values():
        for name, value in case.held.items():
            asked = case.asked[name]
            if isinstance(asked, datetime):
                assert asked.timestamp() == value, case.id
                moments += 1
    assert moments >= 4


def test_the_usual_wish_is_half_an_hour_for_alice():
    assert CASES["issue.usual"].asked == {"exp": NOW + 1800, "iat": NOW, "sun": "alice"}
    assert list(CASES["issue.other-order"].asked) == ["sun", "iat", "exp"]


@pytest.mark.parametrize(
    ("finish", "message"),
    [
        (lambda wish: wish.refuse(), "name the rules"),
        (lambda wish: wish.refuse("exp.number", "iat.number"), "say why"),
        (lambda wish: wish.either(""), "must be said"),
        (lambda _: build.wish("usual", "Again.", "x").token(), "two wishes"),
        (lambda _: build.wish("fresh", "", "x").token(), "must be said"),
        (lambda _: build.wish("fresh", "No source.").token(), "must be said"),
    ],
)
def test_wishes_must_be_whole(finish, message):
    import slurm_jwt_vectors.wishes.rest  # noqa: F401 - enters the wish that is entered twice here

    with pytest.raises(ValueError, match=message):
        finish(build.wish("fresh", "A wish.", "x"))


def test_bytes_are_canonical_base64():
    for case in CASES.values():
        for value in case.claims.values():
            if isinstance(value, dict) and "$bytes" in value:
                assert base64.b64encode(base64.b64decode(value["$bytes"])).decode() == value["$bytes"]
