"""The one way to write files: nothing foreign is replaced, no link is followed, nothing is half written."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_reports import formats, output
from slurm_jwt_reports.diagnostic import Document
from slurm_jwt_reports.output import File
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.stream.writer import Writer

DOCUMENT = Document(tool="check", title="Token", headline="fine", outcome=Outcome("pass"))
KINDS = tuple(formats.MODULES)
TARGETS = (
    "nothing", "ours", "other kind", "foreign", "empty",
    "link", "dangling", "link to ours", "fifo", "folder",
)  # fmt: skip
REPLACED = {
    "nothing": (True, True), "ours": (True, True),
    "other kind": (False, True), "foreign": (False, True), "empty": (False, True),
}  # fmt: skip
"""Whether a target is replaced without --overwrite, and with it. Everything else never is."""


def text_of(kind):
    return formats.render(kind, DOCUMENT)


def lay_out(folder, target, kind):
    """Put a target into the folder and return its path."""
    place = folder / "out"
    other = "markdown" if kind != "markdown" else "html"
    contents = {"ours": text_of(kind), "other kind": text_of(other), "foreign": "a key", "empty": ""}
    if target in contents:
        place.write_text(contents[target])
    elif target == "fifo":
        os.mkfifo(place)
    elif target == "folder":
        place.mkdir()
    elif target != "nothing":
        aim = folder / "aim"
        if target != "dangling":
            aim.write_text(text_of(kind) if target == "link to ours" else "a key")
        place.symlink_to(aim)
    return place


def snapshot(folder):
    """Return what is in a folder: type, mode, and content of each entry."""
    return {
        path.name: (path.lstat().st_mode, path.read_bytes() if stat.S_ISREG(path.lstat().st_mode) else b"")
        for path in folder.iterdir()
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    targets=st.lists(st.tuples(st.sampled_from(TARGETS), st.sampled_from(KINDS)), min_size=1, max_size=3),
    overwrite=st.booleans(),
)
def test_all_files_are_written_or_none_and_nothing_foreign_is_replaced(targets, overwrite, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    written = []
    for number, (target, kind) in enumerate(targets):
        (folder / str(number)).mkdir()
        place = lay_out(folder / str(number), target, kind)
        written.append(File(str(place), text_of(kind) + " ", kind))
    before = [snapshot(folder / str(number)) for number in range(len(targets))]
    allowed = all(REPLACED.get(target, (False, False))[overwrite] for target, _ in targets)
    if allowed:
        output.write_all(written, overwrite=overwrite)
        assert [Path(file.path).read_text() for file in written] == [file.text for file in written]
        assert not any(Path(file.path).is_symlink() for file in written)
    else:
        with pytest.raises(Problem) as caught:
            output.write_all(written, overwrite=overwrite)
        assert caught.value.exit_code == 2
        assert "left as it is" in caught.value.what
        assert [snapshot(folder / str(number)) for number in range(len(targets))] == before
    assert not list(folder.rglob("*.new"))


@pytest.mark.parametrize("kind", KINDS)
def test_each_format_carries_its_own_mark_only(kind, tmp_path):
    place = tmp_path / "out"
    place.write_text(text_of(kind))
    assert [each for each in KINDS if output.is_ours(str(place), each)] == [kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_only_quotes_the_mark_is_foreign(kind, tmp_path):
    place = tmp_path / "out"
    place.write_text(f"notes on slurm-jwt: {output.mark(kind)}\n{text_of(kind)}")
    assert not output.is_ours(str(place), kind)
    with pytest.raises(Problem, match="left as it is"):
        output.write(File(str(place), text_of(kind), kind))


def test_a_file_without_a_kind_is_replaced_only_by_its_own_content(tmp_path):
    place = str(tmp_path / "out")
    output.write(File(place, "one"))
    output.write(File(place, "one"))
    with pytest.raises(Problem, match="left as it is"):
        output.write(File(place, "other"))
    output.write(File(place, "other"), overwrite=True)
    assert Path(place).read_text() == "other"


def test_an_input_is_never_replaced_not_even_by_another_name(tmp_path):
    place = tmp_path / "in"
    place.write_text("one")
    (tmp_path / "folder").symlink_to(tmp_path)
    for name in (place, tmp_path / "folder" / "in"):
        with pytest.raises(Problem, match="is an input"):
            output.write_all([File(str(name), "two")], overwrite=True, read=[str(place)])
    assert place.read_text() == "one"


def test_a_file_that_appears_in_the_meantime_stays(tmp_path, monkeypatch):
    place = tmp_path / "out"
    fsync = os.fsync

    def appear(descriptor):
        fsync(descriptor)
        place.write_text("another's")

    monkeypatch.setattr(output.os, "fsync", appear)
    with pytest.raises(Problem, match="appeared"):
        output.write(File(str(place), "ours"))
    assert snapshot(tmp_path).keys() == {"out"}
    assert place.read_text() == "another's"


@pytest.mark.parametrize("call", ["fsync", "write", "replace"])
def test_a_failure_leaves_the_former_file_whole(tmp_path, monkeypatch, call):
    place = tmp_path / "out"
    place.write_text(text_of("html"))
    before = snapshot(tmp_path)

    def fail(*_arguments):
        raise OSError(28, "No space left on device")

    if call == "write":
        monkeypatch.setattr(output, "_write_whole", fail)
    else:
        monkeypatch.setattr(output.os, call, fail)
    with pytest.raises(Problem, match="No space left"):
        output.write(File(str(place), text_of("html") + " ", "html"))
    assert snapshot(tmp_path) == before


def test_a_replaced_file_keeps_its_mode(tmp_path):
    place = tmp_path / "out"
    place.write_text(text_of("sarif"))
    place.chmod(0o640)
    output.write(File(str(place), text_of("sarif") + " ", "sarif"))
    assert stat.S_IMODE(place.stat().st_mode) == 0o640


@pytest.mark.parametrize("name", ["", "folder/", "a\0b"])
def test_a_name_that_cannot_be_a_file_is_refused(name):
    with pytest.raises(Problem, match="is not the name of a file"):
        output.write(File(name, "x"))


WRITES = {
    "write": lambda folder: output.write(File(f"{folder}/a", "x")),
    "secret": lambda folder: output.write_secret(f"{folder}/a", b"x", None),
    "folder": lambda folder: output.make_folder(f"{folder}/new/a"),
    "results": lambda folder: Writer(f"{folder}/a"),
}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize(
    ("code", "number"),
    [*((3, getattr(errno, name)) for name in ("ENOSPC", "EDQUOT", "EIO", "EMFILE")), (2, errno.EROFS)],
)
def test_a_wrong_place_is_2_and_a_failing_system_is_3(tmp_path, monkeypatch, name, number, code):
    def fail(*_given, **_named):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(output.os, "makedirs" if name == "folder" else "open", fail)
    with pytest.raises(Problem, match=os.strerror(number)) as found:
        WRITES[name](tmp_path)
    monkeypatch.undo()
    assert found.value.exit_code == code
    assert list(tmp_path.iterdir()) == []
