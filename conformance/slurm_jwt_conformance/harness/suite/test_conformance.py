"""Each case on each implementation is a test; all are judged in one batch, and pytest is the view.

Known deviations of the ledger are strict xfails: one that no longer deviates fails until its entry goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slurm_jwt_conformance.harness.slurm_verdicts import is_slurm
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import concealed

if TYPE_CHECKING:
    from slurm_jwt_conformance.harness.plugin import Judged


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each case and each implementation that the options choose."""
    from slurm_jwt_conformance.adapters import registry
    from slurm_jwt_conformance.harness import choice

    options = metafunc.config.option
    try:
        names = choice.choose_implementations(options.slurm_jwt_implementation)
        registry.require(names)
        cases = choice.choose_cases(options.slurm_jwt_cases)
    except Problem as problem:
        raise pytest.UsageError(concealed(f"{problem.what} {problem.hint}".strip())) from None
    metafunc.parametrize(
        ("implementation", "case"),
        [
            pytest.param(name, case, id=f"{name}-{case}", marks=[pytest.mark.slurm] if is_slurm(name) else [])
            for name in names
            for case in cases
        ],
    )


def test_conformance(
    implementation: str, case: str, slurm_jwt_judged: Judged, request: pytest.FixtureRequest
) -> None:
    """Compare one answer with the documents, or with Slurm's own record."""
    if implementation in slurm_jwt_judged.absent:
        pytest.skip(slurm_jwt_judged.absent[implementation])
    expected = slurm_jwt_judged.expected_deviation(implementation, case)
    if expected is not None:
        request.applymarker(pytest.mark.xfail(strict=True, reason=f"{expected.class_}: {expected.reason}"))
    outcome = slurm_jwt_judged.outcomes[implementation, case]
    if outcome.status in {"unsupported", "not run", "not claimed", "either", "recorded"}:
        pytest.skip(f"{outcome.status}: {outcome.reason or 'the documents leave the choice'}")
    assert outcome.status == "pass", (
        f"{outcome.outcome}: {outcome.reason or ''} {outcome.error or ''}".strip()
    )
