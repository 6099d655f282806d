"""For tests that need a real Slurm: its installation, or a skip that says why."""

from __future__ import annotations

import os

import pytest

from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.install.release import Installation, Missing, find_installation

DEFAULT = "22.05"
"""The release of tests that one release is enough for."""

REQUIRED = "SLURM_JWT_REQUIRE_SLURM"
"""Environment variable: 1 turns a missing Slurm, of any of the four releases, into a failure."""


def require_slurm() -> Installation:
    """Return the default release in the lab's root, never the host's own. Otherwise as require_release."""
    return require_release(DEFAULT)


def require_release(release: str) -> Installation:
    """Return a release in the lab's root. Without it the test is skipped, or fails if REQUIRED is set."""
    found = find_installation(roots.path(release))
    if isinstance(found, Installation) and found.label == release:
        return found
    why = found if isinstance(found, Missing) else f"its root has {found.version}"
    return _missing(f"{release}: {why}; run: slurm-jwt lab install {release}")


def _missing(why: str) -> Installation:
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED} is 1, but there is no Slurm {why}", pytrace=False)
    pytest.skip(f"no Slurm {why}")


@pytest.fixture(scope="session", name="slurm")
def slurm_fixture() -> Installation:
    """Return the default release in the lab's root."""
    return require_slurm()
