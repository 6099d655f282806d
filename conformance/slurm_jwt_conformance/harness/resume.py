"""Go on with a run that was killed or interrupted: its answers stay, and only the rest is asked.

Answers to single cases are kept; issuing and the matrix are asked again, which takes seconds. A run can be
resumed only as the run that it was: by the same suite, with the same cases and implementations, in the same
versions. Anything else would be a report of two different runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from slurm_jwt_conformance import __version__
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.stream.order import unfinished
from slurm_jwt_vectors import digest

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from slurm_jwt_reports.stream.index import Contradiction, Results

ANEW = "Leave out --resume to run it anew, or name another folder with --out."


def kept(
    stream: Path,
    cases: AbstractSet[str],
    requests: AbstractSet[str],
    implementations: Collection[str],
    command: str,
) -> Results | None:
    """Return what an earlier run left in this file, or None if no case was judged yet.

    cases, requests, implementations: ids of this run. Raises a Problem if the earlier run was another one.
    """
    if not stream.exists() or stream.stat().st_size == 0:
        return None
    try:
        left = unfinished(stream)
    except Problem as error:
        raise Problem(f"{one_line(str(stream))} cannot be resumed. {error}", ANEW) from error
    if not left.outcomes:
        return None
    if (left.header.suite, left.header.vectors_sha256) != (__version__, digest()):
        raise Problem("Another version of slurm-jwt or of its vectors made that run.", ANEW)
    others = {*left.implementations} - {*implementations}
    if {*left.cases} != cases | requests or others:
        was = one_line(left.header.command)
        raise Problem("That run was of other cases or implementations.", f"It was started as: {was}")
    return left._replace(
        header=msgspec.structs.replace(left.header, command=command),
        outcomes={place: one for place, one in left.outcomes.items() if place[0] in cases},
    )


def changed(error: Contradiction) -> Problem:
    """Say that what is resumed is not any more what it was."""
    return Problem(
        f"That run cannot be resumed: {error}.",
        f"Something changed since, such as the version of a library, or its answer. {ANEW}",
    )
