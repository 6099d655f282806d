"""The texts of the diagnostics about a token's user; mapping_diagnostics decides which of them apply."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.site.texts import beside
from slurm_jwt_reports.diagnostic import Diagnostic

if TYPE_CHECKING:
    from slurm_jwt_reports.diagnostic import Level


class Text(NamedTuple):
    """What a diagnostic says of every token."""

    level: Level
    title: str
    expected: str
    why: str
    fix: str
    source: str


@cache
def texts() -> dict[str, Text]:
    """Return the texts by the id of the diagnostic."""
    return beside(__file__, Text)


def say(name: str, found: str, *, fix: str = "", level: Level | None = None) -> Diagnostic:
    """Return the diagnostic of this id. found: what this token has, safe to print."""
    text = texts()[name]
    return Diagnostic(
        id=name,
        level=level or text.level,
        message=text.title,
        cause=text.why,
        fix=fix or text.fix,
        source=(text.source,),
        details=(("found", found), ("expected", text.expected)),
    )
