"""Colours only where a terminal shows them, lines as wide as it is, nothing broken that is to be copied."""

from __future__ import annotations

import fcntl
import io
import json
import os
import re
import struct
import subprocess
import sys
import termios

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurm_jwt_reports import terminal
from slurm_jwt_reports.terminal import Style, wrap


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def tty():
    """Return a function that makes a real terminal of so many columns."""
    opened = []

    def make(columns):
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        stream = os.fdopen(theirs, "w")
        opened.append((ours, stream))
        return stream

    yield make
    for ours, stream in opened:
        stream.close()
        os.close(ours)


CHOICES = [
    ({}, True, True),
    ({}, False, False),
    ({"NO_COLOR": "1"}, True, False),
    ({"NO_COLOR": "0"}, True, False),
    ({"NO_COLOR": ""}, True, True),
    ({"TERM": "dumb"}, True, False),
    ({"TERM": None}, True, False),
    ({"FORCE_COLOR": "1"}, False, True),
    ({"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
    ({"FORCE_COLOR": "0"}, False, False),
    ({"FORCE_COLOR": ""}, False, False),
    ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
]


@pytest.mark.parametrize(("variables", "terminals", "coloured"), CHOICES)
def test_colours_are_for_terminals_and_for_those_who_ask(monkeypatch, tty, variables, terminals, coloured):
    for name, value in variables.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    stream = tty(80) if terminals else io.StringIO()
    assert terminal.colour(stream) is coloured
    painted = terminal.style(stream).paint("word", "error")
    assert painted == ("\x1b[31mword\x1b[0m" if coloured else "word")


@pytest.mark.parametrize(
    ("columns", "expected"), [(100, 100), (80, 80), (300, terminal.MOST), (10, terminal.LEAST), (0, 80)]
)
def test_a_terminal_is_filled_within_reason(tty, columns, expected):
    assert terminal.width(tty(columns)) == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [("132", 132), ("7", 40), ("0", 80), ("", 80), ("-5", 80), ("wide", 80), ("²", 80), ("9" * 5000, 999999)],
)
def test_columns_is_obeyed_where_it_is_a_number(monkeypatch, told, expected):
    monkeypatch.setenv("COLUMNS", told)
    assert terminal.width(io.StringIO()) == expected


def test_streams_that_are_closed_or_missing_are_no_terminals(tty):
    stream = tty(80)
    stream.close()
    for each in (stream, None, io.BytesIO()):
        assert terminal.style(each) == Style(80, colour=False)


def test_every_colour_has_a_sequence_that_ends():
    for name in terminal.COLOURS:
        assert re.fullmatch(r"\x1b\[\d+mx\x1b\[0m", Style(colour=True).paint("x", name))
    assert Style(colour=True).paint("", "error") == ""


def test_text_is_broken_at_blanks_below_its_head():
    lines = wrap("one two three four five six", 14, "do:  ")
    assert lines == ["do:  one two", "     three", "     four five", "     six"]
    assert wrap("one two", 5, "* ", "> ") == ["* one", "> two"]
    assert wrap("", 40, "do: ") == ["do: "]
    assert wrap(" \n ", 40) == [""]


def test_what_is_to_be_copied_is_not_broken():
    command = "`slurm-jwt doctor --export FILE`"
    for columns in range(5, 60):
        assert any(command + "," in line for line in wrap(f"Now run {command}, then wait.", columns))
    path = "/var/spool/slurm/" + "x" * 100
    assert f"  {path}" in wrap(f"see {path} there", 40, "  ")
    assert wrap("a ` b", 1) == ["a", "`", "b"]  # a lone backtick begins nothing


def test_colours_take_no_room_and_wide_characters_take_two():
    red = Style(colour=True).paint("error[a]", "error")
    assert [line.replace(red, "error[a]") for line in wrap("b c", 10, f"{red} ")] == wrap(
        "b c", 10, "error[a] "
    )
    assert terminal.room("日本") == 4
    assert terminal.room("e\u0301") == 1
    assert wrap("日本 日本", 8) == ["日本", "日本"]


@given(st.text(alphabet=" ab`日\n", max_size=80), st.integers(1, 40), st.sampled_from(["", "  ", "do: "]))
def test_nothing_is_lost_and_only_long_words_stand_out(text, columns, first):
    lines = wrap(text, columns, first)
    rest = " " * len(first)
    assert lines[0].startswith(first.rstrip())
    assert all(line.startswith(rest) for line in lines[1:])
    kept = " ".join(line[len(first) :] for line in lines).split()
    assert kept == text.split()
    for line in lines:
        alone = " " not in re.sub(r"`[^`]*`", "", line[len(first) :])
        assert terminal.room(line) <= columns or alone


def test_json_keeps_its_meaning_and_loses_what_terminals_act_upon():
    value = {"\x1b": ["\x7f\x9b31m", "\u202e\u2066\u200b\ufeff", "\U000e0041", "日本 é", "\udcff"]}
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        shown = terminal.plain_json(text)
        assert shown.isprintable()
        assert json.loads(shown) == value
    assert "日本 é" in terminal.plain_json(json.dumps(value, ensure_ascii=False))


@pytest.mark.program
def test_it_loads_nothing_slow():
    script = (
        "import sys; before = set(sys.modules) | {'typing', 're'}; import slurm_jwt_reports.terminal; "
        "print(*sorted(set(sys.modules) - before))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    slow = {"shutil", "textwrap", "unicodedata", "dataclasses", "msgspec", "pathlib", "curses"}
    assert not slow & set(found.stdout.split())
