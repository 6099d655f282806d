"""`slurm-jwt gate`: check a token of your issuer with pytest: a test for each rule and release."""

from __future__ import annotations

import argparse
from typing import Any

from slurm_jwt_conformance.site.gate import options


class _Parser(argparse.ArgumentParser):
    """A parser that keeps the options that it does not know, for pytest."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> argparse.Namespace:  # type: ignore[override]  # noqa: ANN401
        """Parse; what is left over goes to pytest."""
        known: argparse.Namespace
        known, others = self.parse_known_args(args, namespace)
        known.pytest_options = others
        return known


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt gate`."""
    gate = _Parser(prog="slurm-jwt gate", description=__doc__, allow_abbrev=False)
    options.add(gate.add_argument)
    return gate


def run(args: argparse.Namespace) -> int:
    """Run the gate and return its exit code."""
    from slurm_jwt_conformance.site.gate.run import run as run_gate

    return run_gate(vars(args), args.pytest_options)
