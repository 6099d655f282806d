"""The registry of labs: names, stale folders and permissions."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from slurm_jwt_conformance.lab.sandbox import places
from slurm_jwt_conformance.lab.service import messages, registry
from slurm_jwt_reports.problems import Problem


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "slurm-jwt/labs"


def dead(name):
    """Leave the files of a lab whose process was killed."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        mark = places.mark(ended.pid)
    place = registry.claim(name, {})
    (place / registry.FACTS).write_text(json.dumps({"mark": mark}))
    (place / messages.SOCKET).touch()
    return place


def test_a_name_is_taken_once(runtime):
    place = registry.claim("22.05", {"release": "22.05"})
    assert place == runtime / "22.05"
    with pytest.raises(Problem, match=r"22\.05 is up") as caught:
        registry.claim("22.05", {})
    assert "lab down --name 22.05" in caught.value.hint
    assert "--name" in caught.value.hint
    assert registry.living() == {"22.05": place}
    assert registry.clean() == []
    assert registry.read_facts(place)["release"] == "22.05"
    registry.remove(place)
    assert list(runtime.iterdir()) == []


@pytest.mark.program
def test_stale_folders_are_removed_and_their_names_are_free(runtime):
    for name in ("one", "two"):
        dead(name)
    assert registry.living() == {}
    living = registry.claim("two", {})
    assert registry.clean() == ["one"]
    assert list(runtime.iterdir()) == [living]


@pytest.mark.usefixtures("runtime")
def test_a_mark_of_an_earlier_boot_or_of_another_process_is_stale():
    place = registry.claim("it", {})
    mine = json.loads((place / registry.FACTS).read_text())["mark"]
    for changed in ({"boot": "another"}, {"started": "1"}, {"pid": "x"}, {"pid": 2**40}):
        (place / registry.FACTS).write_text(json.dumps({"mark": {**mine, **changed}}))
        assert not registry.lives(place)
    (place / registry.FACTS).write_text('"no object"')
    assert not registry.lives(place)
    assert registry.clean() == ["it"]


def test_only_the_owner_can_enter_the_folders(runtime):
    runtime.mkdir(parents=True, mode=0o755)
    place = registry.claim("it", {})
    assert runtime.stat().st_mode & 0o777 == 0o700
    assert place.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_another_user_is_refused(runtime, monkeypatch):
    runtime.mkdir(parents=True)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(Problem, match="not a folder of yours") as caught:
        registry.folder()
    assert "XDG_RUNTIME_DIR" in caught.value.hint


def test_a_link_instead_of_the_folder_is_refused(runtime, tmp_path):
    runtime.parent.mkdir()
    (tmp_path / "elsewhere").mkdir()
    runtime.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Problem, match="not a folder of yours"):
        registry.folder()


def test_without_a_runtime_folder_the_cache_is_used(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for useless in ("", "relative", str(tmp_path / "missing")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", useless)
        assert registry.folder() == tmp_path / "slurm-jwt/labs"


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "-x", ".x", "x" * 65, "a\n", "ä"])
def test_odd_names_are_refused(name):
    with pytest.raises(Problem, match="cannot be the name of a lab"):
        registry.check_name(name)
