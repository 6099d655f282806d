"""Real Slurm in a run: who takes part live, who from a record, and who cannot."""

from __future__ import annotations

import pytest

from slurm_jwt_conformance.adapters import NotInstalled
from slurm_jwt_conformance.adapters.slurm import lineup
from slurm_jwt_conformance.adapters.slurm.participant import SlurmctldParticipant
from slurm_jwt_conformance.adapters.slurm.recorded import RecordedParticipant
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.install.release import Installation, Missing


def installation(label):
    return Installation(label, f"{label}.1", "1.10.2", {}, None, {}, "/p", None)


@pytest.fixture
def machine(monkeypatch):
    """A machine with 22.05 of its own and 24.11 in a root."""
    here = {label: installation(label) for label in ("22.05", "24.11")}
    monkeypatch.setattr(lineup, "find_installation", lambda: here["22.05"])
    monkeypatch.setattr(lineup, "find_release", lambda label: here.get(label, Missing("not here")))


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize(
    ("release", "plain", "with_roots"),
    [
        ("22.05", SlurmctldParticipant, SlurmctldParticipant),
        ("24.11", RecordedParticipant, SlurmctldParticipant),
        ("26.05", RecordedParticipant, RecordedParticipant),
    ],
)
def test_roots_take_part_live_only_where_that_is_asked_for(release, plain, with_roots):
    assert type(lineup.start(f"slurmctld:{release}")) is plain
    found = lineup.start(f"slurmctld:{release}", live_roots=True)
    assert type(found) is with_roots
    assert found.id == f"slurmctld:{release}"


@pytest.mark.usefixtures("machine")
def test_a_release_that_is_neither_here_nor_recorded_cannot_take_part():
    with pytest.raises(NotInstalled, match=r"19\.05 is neither installed here nor recorded"):
        lineup.start("slurmctld:19.05", live_roots=True)


def test_every_release_that_can_be_installed_is_named():
    assert {f"slurmctld:{release}" for release in roots.SUITES} <= set(lineup.ids())
