"""Fixtures that tests of more than one room use."""

from slurm_jwt_conformance.slurm.testing import slurm_fixture

__all__ = ["slurm_fixture"]
