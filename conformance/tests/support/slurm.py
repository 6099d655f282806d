"""For tests that need a real Slurm: its installation, or a skip that says why."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.install.release import Installation, Missing, find_installation

REQUIRED = "SLURM_JWT_REQUIRE_SLURM"
"""Environment variable: 1 turns a missing Slurm, of any of the four releases, into a failure."""


def require_slurm(root: Path | None = None) -> Installation:
    """Return the release to test with. Without one the test is skipped, or fails if REQUIRED is set."""
    found = find_installation(root)
    if isinstance(found, Installation):
        return found
    return _missing(str(found))


def require_release(release: str) -> Installation:
    """Return a release, the system's own or one in a root that was built. Otherwise as require_slurm."""
    found = find_installation(_root(release))
    if isinstance(found, Installation) and found.label == release:
        return found
    told = found if isinstance(found, Missing) else f"this system's is {found.version}"
    return _missing(f"{release}: {told}")


def _root(release: str) -> Path | None:
    place = roots.path(release)
    return None if place == Path("/") else place


def _missing(told: str) -> Installation:
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED} is 1, but there is no Slurm: {told}", pytrace=False)
    pytest.skip(f"no Slurm: {told}")


@pytest.fixture(scope="session", name="slurm")
def slurm_fixture() -> Installation:
    """Give the system's own Slurm."""
    return require_slurm()
