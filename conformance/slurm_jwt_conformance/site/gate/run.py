"""Run pytest over the tests of the gate."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from slurm_jwt_conformance.site.gate import options
from slurm_jwt_reports import terminal
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def run(values: Mapping[str, Any], pytest_options: Sequence[str]) -> int:
    """Return the exit code: 0 pass, 1 fail or undetermined, 2 usage, 3 the gate failed.

    values: of the gate's options, by member. pytest_options: for pytest itself.
    """
    try:
        import pytest
    except ImportError:
        raise Problem(
            "The gate needs pytest.", "Run `pip install 'slurm-jwt-conformance[pytest]'`."
        ) from None
    from slurm_jwt_conformance.site.gate import plugin

    if values["token_file"] is None:
        raise Problem(plugin.MISSING)
    # A pytest.ini or conftest.py of the caller's folder does not change a gate.
    own = ["-c", os.devnull, "--noconftest", "-p", "no:cacheprovider", "-p", plugin.NAME]
    own += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # this package is loaded before pytest is
    if not terminal.colour(sys.stdout):
        os.environ["NO_COLOR"] = "1"  # pytest colours its errors by another rule
    suite = ["--pyargs", "slurm_jwt_conformance.site.gate", "--import-mode=importlib", "-ra"]
    code = pytest.main([*own, *suite, *options.as_pytest(values), *pytest_options])
    return {0: 0, 1: 1, 2: 2, 4: 2, 130: 130}.get(int(code), 3)
