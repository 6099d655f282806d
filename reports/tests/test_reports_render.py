"""Rendering writes whole files or none, and says what to do when it cannot."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from slurm_jwt_reports import output, render
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.stream.index import gather
from tools import example_run as example

USUAL = ("index.html", "junit.xml", "summary.md")
RESULTS = gather(example.complete(16, 14))


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_all_formats_are_written_and_nothing_else(tmp_path):
    paths = render.render(RESULTS, tmp_path / "new" / "report")
    assert [path.name for path in paths] == ["index.html", "junit.xml", "summary.md"]
    assert names_in(tmp_path / "new" / "report") == ["index.html", "junit.xml", "summary.md"]


def test_formats_can_be_chosen_and_unknown_ones_write_nothing(tmp_path):
    assert [path.name for path in render.render(RESULTS, tmp_path, ["markdown"])] == ["summary.md"]
    with pytest.raises(
        ValueError, match="unknown format 'pdf'; there are html, junit, markdown, sarif, badge, json"
    ):
        render.render(RESULTS, tmp_path / "other", ["html", "pdf"])
    assert not (tmp_path / "other").exists()


@pytest.mark.program
def test_the_same_results_give_the_same_bytes_even_to_another_process(tmp_path):
    render.render(RESULTS, tmp_path / "a", render.FORMATS)
    code = (
        "import sys\n"
        "from tools import example_run as example; from slurm_jwt_reports import render\n"
        "from slurm_jwt_reports.stream.index import gather\n"
        "render.render(gather(example.complete(16, 14)), sys.argv[1], render.FORMATS)\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "b")], check=True, env=environment)
    for name in render.FORMATS.values():
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.program
def test_a_full_disk_leaves_the_older_report_whole(tmp_path):
    render.render(gather(example.complete(4, 2)), tmp_path)
    older = {name: (tmp_path / name).read_bytes() for name in USUAL}
    code = (
        "import resource, sys\n"
        "from tools import example_run as example; from slurm_jwt_reports import render\n"
        "from slurm_jwt_reports.problems import Problem\n"
        "from slurm_jwt_reports.stream.index import gather\n"
        "results = gather(example.complete(16, 14))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "try: render.render(results, sys.argv[1])\n"
        "except Problem as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True
    )
    assert "Cannot write" in done.stdout
    assert "File too large" in done.stdout
    assert {name: (tmp_path / name).read_bytes() for name in USUAL} == older
    assert names_in(tmp_path) == sorted(USUAL)


def test_a_file_where_the_folder_should_be_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match=r"Cannot make the folder .*file.: File exists"):
        render.render(RESULTS, tmp_path / "file")


@pytest.mark.program
def test_a_summary_needs_no_template_engine(tmp_path):
    code = (
        "import sys\n"
        "from tools import example_run as example; from slurm_jwt_reports import render\n"
        "from slurm_jwt_reports.stream.index import gather\n"
        "render.render(gather(example.complete(4, 2)), sys.argv[1], set(render.FORMATS) - {'html'})\n"
        "assert 'jinja2' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


def test_the_reports_of_an_earlier_run_are_removed_and_nothing_else(tmp_path):
    """A site's pages are removed if the run makes new ones."""
    (tmp_path / "site" / "lib").mkdir(parents=True)
    pages = [tmp_path / "site.html", tmp_path / "site" / "lib" / "site.html"]
    for page in pages:
        page.write_text(f'<!doctype html><meta name="generator" content="{output.mark("site html")}">')
    render.render(RESULTS, tmp_path, render.FORMATS)
    (tmp_path / "junit.xml").write_text("<mine/>")
    (tmp_path / "notes.md").write_text("mine")
    render.remove_former(tmp_path)
    left = {"junit.xml", "notes.md"}
    assert {path.name for path in tmp_path.iterdir()} == {*left, "site", "site.html"}
    render.remove_former(tmp_path, site=True)
    assert {path.name for path in tmp_path.iterdir()} == {*left, "site"}
    assert not pages[1].exists()
