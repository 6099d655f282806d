"""Paths inside a root: links are followed inside the root, and never lead out of it."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.install.release import Installation, find_installation
from slurm_jwt_conformance.lab.install.root_paths import MOST_LINKS, exists_in_root, resolve_in_root

pytestmark = pytest.mark.program


@pytest.fixture
def root(tmp_path):
    """Make a root with one program in usr/sbin, and a file beside the root that no link may reach."""
    (tmp_path / "root/usr/sbin").mkdir(parents=True)
    (tmp_path / "root/usr/sbin/real").touch()
    (tmp_path / "outside").touch()
    return tmp_path / "root"


def link(root, name, target):
    place = root / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


@pytest.mark.parametrize("path", ["usr/sbin/real", "/usr/sbin/real", "usr//./sbin/../sbin/real"])
def test_a_path_without_links_is_below_the_root(root, path):
    assert resolve_in_root(root, path) == root / "usr/sbin/real"
    assert exists_in_root(root, path)


def test_debians_alternatives_stay_in_the_root(root):
    link(root, "usr/sbin/slurmctld", "/etc/alternatives/slurmctld")
    link(root, "etc/alternatives/slurmctld", "/usr/sbin/real")
    assert resolve_in_root(root, "usr/sbin/slurmctld") == root / "usr/sbin/real"
    assert exists_in_root(root, "usr/sbin/slurmctld")


def test_a_relative_link_starts_at_its_own_folder(root):
    link(root, "usr/bin/program", "../sbin/real")
    assert resolve_in_root(root, "usr/bin/program") == root / "usr/sbin/real"


def test_a_linked_folder_is_followed_before_its_parent_is_taken(root):
    link(root, "sbin", "usr/sbin")
    assert resolve_in_root(root, "sbin/real") == root / "usr/sbin/real"
    assert resolve_in_root(root, "sbin/..") == root / "usr"


@pytest.mark.parametrize("target", ["../../../outside", "/../outside"])
def test_the_parent_of_the_root_is_the_root(root, target):
    link(root, "usr/sbin/escape", target)
    assert resolve_in_root(root, "usr/sbin/escape") == root / "outside"
    assert not exists_in_root(root, "usr/sbin/escape")


def test_an_absolute_link_never_leads_to_the_host(root, tmp_path):
    link(root, "escape", tmp_path / "outside")
    assert (root / "escape").exists()
    assert not exists_in_root(root, "escape")


def test_a_loop_ends(root):
    link(root, "one", "two")
    link(root, "two", "/one")
    with pytest.raises(OSError, match="one") as caught:
        resolve_in_root(root, "one")
    assert caught.value.errno == errno.ELOOP
    assert not exists_in_root(root, "one")


def test_the_number_of_links_is_bounded(root):
    for number in range(MOST_LINKS + 1):
        link(root, f"link{number}", f"link{number + 1}")
    (root / f"link{MOST_LINKS + 1}").touch()
    assert exists_in_root(root, "link1")
    assert not exists_in_root(root, "link0")


def test_the_root_may_be_the_machine_itself():
    assert resolve_in_root(Path("/"), "/proc/../dev") == Path("/dev")


def debian_root(folder):
    """Make a root as Debian's packages do: its daemons are absolute links into /etc/alternatives."""
    for name in ("slurmctld", "slurmd"):
        link(folder, f"usr/sbin/{name}", f"/etc/alternatives/{name}")
        link(folder, f"etc/alternatives/{name}", f"/usr/sbin/{name}-in-this-root")
        (folder / f"usr/sbin/{name}-in-this-root").touch()
    for name in ("sbin/munged", "sbin/slurmdbd", "sbin/slurmrestd", "sbin/mariadbd", "bin/scontrol"):
        (folder / "usr" / name).parent.mkdir(exist_ok=True)
        (folder / "usr" / name).touch()
    real = folder / "usr/lib/x/slurm-of-this-root"
    real.mkdir(parents=True)
    link(folder, "usr/lib/x/faketime/libfaketimeMT.so.1", "/usr/lib/x/of-this-root/libfaketime.so")
    link(folder, "usr/lib/x/slurm-wlm", "/usr/lib/x/slurm-of-this-root")
    for place in (real / "auth_jwt.so", folder / "usr/lib/x/of-this-root/libfaketime.so"):
        place.parent.mkdir(exist_ok=True)
        place.touch()
    (folder / "var/lib/dpkg/info").mkdir(parents=True)
    (folder / "var/lib/dpkg/updates").mkdir()
    status = "Package: slurmctld\nStatus: install ok installed\nVersion: 24.11.5-1\nArchitecture: amd64\n"
    (folder / "var/lib/dpkg/status").write_text(status)


@pytest.mark.parametrize("sound", [True, False], ids=["sound", "dangling"])
def test_every_file_of_a_root_is_looked_up_inside_it(tmp_path, monkeypatch, sound):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    place = roots.path("24.11")
    debian_root(place)
    if sound:
        assert roots.is_installed("24.11")
        found = find_installation(place)
        assert isinstance(found, Installation)
        assert {"slurmctld", "slurmd", "mariadbd"} <= set(found.programs)
        assert found.plugin_dir.startswith("/usr/lib/x/slurm-")
        assert found.faketime == "/usr/lib/x/faketime/libfaketimeMT.so.1"
        return
    (place / "usr/sbin/slurmctld-in-this-root").unlink()
    assert not roots.is_installed("24.11")
