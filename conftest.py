"""Fixtures that tests of more than one room use."""

from __future__ import annotations

import os
from pathlib import Path

from support.slurm import slurm_fixture

__all__ = ["slurm_fixture"]

ROOT = Path(__file__).parent
# Tests start Python programs that import `support`, `scenarios` and `tools`.
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(ROOT), str(ROOT / "conformance" / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])]
)
