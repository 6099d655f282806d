"""One mutant behind the adapter protocol: `serve.py adapter.py NAME`. The name is the configuration."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from slurm_jwt_conformance.adapters.python import reference
from slurm_jwt_conformance.harness.mutants import catalogue

if TYPE_CHECKING:
    from slurm_jwt_conformance.harness.mutants.steps import Members

MUTANT = catalogue.named(sys.argv[2])

LIBRARY = "mutant of the reference"
VERSION = version("slurm-jwt-conformance")
FAMILY = reference.FAMILY
CLOCK = reference.CLOCK
NOT_CHECKED: dict[str, tuple[str, ...]] = {MUTANT.name: ()}
Unsupported = reference.Unsupported


def verify(token: bytes, key: bytes, now: int, configuration: str) -> Members:
    """Return the claims of a token that the mutant accepts."""
    if MUTANT.verify is None:
        return reference.verify(token, key, now, "")
    del configuration
    return MUTANT.verify(token, key, now)


if MUTANT.verify_jwks is not None:
    _verify_jwks = MUTANT.verify_jwks

    def verify_both(token: bytes, key: bytes, jwks: bytes, now: int, configuration: str) -> Members:
        """Return the claims of a token that the mutant accepts with a key and a JWKS."""
        del configuration
        return _verify_jwks(token, key, jwks, now)

    def verify_jwks(token: bytes, jwks: bytes, now: int, configuration: str) -> Members:
        """Return the claims of a token that the mutant accepts with only a JWKS."""
        return verify_both(token, b"", jwks, now, configuration)


def issue(claims: Members, key: bytes, configuration: str) -> str:
    """Return the mutant's token."""
    if MUTANT.issue is None:
        return reference.issue(claims, key, "")
    del configuration
    return MUTANT.issue(claims, key)
