"""A Slurm that somebody built: what is found below its prefix, and what is missing there."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from slurm_jwt_conformance.lab.install.prefix import find_prefix
from slurm_jwt_conformance.lab.install.release import Installation, Missing


@pytest.fixture
def prefix(host_slurm):
    """Lay a host's Slurm out as `make install` does, where everybody may pass."""
    base = Path(tempfile.mkdtemp(prefix="sjt."))
    base.chmod(0o755)
    for name in ("bin/scontrol", "sbin/slurmctld"):
        (base / name).parent.mkdir()
        (base / name).symlink_to(host_slurm.program(Path(name).name))
    (base / "lib").mkdir()
    (base / "lib/slurm").symlink_to(host_slurm.plugin_dir)
    yield base
    shutil.rmtree(base)


@pytest.mark.slurm
def test_versions_come_from_the_programs_and_the_loader(host_slurm, prefix):
    found = find_prefix(prefix)
    assert isinstance(found, Installation)
    assert (found.label, found.version, found.libjwt) == (
        host_slurm.label,
        host_slurm.version,
        host_slurm.libjwt,
    )
    assert found.program("slurmctld") == f"{prefix}/sbin/slurmctld"
    assert found.program("munged") == host_slurm.program("munged")
    assert (found.plugin_dir, found.prefix, found.root) == (f"{prefix}/lib/slurm", prefix, None)
    assert not [name for name in found.packages if name.startswith("slurm")]
    assert "slurmd" not in found.programs


@pytest.mark.slurm
@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ("bin/scontrol", "no bin/scontrol"),
        ("sbin/slurmctld", "no sbin/slurmctld"),
        ("lib/slurm", "no auth_jwt.so below"),
    ],
)
def test_what_a_prefix_lacks_is_told(prefix, gone, told):
    (prefix / gone).unlink()
    found = find_prefix(prefix)
    assert isinstance(found, Missing)
    assert told in found.reason
    assert found.hint


def test_no_folder_at_all(tmp_path):
    found = find_prefix(tmp_path / "none")
    assert isinstance(found, Missing)
    assert "there is no folder" in found.reason


@pytest.mark.slurm
def test_a_slurmctld_that_does_not_run_is_told_with_its_complaint(prefix):
    place = prefix / "sbin/slurmctld"
    place.unlink()
    place.write_text("#!/bin/sh\necho 'cannot open shared object file' >&2\nexit 127\n")
    place.chmod(0o755)
    found = find_prefix(prefix)
    assert isinstance(found, Missing)
    assert str(place) in found.reason
    assert found.hint == "cannot open shared object file"


@pytest.mark.slurm
def test_a_libjwt_that_the_loader_does_not_find_is_named(prefix, tmp_path, monkeypatch):
    fake_ldd(tmp_path, monkeypatch, "libjwt.so.2 => not found")
    found = find_prefix(prefix)
    assert isinstance(found, Missing)
    assert "needs libjwt.so.2" in found.reason


@pytest.mark.slurm
@pytest.mark.parametrize(("text", "version"), [("Name: libjwt\nVersion: 1.17.2\n", "1.17.2"), ("", "")])
def test_a_libjwt_without_a_package_is_known_by_its_pc_file_or_not_at_all(
    prefix, tmp_path, monkeypatch, text, version
):
    (tmp_path / "libjwt.so.2").touch()
    if text:
        (tmp_path / "pkgconfig").mkdir()
        (tmp_path / "pkgconfig/libjwt.pc").write_text(text)
    fake_ldd(tmp_path, monkeypatch, f"libjwt.so.2 => {tmp_path}/libjwt.so.2 (0x00007f5d8224d000)")
    found = find_prefix(prefix)
    assert isinstance(found, Installation)
    assert found.libjwt == version


def fake_ldd(tmp_path, monkeypatch, line):
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "ldd").write_text(f"#!/bin/sh\necho '\t{line}'\n")
    (folder / "ldd").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.slurm
def test_a_path_that_slurm_conf_cannot_hold_is_told(prefix):
    odd = prefix / "a b"
    odd.mkdir()
    for name in ("bin", "sbin", "lib"):
        (prefix / name).rename(odd / name)
    found = find_prefix(odd)
    assert isinstance(found, Missing)
    assert "slurm.conf cannot name" in found.reason


@pytest.mark.slurm
@pytest.mark.skipif(os.geteuid() != 0, reason="only root's daemons change their account")
def test_a_prefix_that_slurm_user_cannot_reach_is_told(prefix):
    prefix.chmod(0o700)
    found = find_prefix(prefix)
    assert isinstance(found, Missing)
    assert "SlurmUser cannot reach" in found.reason
