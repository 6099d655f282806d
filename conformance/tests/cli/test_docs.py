"""docs/command-line.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from slurm_jwt_conformance.cli.completion import SHELLS
from slurm_jwt_reports import terminal
from support.commands import call

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
SOURCES = "".join(
    path.read_text(encoding="utf-8")
    for room in ("conformance/slurm_jwt_conformance", "reference/slurm_jwt", "reports/slurm_jwt_reports")
    for path in (ROOT / room).rglob("*.py")
    if "tests" not in path.parts
)


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
        (130, "interrupted"),
    ):
        assert re.search(rf"{code} {meaning}", " ".join(shown.split()))
        assert f"| {code} |" in PAGE
