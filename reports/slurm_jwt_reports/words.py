"""Small words of English that every report needs: numbers with nouns, lists of names, capitals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable


def together(names: Iterable[str]) -> str:
    """Join names as English does: A, B and C."""
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last


def plural(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def upper_first(text: str) -> str:
    """Begin a text with a capital and leave the others as they are."""
    return text[:1].upper() + text[1:]


def quoted(name: str) -> str:
    """Return a foreign name in backticks, which formats show as code."""
    return f"`{one_line(name, 100).replace('`', chr(39))}`"
