"""The schema files are those of the types, and every file in a schema folder is either made or listed."""

from __future__ import annotations

import jsonschema
import pytest

from tools import schemas
from tools.schemas import HAND_WRITTEN, PUBLISHED, ROOT

NAMES = [one.name for one in PUBLISHED]


@pytest.mark.parametrize("one", PUBLISHED, ids=NAMES)
def test_the_file_is_made_from_its_type(one):
    assert one.path.read_text("utf-8") == one.text, "run python -m tools.schemas"


@pytest.mark.parametrize("one", PUBLISHED, ids=NAMES)
def test_the_schema_is_valid_and_no_object_of_it_is_open(one):
    schema = one.schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for name, part in schema.get("$defs", {}).items():
        assert part.get("type") != "object" or part["additionalProperties"] is False, name


@pytest.mark.parametrize("folder", HAND_WRITTEN)
def test_every_file_of_a_schema_folder_is_listed(folder):
    made = {one.name for one in PUBLISHED if one.folder == folder}
    files = {path.name.removesuffix(".schema.json") for path in (ROOT / folder).iterdir()}
    assert files == made | HAND_WRITTEN[folder]
    assert not made & HAND_WRITTEN[folder]


def test_check_reports_a_stale_file_and_writes_nothing(tmp_path, monkeypatch, capsys):
    one = PUBLISHED[0]
    monkeypatch.setattr(schemas, "ROOT", tmp_path)
    monkeypatch.setattr(schemas, "PUBLISHED", (one,))
    place = tmp_path / one.folder / "results.schema.json"
    place.parent.mkdir(parents=True)
    place.write_text("{}", "utf-8")
    assert schemas.main(["--check"]) == 1
    assert place.read_text("utf-8") == "{}"
    assert schemas.main([]) == 0
    assert place.read_text("utf-8") == one.text
    assert schemas.main(["--check"]) == 0
    shown = capsys.readouterr().out.split()
    assert shown == [f"{one.folder}/results.schema.json"] * 2
