"""The data files are as compiled, and a mistake in a case stops the compiler."""

import json

import pytest

from slurm_jwt_vectors import suite
from slurm_jwt_vectors.build import BASE, token
from tools import vector_data


def test_the_committed_files_are_the_compiled_ones():
    assert vector_data.differing(vector_data.compiled()) == []


def test_stale_missing_and_surplus_files_differ(tmp_path, monkeypatch):
    monkeypatch.setattr(vector_data, "DATA", tmp_path)
    contents = {"exp.json": b"{}\n", "iat.json": b"{}\n", "nbf.json": b"{}\n"}
    for name in ("exp.json", "gone.json", "retired.json"):
        (tmp_path / name).write_bytes(b"{}\n")
    (tmp_path / "iat.json").write_bytes(b"[]\n")
    assert vector_data.differing(contents) == ["gone.json", "iat.json", "nbf.json"]


def test_retired_ids_stay_retired(tmp_path, monkeypatch):
    retired = {"format": 1, "retired": [{"id": BASE, "reason": "a test"}]}
    (tmp_path / "retired.json").write_text(json.dumps(retired))
    monkeypatch.setattr(suite, "DATA", tmp_path)
    with pytest.raises(ValueError, match=f"retired ids are never used again: {BASE}"):
        vector_data.compiled()


def undocumented():
    return token().valid(sources=("x",))


def test_a_case_needs_a_docstring():
    with pytest.raises(ValueError, match="docstring"):
        vector_data._entry("topic.name", undocumented)


def test_a_mistake_names_its_case():
    def broken():
        """A case."""
        return token().invalid(sources=("x",))

    with pytest.raises(ValueError, match=r"case topic\.name: an invalid case"):
        vector_data._entry("topic.name", broken)


@pytest.mark.parametrize("twin", ["topic.gone", "topic.other"])
def test_a_twin_must_be_a_valid_case(twin: str):
    judged = {"topic.one": {"twin": twin}, "topic.other": {"twin": None, "verdict": "either"}}
    with pytest.raises(ValueError, match="no valid case"):
        vector_data._check_twins(judged)
