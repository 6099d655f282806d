"""Finding an installed Slurm, and saying what is missing where there is none."""

from __future__ import annotations

import shutil

import pytest

from slurm_jwt_conformance.lab.install import release, roots
from slurm_jwt_conformance.lab.install.release import Installation, Missing, find_installation
from support.slurm import REQUIRED, require_release, require_slurm

pytestmark = pytest.mark.program

FILES = (
    "usr/sbin/slurmctld",
    "usr/bin/scontrol",
    "usr/sbin/munged",
    "usr/lib/x86_64-linux-gnu/slurm-wlm/auth_jwt.so",
    "usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
)
STATUS = """Package: slurmctld
Status: install ok installed
Version: 20.11.7+really20.11.4-2+deb11u1
Architecture: amd64

Package: libjwt0
Status: install ok installed
Version: 1.10.2-1+deb11u1
Architecture: amd64

Package: libjwt-dev
Status: deinstall ok config-files
Version: 9.9.9-1
Architecture: amd64

"""


@pytest.fixture
def root(tmp_path):
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    database = tmp_path / "var/lib/dpkg"
    (database / "info").mkdir(parents=True)
    (database / "updates").mkdir()
    (database / "status").write_text(STATUS)
    return tmp_path


@pytest.mark.parametrize(
    ("package", "upstream"),
    [
        ("20.11.7+really20.11.4-2+deb11u1", "20.11.4"),
        ("22.05.8-4+deb12u3", "22.05.8"),
        ("1.10.2-1+deb12u1", "1.10.2"),
        ("2:1.17.2-1", "1.17.2"),
        ("26.05.5", "26.05.5"),
        ("", ""),
    ],
)
def test_upstream_versions(package, upstream):
    assert release.upstream(package) == upstream


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="dpkg is Debian's")
def test_a_root_of_its_own(root):
    found = find_installation(root)
    assert isinstance(found, Installation)
    assert (found.label, found.version, found.libjwt) == ("20.11", "20.11.4", "1.10.2")
    assert found.packages == {"slurmctld": "20.11.7+really20.11.4-2+deb11u1", "libjwt0": "1.10.2-1+deb11u1"}
    assert found.root == root
    assert found.program("scontrol") == "/usr/bin/scontrol"
    assert found.plugin_dir == "/usr/lib/x86_64-linux-gnu/slurm-wlm"
    assert found.faketime == "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
    assert "slurmd" not in found.programs


@pytest.mark.parametrize(
    ("name", "package"),
    [(FILES[0], "slurmctld"), (FILES[1], "slurm-client"), (FILES[2], "munge"), (FILES[3], "jwt-plugin")],
)
def test_what_is_missing_is_named(root, name, package):
    (root / name).unlink()
    found = find_installation(root)
    assert isinstance(found, Missing)
    assert package in found.reason
    assert f"remove {root}, then run: slurm-jwt lab install {root.name}" in str(found)


def own(version):
    return Installation(version[:5], version, "", {}, None, {}, "", None)


def test_a_named_release_comes_from_the_labs_root_before_this_system(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(release, "find_installation", lambda root=None: root or own("22.05.8"))
    assert release.find_release("22.05") == own("22.05.8")
    assert release.find_release("24.11") == Missing(
        "Slurm 24.11 is not installed here", "install it with: slurm-jwt lab install 24.11"
    )
    assert release.find_release("1.2") == Missing("Slurm 1.2 is not installed here")
    for label in ("22.05", "24.11"):
        place = roots.path(label)
        (place / "usr/sbin").mkdir(parents=True)
        for name in ("slurmctld", "slurmd", "slurmdbd", "slurmrestd", "mariadbd"):
            (place / "usr/sbin" / name).touch()
        assert release.find_release(label) == place


def test_faketime_may_be_missing(root):
    (root / FILES[4]).unlink()
    found = find_installation(root)
    assert isinstance(found, Installation)
    assert found.faketime is None


def test_no_root_at_all(tmp_path):
    found = find_installation(tmp_path / "none")
    assert isinstance(found, Missing)
    assert "there is no folder" in str(found)


def test_a_missing_slurm_skips_unless_it_is_required(tmp_path, monkeypatch):
    monkeypatch.setattr("slurm_jwt_conformance.lab.install.roots.path", lambda _release: tmp_path)
    monkeypatch.delenv(REQUIRED, raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"no Slurm 22\.05: not installed: munge"):
        require_slurm()
    monkeypatch.setenv(REQUIRED, "1")
    with pytest.raises(pytest.fail.Exception, match=f"{REQUIRED} is 1, but there is no Slurm"):
        require_slurm()


def test_a_missing_release_skips_unless_it_is_required(tmp_path, monkeypatch):
    monkeypatch.setattr("slurm_jwt_conformance.lab.install.roots.path", lambda _release: tmp_path / "none")
    monkeypatch.delenv(REQUIRED, raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"no Slurm 20\.11: there is no folder"):
        require_release("20.11")
    monkeypatch.setenv(REQUIRED, "1")
    with pytest.raises(pytest.fail.Exception, match=r"no Slurm 20\.11"):
        require_release("20.11")


def test_another_release_in_a_root_is_not_taken_for_the_wanted_one(root, monkeypatch):
    monkeypatch.setattr("slurm_jwt_conformance.lab.install.roots.path", lambda _release: root)
    monkeypatch.delenv(REQUIRED, raising=False)
    assert require_release("20.11").label == "20.11"
    with pytest.raises(pytest.skip.Exception, match=r"24\.11: its root has 20\.11\.4"):
        require_release("24.11")
