"""The text of a token's header or claims on one line, with a mark below what is at fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_reports.redaction import visible
from slurm_jwt_reports.terminal import room

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.check.places import Place

CUT = "..."
LEAST = 24
"""Characters of text that are shown however narrow the terminal is."""


def excerpt(place: Place, width: int) -> tuple[str, str]:
    """Return a line of text of at most so many columns, and the line of marks below it ("" without a fault).

    What a terminal would act on is shown by its number; what does not fit is cut at either side.
    """
    width = max(LEAST, width)
    whole = _shown(place.text[place.start : place.end], width)
    marked = _cut(whole, width - 2 * len(CUT))
    before = _shown(place.text[max(0, place.start - width) : place.start], width)
    behind = "" if marked != whole else _shown(place.text[place.end :], width)
    left = width - room(marked)
    if room(before) > left - min(room(behind), left // 2) or place.start > width:
        before = CUT + _tail(before, left - min(room(behind), left // 2) - len(CUT))
    text = before + marked + _cut(behind, left - room(before))
    if place.start == place.end:
        return text, ""
    return text, " " * room(before) + "^" * max(1, room(marked))


def _shown(text: str, width: int) -> str:
    """Make text visible, blanks that look like none too; no more of it than a line could show."""
    plain = visible(text[: width + 1])
    return "".join(char if char.isprintable() else f"⟨U+{ord(char):04X}⟩" for char in plain)


def _cut(text: str, columns: int) -> str:
    if room(text) <= columns:
        return text
    if columns < len(CUT):
        return ""
    while room(text) > columns - len(CUT):
        text = text[: min(len(text) - 1, columns)]
    return text + CUT


def _tail(text: str, columns: int) -> str:
    while text and room(text) > columns:
        text = text[max(1, len(text) - max(1, columns)) :]
    return text
