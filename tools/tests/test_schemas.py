"""Every schema is valid and closed, and every file in a schema folder is either made or listed."""

from __future__ import annotations

import jsonschema
import pytest

from support.places import ROOT
from tools.schemas import CONFORMANCE, PUBLISHED, REPORTS

NAMES = [one.name for one in PUBLISHED]


@pytest.mark.parametrize("one", PUBLISHED, ids=NAMES)
def test_the_schema_is_valid_and_no_object_of_it_is_open(one):
    schema = one.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for name, part in schema.get("$defs", {}).items():
        assert part.get("type") != "object" or part["additionalProperties"] is False, name


@pytest.mark.parametrize("folder", [CONFORMANCE, REPORTS])
def test_every_file_of_a_schema_folder_is_listed(folder):
    made = {one.name for one in PUBLISHED if one.folder == folder}
    files = {path.name.removesuffix(".schema.json") for path in (ROOT / folder).iterdir()}
    assert files == made
