"""Roots of Debian suites: where they lie, what is wanted of them, and how their making can fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from slurm_jwt_conformance.lab.install import mirrors, roots, unshared
from slurm_jwt_conformance.lab.install.roots import RootError, SuiteGone
from slurm_jwt_conformance.lab.sandbox import sandbox

pytestmark = pytest.mark.program

BUILDER = """#!/bin/sh
# Stands in for mmdebstrap: makes what a real one would, as far as these tests look.
for last; do :; done
while [ $# -gt 2 ]; do shift; done
{body}
"""
MAKE_ROOT = (
    'mkdir -p "$1/usr/sbin" && cd "$1/usr/sbin"'
    " && touch slurmctld slurmd slurmdbd slurmrestd mariadbd && echo done"
)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return an empty cache folder, on a machine where this user may build roots."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(unshared, "missing", lambda: None)
    monkeypatch.setattr(
        mirrors, "find", lambda: mirrors.Mirror("http://mirror.invalid/debian", ("/k.gpg",), ("A 1",))
    )
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path / "slurm-jwt/roots"


@pytest.fixture
def builder(tmp_path, monkeypatch):
    """Give a function that puts a mmdebstrap of ours, and an unshare that only runs it, on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "unshare").write_text('#!/bin/sh\nshift 3\nexec "$@"\n')
    (folder / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def put(body):
        path = folder / "mmdebstrap"
        path.write_text(BUILDER.format(body=f'echo "$@" > {tmp_path}/arguments\n{body}'))
        path.chmod(0o755)

    yield put
    sandbox.possible_mode.cache_clear()  # it may have been found out with the stand-in


def test_each_release_has_a_suite():
    assert [roots.suite(name).codename for name in ("20.11", "22.05", "24.11", "26.05")] == [
        *("bullseye", "bookworm", "trixie", "forky"),
    ]
    for name in roots.SUITES:
        assert {"slurmctld", "slurm-client", "munge", "python3", "faketime"} <= set(
            roots.suite(name).packages
        )


def test_an_unknown_release_is_told_with_the_nearest_one():
    with pytest.raises(RootError, match=r"22\.05"):
        roots.install("22.5")


def test_the_suite_of_the_machine_has_a_root_of_its_own_too(cache, builder, monkeypatch):
    monkeypatch.setattr(mirrors, "host_codename", lambda: "bookworm")
    builder(MAKE_ROOT)
    assert roots.install("22.05") == cache / "22.05"


def test_the_cache_folder_is_the_users(cache):
    assert roots.path("24.11") == cache / "24.11"
    assert not roots.is_installed("24.11")


def test_a_root_is_built_and_then_found(cache, builder):
    builder(MAKE_ROOT)
    told = []
    assert roots.install("24.11", told.append) == cache / "24.11"
    assert roots.is_installed("24.11")
    assert "done" in told
    assert any("complete" in line for line in told)
    builder("exit 1")
    assert roots.install("24.11", told.append) == cache / "24.11"


@pytest.mark.usefixtures("cache")
def test_the_mirror_keyring_and_options_are_the_machines_own(builder, tmp_path):
    builder(f'{MAKE_ROOT}\nfor each; do echo "$each"; done > {tmp_path}/last')
    roots.install("26.05")
    assert "deb http://mirror.invalid/debian forky main" in (tmp_path / "last").read_text()


@pytest.mark.parametrize(
    ("output", "kind", "told"),
    [
        ("E: The repository 'x' does not have a Release file.", SuiteGone, "does not carry Debian trixie"),
        ("Err: 404  Not Found", SuiteGone, "does not carry Debian trixie"),
        ("dpkg: error: No space left on device", RootError, "disk is full"),
        ("Temporary failure resolving 'x'", RootError, "cannot be reached"),
        ("something else", RootError, "failed"),
    ],
)
def test_a_failure_says_what_to_do(cache, builder, output, kind, told):
    builder(f'mkdir -p "$1"; echo "{output}" >&2; exit 25')
    with pytest.raises(RootError, match=told) as caught:
        roots.install("24.11")
    assert type(caught.value) is kind
    assert caught.value.hint
    assert output in caught.value.log
    assert not roots.is_installed("24.11")
    assert list(cache.glob(".24.11.building-*")) == []


def test_what_an_interrupted_build_left_is_removed(cache, builder):
    builder(MAKE_ROOT)
    left = cache / ".24.11.building-1"
    (left / "usr").mkdir(parents=True)
    half = cache / "24.11"
    half.mkdir()
    roots.install("24.11")
    assert not left.exists()
    assert roots.is_installed("24.11")


def test_a_root_without_every_daemon_is_replaced(cache, builder):
    root = cache / "24.11"
    (root / "usr/sbin").mkdir(parents=True)
    (root / "usr/sbin/slurmctld").touch()
    assert not roots.is_installed("24.11")
    builder(MAKE_ROOT)
    assert roots.install("24.11") == root
    assert roots.is_installed("24.11")
    assert sorted(path.name for path in cache.iterdir()) == [".24.11.lock", "24.11"]


def test_a_folder_with_a_mount_in_it_is_never_removed(cache, builder, monkeypatch):
    builder(MAKE_ROOT)
    (cache / ".24.11.building-1/dev").mkdir(parents=True)
    monkeypatch.setattr(roots, "_is_mounted_below", lambda folder: folder.name.startswith(".24.11"))
    with pytest.raises(RootError, match="mounted"):
        roots.install("24.11")
    assert (cache / ".24.11.building-1/dev").exists()


def test_mounts_below_a_folder_are_seen(tmp_path, monkeypatch):
    assert not roots._is_mounted_below(tmp_path)
    monkeypatch.setattr(roots, "_mount_points", lambda: ["/", f"{tmp_path.resolve()}/a/dev"])
    assert roots._is_mounted_below(tmp_path / "a")
    assert not roots._is_mounted_below(tmp_path / "a/d")


def test_the_machines_mounts_are_known():
    assert "/proc" in roots._mount_points()


class TestWithoutRoot:
    @pytest.fixture
    def user(self, monkeypatch, tmp_path):
        """Be an ordinary user of a machine that has everything; its files of ranges are in tmp_path."""
        monkeypatch.setattr(os, "geteuid", lambda: 4711)
        monkeypatch.setattr(unshared, "_account", lambda: "tester")
        monkeypatch.setattr(unshared, "possible_mode", lambda: "user")
        monkeypatch.setattr(unshared.shutil, "which", lambda name: f"/usr/bin/{name}")
        files = tuple(str(tmp_path / name) for name in ("subuid", "subgid"))
        monkeypatch.setattr(unshared, "RANGES", files)
        for file in files:
            Path(file).write_text("other:100000:65536\ntester:165536:65536\n")
        return tmp_path

    @pytest.mark.usefixtures("user")
    def test_a_root_is_built_in_a_user_namespace(self):
        assert unshared.missing() is None
        assert unshared.mmdebstrap() == ("mmdebstrap", "--mode=unshare")

    def test_a_range_may_be_the_uids(self, user):
        for name in ("subuid", "subgid"):
            (user / name).write_text("4711:165536:65536\n")
        assert unshared.missing() is None

    @pytest.mark.usefixtures("user")
    @pytest.mark.parametrize("program", ["newuidmap", "newgidmap"])
    def test_a_missing_program_is_named_with_its_package(self, monkeypatch, program):
        monkeypatch.setattr(unshared.shutil, "which", lambda name: None if name == program else name)
        what, fix = unshared.missing()
        assert program in what
        assert "apt-get install uidmap" in fix
        assert "as root" in fix

    @pytest.mark.parametrize("gone", ["subuid", "subgid"])
    def test_a_missing_range_is_named_with_the_command(self, user, gone):
        (user / gone).write_text("tester2:100000:65536\n")
        what, fix = unshared.missing()
        assert f"{user / gone} has no range for tester" in what
        assert "usermod --add-subuids" in fix
        (user / gone).unlink()
        assert unshared.missing() == (what, fix)

    @pytest.mark.usefixtures("user")
    def test_forbidden_namespaces_are_told_with_the_setting(self, monkeypatch):
        monkeypatch.setattr(unshared, "possible_mode", lambda: None)
        what, fix = unshared.missing()
        assert "user namespaces" in what
        assert "sysctl" in fix

    def test_what_is_missing_ends_the_installation(self, cache, builder, monkeypatch):
        builder(MAKE_ROOT)
        monkeypatch.setattr(unshared, "missing", lambda: ("no range", "add one"))
        with pytest.raises(RootError, match="no range") as caught:
            roots.install("24.11")
        assert caught.value.hint == "add one"
        assert not cache.exists()


def test_root_lacks_nothing(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert unshared.missing() is None
    assert unshared.mmdebstrap()[0] == "unshare"


@pytest.mark.usefixtures("cache")
def test_without_mmdebstrap_it_says_so(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(RootError, match="mmdebstrap is not installed"):
        roots.install("24.11")


@pytest.mark.usefixtures("cache")
def test_too_little_disk_is_told_before_the_start(builder, monkeypatch):
    builder("exit 1")
    monkeypatch.setattr(roots, "SPACE_NEEDED", 1 << 60)
    with pytest.raises(RootError, match="a root needs"):
        roots.install("24.11")


def test_two_at_once_build_once(cache, builder, tmp_path):
    builder(f"echo built >> {tmp_path}/count; sleep 0.5; {MAKE_ROOT}")
    script = (
        "import os, sys; os.geteuid = lambda: 0\n"
        "from slurm_jwt_conformance.lab.install import mirrors, roots\n"
        "mirrors.find = lambda: mirrors.Mirror('http://mirror.invalid/debian', (), ())\n"
        "print(roots.install('24.11'))\n"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    assert [child.communicate(timeout=60)[0].strip() for child in both] == [str(cache / "24.11")] * 2
    assert (tmp_path / "count").read_text().split() == ["built"]


class TestMirror:
    def answers(self, monkeypatch, targets, config=""):
        monkeypatch.setattr(mirrors, "host_codename", lambda: "bookworm")
        monkeypatch.setattr(mirrors, "_ask", lambda tool, *_rest: targets if tool == "apt-get" else config)

    def test_it_is_the_archive_of_the_machines_own_suite(self, monkeypatch, tmp_path):
        source = tmp_path / "debian.sources"
        source.write_text("Types: deb\nSigned-By: /usr/share/keyrings/a.gpg\n# Signed-By: /b.gpg\n")
        lines = (
            "http://other/repo|stable-tools|main|x:1\n"
            "http://m/debian-security|bookworm-security|main|x:1\n"
            f"http://m/debian|bookworm|main|{source}:1\n"
        )
        proxy = (
            'Acquire::http::Proxy "http://p:3128"\nAcquire::http::Proxy::x "DIRECT"\nAcquire::Languages "x"\n'
        )
        self.answers(monkeypatch, lines, proxy)
        found = mirrors.find()
        assert found.uri == "http://m/debian"
        assert found.keyrings == ("/usr/share/keyrings/a.gpg",)
        assert 'Acquire::http::Proxy "http://p:3128"' in found.options
        assert any("Check-Valid-Until" in option for option in found.options)
        assert not any("Languages" in option for option in found.options)
        assert found.line("forky") == "deb http://m/debian forky main"

    def test_one_line_sources_are_read_too(self, monkeypatch, tmp_path):
        source = tmp_path / "sources.list"
        source.write_text("deb [arch=amd64 signed-by=/k.asc] http://m/debian bookworm main\n")
        self.answers(monkeypatch, f"http://m/debian|bookworm|main|{source}:1\n")
        assert mirrors.find().keyrings == ("/k.asc",)

    def test_without_a_debian_mirror_it_says_so(self, monkeypatch):
        self.answers(monkeypatch, "http://other|noble|main|x:1\n")
        with pytest.raises(roots.SlurmError, match="knows no Debian mirror"):
            mirrors.find()
