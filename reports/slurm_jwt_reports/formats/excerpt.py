"""An excerpt on one line of limited width, and the line of marks below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_reports.terminal import room

if TYPE_CHECKING:
    from slurm_jwt_reports.diagnostic import Excerpt

CUT = "..."
LEAST = 24
"""Characters of text that are shown however narrow the terminal is."""


def fit(excerpt: Excerpt, columns: int) -> tuple[str, str]:
    """Return a line of at most `columns` columns and its marks ("" without a fault); the ends are cut."""
    columns = max(LEAST, columns)
    end = excerpt.start + excerpt.width
    marked = _head(excerpt.text[excerpt.start : end], columns - 2 * len(CUT))
    whole = excerpt.width == len(marked)
    before, after = excerpt.text[: excerpt.start], excerpt.text[end:] if whole else ""
    left = columns - room(marked)
    before = _tail(before, left - min(room(after[:columns]), left // 2))
    text = before + marked + _head(after, left - room(before))
    return text, " " * room(before) + "^" * max(1, room(marked)) if excerpt.width else ""


def _head(text: str, columns: int) -> str:
    """Return the text, cut at its end where it has more columns."""
    if len(text) <= columns and room(text) <= columns:
        return text
    if columns < len(CUT):
        return ""
    text = text[: columns - len(CUT)]
    while room(text) > columns - len(CUT):
        text = text[:-1]
    return text + CUT


def _tail(text: str, columns: int) -> str:
    """Return the text, cut at its beginning where it has more columns."""
    if len(text) <= columns and room(text) <= columns:
        return text
    text = text[max(0, len(text) - max(0, columns - len(CUT))) :] if columns > len(CUT) else ""
    while room(text) > columns - len(CUT):
        text = text[1:]
    return CUT + text
