"""What a refusal branch of the model of slurmctld is."""

from __future__ import annotations

from typing import NamedTuple

RELEASES = ("20.11/libjwt1.10.2", "22.05/libjwt1.10.2", "24.11/libjwt1.17.2", "26.05/libjwt1.17.2")
"""The pairs of Slurm and libjwt that were recorded, oldest first."""


class Branch(NamedTuple):
    """One way in which a token ends.

    releases: those that have it and where a token can reach it. sites: the places of the model that make
    it. unreachable: why no token reaches it in a release whose code has it, "" if there is none such.
    covered_by: the unit test of a branch that no token of the suite can reach, since it needs a setting, a
    name beside the token, another user database or another libjwt, which `needs` names; else both are "".
    """

    id: str
    sentence: str
    releases: tuple[str, ...]
    sites: tuple[str, ...]
    unreachable: str = ""
    needs: str = ""
    covered_by: str = ""
