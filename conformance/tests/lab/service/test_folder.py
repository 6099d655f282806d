"""The folder of labs: who has a name, who is dead, and who may look."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import pytest

from slurm_jwt_conformance.lab.sandbox import places
from slurm_jwt_conformance.lab.service import folder as lab_folder
from slurm_jwt_conformance.lab.service import line as lab_line
from slurm_jwt_reports.problems import Problem


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "slurm-jwt/labs"


def dead(name):
    """Leave what a lab leaves whose process was killed: its number means nobody, or somebody else."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        mark = places.mark(ended.pid)
    place = lab_folder.claim(name, {})
    (place / lab_folder.FACTS).write_text(json.dumps({"mark": mark}))
    (place / lab_folder.SOCKET).touch()
    return place


def test_a_name_is_taken_once(runtime):
    place = lab_folder.claim("22.05", {"release": "22.05"})
    assert place == runtime / "22.05"
    with pytest.raises(lab_folder.NameTaken, match=r"22\.05 is up") as caught:
        lab_folder.claim("22.05", {})
    assert "lab down --name 22.05" in caught.value.hint
    assert "--name" in caught.value.hint
    assert lab_folder.living() == {"22.05": place}
    assert lab_folder.clean() == []
    assert lab_folder.read_facts(place)["release"] == "22.05"
    lab_folder.give_up(place)
    assert list(runtime.iterdir()) == []


def test_the_dead_are_cleaned_up_and_their_names_are_free(runtime):
    for name in ("one", "two"):
        dead(name)
    assert lab_folder.living() == {}
    living = lab_folder.claim("two", {})
    assert lab_folder.clean() == ["one"]
    assert list(runtime.iterdir()) == [living]


@pytest.mark.usefixtures("runtime")
def test_a_mark_of_an_earlier_boot_or_of_a_number_used_again_is_dead():
    place = lab_folder.claim("it", {})
    mine = json.loads((place / lab_folder.FACTS).read_text())["mark"]
    for changed in ({"boot": "another"}, {"started": "1"}, {"pid": "x"}, {"pid": 2**40}):
        (place / lab_folder.FACTS).write_text(json.dumps({"mark": {**mine, **changed}}))
        assert not lab_folder.lives(place)
    (place / lab_folder.FACTS).write_text('"no object"')
    assert not lab_folder.lives(place)
    assert lab_folder.clean() == ["it"]


def test_only_their_owner_can_look_at_labs(runtime):
    runtime.mkdir(parents=True, mode=0o755)
    place = lab_folder.claim("it", {})
    assert runtime.stat().st_mode & 0o777 == 0o700
    assert place.stat().st_mode & 0o777 == 0o700
    with lab_line.listen(place):
        assert (place / lab_folder.SOCKET).stat().st_mode & 0o777 == 0o600


def test_a_folder_of_somebody_else_is_not_used(runtime, monkeypatch):
    runtime.mkdir(parents=True)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(Problem, match="no folder of yours") as caught:
        lab_folder.folder()
    assert "XDG_RUNTIME_DIR" in caught.value.hint


def test_a_link_in_the_place_of_the_folder_is_not_followed(runtime, tmp_path):
    runtime.parent.mkdir()
    (tmp_path / "elsewhere").mkdir()
    runtime.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Problem, match="no folder of yours"):
        lab_folder.folder()


def test_without_a_runtime_folder_the_cache_is_used(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for useless in ("", "relative", str(tmp_path / "missing")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", useless)
        assert lab_folder.folder() == tmp_path / "slurm-jwt/labs"


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "-x", ".x", "x" * 65, "a\n", "ä"])
def test_odd_names_are_refused(name):
    with pytest.raises(Problem, match="no name for a lab"):
        lab_folder.check_name(name)


def test_a_socket_works_however_long_its_path_is(tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    place = lab_folder.claim("it", {})
    with lab_line.listen(place) as server:
        server.settimeout(5)
        with pytest.raises(lab_line.NotAnswering):  # this end closes the connection without an answer
            answer_nothing(server, place)


def answer_nothing(server, place):
    def close_one():
        connection, _ = server.accept()
        assert lab_line.is_own(connection)
        connection.close()

    thread = threading.Thread(target=close_one)
    thread.start()
    try:
        lab_line.ask(place, {"op": "status"}, 5)
    finally:
        thread.join()


@pytest.mark.usefixtures("runtime")
def test_a_lab_without_a_socket_does_not_answer():
    place = lab_folder.claim("it", {})
    with pytest.raises(lab_line.NotAnswering):
        lab_line.ask(place, {"op": "status"}, 5)
