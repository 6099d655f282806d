"""The pytest plugin: options of the conformance suite (`pytest --pyargs slurm_jwt_conformance.suite`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that choose implementations and cases."""
    group = parser.getgroup("slurm-jwt", "conformance of JSON Web Tokens for Slurm")
    group.addoption(
        "--slurm-jwt-implementation",
        action="append",
        default=[],
        metavar="NAME",
        help="judge this implementation (a glob; may be repeated; default: all that are installed)",
    )
    group.addoption(
        "--slurm-jwt-cases", default="*", metavar="GLOB", help="judge the cases whose id matches (default: *)"
    )
