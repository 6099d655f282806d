"""Hostile text becomes visible text, whatever is in it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurm_jwt_reports import redaction

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\x00b", "a⟨U+0000⟩b"),
        ("\x1b[31mred", "⟨U+001B⟩[31mred"),
        ("\x9b31m", "⟨U+009B⟩31m"),
        ("user\u202etxt.exe", "user⟨U+202E⟩txt.exe"),
        ("\u2066x\u2069", "⟨U+2066⟩x⟨U+2069⟩"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("\ud800", "⟨U+D800⟩"),
        ("\ufeffbom", "⟨U+FEFF⟩bom"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("\uffff\U0010ffff", "⟨U+FFFF⟩⟨U+10FFFF⟩"),
        ("line\nend\ttab\r", "line⟨U+000A⟩end⟨U+0009⟩tab⟨U+000D⟩"),
        ("Ünïcode 名前 \\u0000 <b>", "Ünïcode 名前 \\u0000 <b>"),
    ],
)
def test_unsafe_characters_are_shown_by_their_number(raw, shown):
    assert redaction.visible(raw) == shown


def test_a_block_keeps_its_lines_and_nothing_else():
    assert redaction.visible_block("a\n\tb\r\x1b") == "a\n\tb⟨U+000D⟩⟨U+001B⟩"


@given(ANY_TEXT)
def test_what_is_shown_can_be_encoded_and_holds_no_control(text):
    shown = redaction.visible(text)
    shown.encode("utf-8")
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert redaction.visible(shown) == shown


@given(ANY_TEXT, st.integers(min_value=1, max_value=50))
def test_one_line_is_one_line_and_bounded(text, limit):
    shown = redaction.one_line(text, limit)
    assert "\n" not in shown
    assert len(shown) <= limit * len("⟨U+10FFFF⟩") + 40


def test_a_megabyte_is_cut_with_a_note():
    assert redaction.clip("x" * 1_000_000, 10) == "x" * 10 + " … (999,990 more characters)"
    assert redaction.one_line("y" * 1_000_000, 5) == "yyyyy … (1,000,000 characters in all)"
    assert redaction.one_line(" a \r\n  b\x1c ") == "a b⟨U+001C⟩"
    assert redaction.block("a\nb", 4000) == "a\nb"


def test_short_text_comes_back_unchanged():
    assert redaction.clip("abc", 3) == "abc"
