"""Every generated file is as its maker makes it, and a stale file is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import model_branches, regenerate

PROGRAMS = {"scenarios"}
"""Names of generated files whose makers start programs."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.program] if name in PROGRAMS else [])
        for name in regenerate.MAKERS
    ],
)
def test_the_files_are_as_their_maker_makes_them(name):
    assert regenerate.stale([name], write=False) == [], f"run python -m tools.regenerate {name}"


def test_a_stale_file_is_found_and_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(regenerate, "ROOT", tmp_path)
    monkeypatch.setattr(regenerate, "MAKERS", {"coverage": "tools.rule_coverage"})
    assert regenerate.main(["--check"]) == 1
    assert not list(tmp_path.iterdir())
    assert regenerate.main([]) == 0
    assert regenerate.main(["--check"]) == 0
    assert capsys.readouterr().out == "stale: docs/coverage.md\nwritten: docs/coverage.md\n"
    assert Path(tmp_path, "docs/coverage.md").read_bytes()


def test_every_branch_that_no_case_takes_has_its_reason():
    assert model_branches.complaints() == []
