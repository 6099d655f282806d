"""Which of two releases is the later one, and whether a release has a change that came with a fix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from slurm_jwt_conformance.site.doctor.checks.library import numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slurm_jwt.slurmctld import Release

Direction = Literal["upgrade", "downgrade"]

_NEWEST = 10_000
"""The patch number of a release that is named by its series alone: the newest of the series."""


def direction(old: Release, new: Release) -> Direction:
    """Return "downgrade" if NEW is older: the Slurm, or under the same Slurm its libjwt."""
    before, after = _version(old.slurm), _version(new.slurm)
    if before[:2] == after[:2] and _NEWEST in {before[2], after[2]}:
        before = after  # 24.11 and 24.11.5: neither is known to be the older one
    libraries = tuple(numbers(each.libjwt.version) or () for each in (old, new))
    return "downgrade" if (after, libraries[1]) < (before, libraries[0]) else "upgrade"


def has(release: Release, began: Sequence[str]) -> bool:
    """Return whether a release has what began with these versions, at most one a series.

    A series without a version of its own has what an earlier series has.
    """
    version = _version(release.slurm)
    versions = [(*_parts(each), 0)[:3] for each in began]
    own = [each for each in versions if each[:2] == version[:2]]
    return any(each <= version for each in own or versions)


def _version(slurm: str) -> tuple[int, ...]:
    return (*_parts(slurm), _NEWEST)[:3]


def _parts(slurm: str) -> tuple[int, ...]:
    return tuple(int(part) for part in slurm.split("."))
