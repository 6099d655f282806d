"""The text of a token's header or claims on one line, with a mark below what is at fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.terminal import room
from slurm_jwt_reports.safe import visible

if TYPE_CHECKING:
    from slurm_jwt_conformance.checking.places import Place

CUT = "..."
LEAST = 24
"""Characters of text that are shown however narrow the terminal is."""


def excerpt(place: Place, width: int) -> tuple[str, str]:
    """Return a line of text of at most so many columns, and the line of marks below it ("" without a fault).

    What a terminal would act on is shown by its number; what does not fit is cut at either side.
    """
    width = max(LEAST, width)
    whole = visible(_head(place.text[place.start : place.end], width))
    marked = _cut(whole, width - len(CUT))
    behind = "" if marked != whole else visible(_head(place.text[place.end :], width))
    before = visible(place.text[max(0, place.start - width) : place.start])
    left = width - room(marked)
    keep = max(0, left - min(room(behind), left // 2))
    if room(before) > keep or place.start > width:
        before = CUT + _tail(before, max(0, keep - len(CUT)))
    text = before + marked + _cut(behind, max(0, left - room(before)))
    if place.start == place.end:
        return text, ""
    return text, " " * room(before) + "^" * max(1, room(marked))


def _head(text: str, width: int) -> str:
    """Take no more of a long text than a line could show, so that a megabyte costs nothing."""
    return text[: width + 1]


def _cut(text: str, columns: int) -> str:
    if room(text) <= columns:
        return text
    columns = max(0, columns - len(CUT))
    while text and room(text) > columns:
        text = text[: min(len(text) - 1, columns)]
    return text + CUT


def _tail(text: str, columns: int) -> str:
    while text and room(text) > columns:
        text = text[max(1, len(text) - columns) :]
    return text
