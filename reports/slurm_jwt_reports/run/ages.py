"""How old a tested version is: by a table of release dates beside this module and the day of the run.

The table is data/released.json; `python -m tools.release_dates` brings it up to date from the package
index of pip. Rendering a report asks no network: the age of a version that is not in the table is not known.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_reports.words import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt_reports.stream.events import ImplementationText

UNKNOWN = "age not known"
_VERSION = re.compile(r"\d[\w.!+-]*")
_FINAL = re.compile(r"[\d.]+(?:\.?post\d+)?")


class Table(NamedTuple):
    """When which version of a Python library was released."""

    made: date
    """the day on which the index was asked"""
    libraries: Mapping[str, Mapping[str, date]]
    """by name as PEP 503 normalises it, then by version"""


class Age(NamedTuple):
    """How old a version was when it was tested."""

    short: str
    """such as: 24 days old"""
    full: str
    """with the day of its release, and how many later ones the table knows"""


def age_of(implementation: ImplementationText, started: str, table: Table | None = None) -> Age | None:
    """Return how old the tested version was at the start of a run; None if it is not a library.

    Only Python libraries are in the table: another language may have another library of that name.
    """
    if implementation.kind not in ("library", "command") or implementation.status != "ran":
        return None
    table = table or shipped()
    version = _VERSION.match(implementation.version)
    python = implementation.language.startswith("Python ")
    known = table.libraries.get(normalised(implementation.library), {}) if python else {}
    day, released = _day(started), known.get(version.group() if version else "")
    if day is None or released is None or released > day:
        return Age(UNKNOWN, UNKNOWN)
    short = f"{_span((day - released).days)} old"
    later = sum(released < one <= table.made for name, one in known.items() if _FINAL.fullmatch(name))
    newest = f"{plural(later, 'later release')} by {table.made}" if later else f"the newest by {table.made}"
    return Age(short, f"released {released}, {short} on the day of the run; {newest}")


@cache
def shipped() -> Table:
    """Return the table that came with this suite."""
    return table_of(files("slurm_jwt_reports").joinpath("data", "released.json").read_text("utf-8"))


def table_of(text: str) -> Table:
    """Read a table; ValueError or KeyError where it is none."""
    raw = json.loads(text)
    days = {
        name: {version: date.fromisoformat(day) for version, day in versions.items()}
        for name, versions in raw["libraries"].items()
    }
    return Table(date.fromisoformat(raw["made"]), days)


def normalised(name: str) -> str:
    """Return the name by which an index knows a library (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _day(started: str) -> date | None:
    try:
        return datetime.fromisoformat(started).astimezone(UTC).date()
    except (ValueError, OverflowError):
        return None


def _span(days: int) -> str:
    """Say a number of days in the unit that suits it."""
    if days < 60:
        return plural(days, "day")
    months = int(days / 30.44)
    return plural(months, "month") if months < 24 else f"{days / 365.25:.1f} years"
