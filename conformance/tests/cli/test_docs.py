"""docs/command-line.md says what the code does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from slurm_jwt_conformance.cli.completion import SHELLS
from slurm_jwt_reports import terminal
from slurm_jwt_vectors import load
from slurm_jwt_vectors.suite import load_issuing
from support.commands import call

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
SOURCES = "".join(
    path.read_text(encoding="utf-8")
    for room in ("conformance/slurm_jwt_conformance", "reference/slurm_jwt", "reports/slurm_jwt_reports")
    for path in (ROOT / room).rglob("*.py")
    if "tests" not in path.parts
)

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_counts_the_cases_as_the_reports_do():
    vectors, requests = len(load().cases), len(load_issuing())
    counts = f"{vectors:,} test vectors and {requests} requests to issuers"
    words = f"{counts} ({vectors + requests:,} cases in all)"
    assert words in " ".join(README.split())


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!http|#)([^)#]+)", README))))
def test_every_link_of_the_readme_leads_to_a_file(target):
    assert (ROOT / target).exists()


def test_the_readme_activates_the_environment_before_commands_without_a_folder():
    blocks = README.replace(".venv/bin/slurm-jwt", "")
    assert 0 < blocks.index(". .venv/bin/activate") < blocks.index("\n    slurm-jwt ")


def test_the_extra_that_pytest_needs_is_named():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = re.search(r"pip install '\.\[([\w,]+)\]'\n    pytest --pyargs", README)[1].split(",")
    assert {"libraries", "pytest"} == set(named) <= set(extras)


def test_no_page_pins_a_version_that_has_no_tag():
    """No release has a tag yet; the first one that has brings its name back."""
    pinned = re.findall(r"\b(?:ref|rev): *'?(v\d[\w.]*)", (ROOT / "docs" / "ci.md").read_text("utf-8"))
    assert pinned == []


def test_every_shell_has_its_line():
    assert re.findall(r"slurm-jwt completion (\w+)", PAGE) == list(SHELLS)


@pytest.mark.parametrize("name", re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))
def test_every_variable_is_read_somewhere(name):
    assert re.search(rf'"{name}"', SOURCES), name


def test_widths_are_those_of_the_code():
    assert f"the terminal's width, {terminal.MOST} at most; {terminal.USUAL} in a pipe" in PAGE


def test_the_message_is_as_shown():
    token = f"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{'e' * 48}.{'s' * 43}"
    assert len(token) == 129
    message = re.search(r"`(There is no command .*?)`", PAGE)[1]
    assert message in call([token]).err.decode()


def test_exit_codes_are_those_of_the_help():
    shown = call(["--help"]).out.decode()
    for code, meaning in (
        (0, "fine"),
        (1, "findings"),
        (2, "usage"),
        (3, "the harness itself"),
    ):
        assert re.search(rf"{code} {meaning}", " ".join(shown.split()))
        assert f"| {code} |" in PAGE
    assert "130, 143 or 129 interrupted by" in " ".join(shown.split())
    assert "| 130, 143, 129 | interrupted" in PAGE
