"""Fixtures and options that tests of more than one room use."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from support.slurm import slurm_fixture
from support.slurm_host import host_slurm

__all__ = ["host_slurm", "slurm_fixture"]

ROOT = Path(__file__).parent
SLOW = ("slurm", "browser", "program")
"""Marks of the tests that start daemons, browsers or other programs: --quick leaves them out."""

# Tests start Python programs that import `support`, `scenarios` and `tools`.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(ROOT), str(ROOT / "conformance" / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])]
)

# A script's background job ignores SIGINT, and so do the programs that it starts: tests send them SIGINT.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --quick."""
    parser.addoption("--quick", action="store_true", help="run only the tests that start no other program")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the slow tests under --quick."""
    if config.getoption("--quick"):
        slow = [item for item in items if any(item.get_closest_marker(mark) for mark in SLOW)]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in set(slow)]


@pytest.fixture(autouse=True, scope="session")
def _no_programs(request: pytest.FixtureRequest) -> object:
    """Under --quick, fail a test that starts a program: it lacks its mark."""
    with pytest.MonkeyPatch.context() as patch:
        if request.config.getoption("--quick"):
            patch.setattr(subprocess.Popen, "__init__", _refuse)
        yield


def _refuse(*_given: object, **_named: object) -> None:
    pytest.fail("this test starts a program: mark it with pytest.mark.program")
