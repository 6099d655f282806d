"""For tests that need a real Slurm: its installation, or a skip that says why."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from slurm_jwt_conformance.slurm.release import Installation, Missing, find_installation

if TYPE_CHECKING:
    from pathlib import Path

REQUIRED = "SLURM_JWT_REQUIRE_SLURM"


def require_slurm(root: Path | None = None) -> Installation:
    """Return the release to test with. Without one the test is skipped, or fails if REQUIRED is 1."""
    found = find_installation(root)
    if isinstance(found, Installation):
        return found
    return _missing(found)


def _missing(found: Missing) -> Installation:
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED}=1, but there is no Slurm: {found}", pytrace=False)
    pytest.skip(f"no Slurm: {found}")


@pytest.fixture(scope="session", name="slurm")
def slurm_fixture() -> Installation:
    """Give the system's own Slurm."""
    return require_slurm()
