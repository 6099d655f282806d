"""Real Slurm in a run: live if this machine has the release, otherwise from its record.

A release in a root of the lab takes part live only with `live_roots`: four releases take four times as
long as the machine's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.adapters import NotInstalled
from slurm_jwt_conformance.adapters.slurm.participant import NAME, SlurmctldParticipant
from slurm_jwt_conformance.adapters.slurm.recorded import RecordedParticipant
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.install.release import Installation, find_installation, find_release
from slurm_jwt_vectors import load, load_observed

if TYPE_CHECKING:
    from slurm_jwt_conformance.adapters import Participant

PREFIX = f"{NAME}:"


def ids() -> tuple[str, ...]:
    """Return the ids of all releases that can be installed or were recorded, the oldest first."""
    return tuple(PREFIX + release for release in sorted({*roots.SUITES, *load_observed()}))


def start(implementation: str, *, live_roots: bool = False) -> Participant:
    """Return this release: the machine's own, with `live_roots` also one in a root, otherwise its record.

    Raises NotInstalled if it is neither installed nor recorded.
    """
    release = implementation.removeprefix(PREFIX)
    suite = load()
    found = installed(release, in_roots=live_roots)
    if found is not None:
        return SlurmctldParticipant(found, {case.id for case in suite.cases.values() if case.any_time})
    record = load_observed().get(release)
    if record is not None:
        keys, jwks = ({each.id: each.bytes for each in some.values()} for some in (suite.keys, suite.jwks))
        return RecordedParticipant(record, keys, jwks)
    raise NotInstalled(implementation, f"Slurm {release} is neither installed here nor recorded")


def installed(release: str, *, in_roots: bool = False) -> Installation | None:
    """Return the installation of this release: the machine's own, with `in_roots` also one in a root."""
    found = find_release(release) if in_roots else find_installation()
    return found if isinstance(found, Installation) and found.label == release else None
