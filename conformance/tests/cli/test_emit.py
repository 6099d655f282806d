"""The output options that all commands share: where each format goes, and what is refused."""

from __future__ import annotations

import argparse
import json

import pytest

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_conformance.cli import emit, options
from slurm_jwt_reports import formats
from slurm_jwt_reports.diagnostic import Document
from slurm_jwt_reports.output import File, is_ours
from slurm_jwt_reports.problems import Problem

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdW4iOiJhIn0.c2lnbmF0dXJl"


def document(verdict="fail"):
    outcome = None if verdict is None else Outcome(verdict)
    return Document(tool="check", title="Token", headline="what it is", outcome=outcome)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def parsed(*arguments):
    parser = argparse.ArgumentParser()
    options.add_output_options(parser)
    return options.output(parser.parse_args(arguments))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("verdict", "code"), [("pass", 0), ("fail", 1), ("undetermined", 1), (None, 0)])
@pytest.mark.parametrize("arguments", [(), ("--json",), ("--junit", "-"), ("--html", "page.html")])
def test_the_exit_code_is_that_of_the_outcome(verdict, code, arguments, capsys):
    assert emit.emit(document(verdict), parsed(*arguments)) == code
    assert capsys.readouterr().out


@pytest.mark.parametrize("name", options.FORMATS)
def test_a_format_goes_to_stdout_or_to_a_file_beside_the_text(name, capsys, folder):
    emit.emit(document(), parsed(f"--{name}", "-"))
    assert capsys.readouterr() == (formats.render(name, document()), "")
    emit.emit(document(), parsed(f"--{name}", "out"))
    out, err = capsys.readouterr()
    assert out.startswith("fail: what it is\n")
    assert err == "written: out\n"
    assert (folder / "out").read_text() == formats.render(name, document())


def test_json_and_files_go_together(capsys):
    emit.emit(document(), parsed("--json", "--html", "a.html", "--sarif", "a.sarif"))
    assert json.loads(capsys.readouterr().out)["outcome"]["verdict"] == "fail"
    assert is_ours("a.html", "html")
    assert is_ours("a.sarif", "sarif")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--json", "--html", "-"), "cannot both go to stdout"),
        (("--junit", "-", "--sarif", "-"), "cannot both go to stdout"),
        (("--junit", "a", "--sarif", "a"), "the same file"),
        (("--junit", "a", "--sarif", "./b/../a"), "the same file"),
        (("--junit", "a", "--sarif", "link"), "the same file"),
        (("--html", "fit.json"), "the same file"),
        (("--html", TOKEN), "looks like a token"),
        (("--html", f"Bearer {TOKEN}"), "looks like a token"),
        (("--html", "folder/"), "needs the name of a file"),
        (("--html", ""), "needs the name of a file"),
        (("--html", "none/a.html"), "Make the folder first"),
        (("--html", "key"), "left as it is"),
        (("--html", "key", "--overwrite"), "is an input"),
        (("--html", "."), "is a folder"),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_anything_is_written(arguments, words, capsys, folder):
    (folder / "b").mkdir()
    (folder / "key").write_text("a key")
    (folder / "link").symlink_to("a")
    before = names_in(folder)
    with pytest.raises(Problem) as caught:
        emit.emit(document(), parsed(*arguments), read=["key"], companions=[File("fit.json", "{}", "json")])
    assert caught.value.exit_code == 2
    assert words in f"{caught.value.what} {caught.value.hint}"
    assert TOKEN not in f"{caught.value.what} {caught.value.hint}"
    assert capsys.readouterr() == ("", "")
    assert (names_in(folder), (folder / "key").read_text()) == (before, "a key")


def test_places_are_checked_before_the_work(folder):
    (folder / "foreign").write_text("")
    with pytest.raises(Problem, match="left as it is"):
        emit.check_places(parsed("--html", "foreign"))
    emit.check_places(parsed("--html", "foreign", "--overwrite"))


def test_a_second_call_replaces_the_first_ones_files_and_overwrite_foreign_ones(folder):
    (folder / "b").write_text("foreign")
    emit.emit(document(), parsed("--html", "a"))
    emit.emit(document("pass"), parsed("--html", "a"))
    assert "<b>pass</b>" in (folder / "a").read_text()
    emit.emit(document(), parsed("--html", "b", "--overwrite"))
    assert is_ours("b", "html")
