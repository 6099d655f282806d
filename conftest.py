"""Fixtures that tests of more than one room use."""

from support.slurm import slurm_fixture

__all__ = ["slurm_fixture"]
