"""`slurm-jwt lab install`: what is there, what is built, and every way in which it cannot be."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from slurm_jwt_conformance.cli import lab_install, main
from slurm_jwt_conformance.lab.install import mirrors, roots, unshared
from slurm_jwt_conformance.lab.install.release import Installation, Missing
from slurm_jwt_conformance.lab.sandbox import sandbox
from support.slurm import require_release

pytestmark = pytest.mark.program

FILES = tuple(f"usr/sbin/{name}" for name in ("slurmctld", "slurmd", "slurmdbd", "slurmrestd", "mariadbd"))


@pytest.fixture
def install(capsys):
    def call(*arguments):
        code = main(["lab", "install", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return an empty cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(mirrors, "find", lambda: mirrors.Mirror("http://mirror.invalid/debian", (), ()))
    monkeypatch.setattr(
        lab_install,
        "find_installation",
        lambda root: Installation(root.name, f"{root.name}.5", "", {}, root, {}, "", None),
    )
    return tmp_path / "slurm-jwt/roots"


@pytest.fixture
def builder(tmp_path, monkeypatch):
    """Give a function that puts a stand-in for mmdebstrap on the path; $1 is the root that it is to make."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "unshare").write_text('#!/bin/sh\nshift 3\nexec "$@"\n')
    (folder / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    def put(body):
        path = folder / "mmdebstrap"
        path.write_text(f"#!/bin/sh\nwhile [ $# -gt 2 ]; do shift; done\n{body}\n")
        path.chmod(0o755)

    yield put
    sandbox.possible_mode.cache_clear()  # it may have been found out with the stand-in


MAKE = " && ".join(["mkdir -p $1/usr/sbin", *(f"touch $1/{name}" for name in FILES)])


def test_a_root_is_built_with_progress_and_its_size_is_told(cache, builder, install):
    builder(f"echo 'I: doing \x1b[31mthis'; {MAKE}; head -c 3000000 /dev/zero >$1/big")
    code, out, err = install("24.11")
    assert code == 0
    assert out == f"24.11: Slurm 24.11.5 with libjwt unknown in {cache}/24.11, 2 MiB\n"
    assert "24.11: I: doing \\x1b[31mthis" in err
    builder("exit 1")
    code, out, err = install("24.11", "24.11", "--json")
    assert code == 0
    assert json.loads(out) == [
        {
            "release": "24.11", "slurm": "24.11.5", "libjwt": None,
            "root": str(cache / "24.11"), "mebibytes": 2,
        }
    ]  # fmt: skip
    assert "is installed" in err


@pytest.mark.usefixtures("cache")
def test_all_means_every_release(builder, install):
    builder(MAKE)
    code, out, _ = install("all")
    assert code == 0
    assert [line.split(":")[0] for line in out.splitlines()] == list(roots.SUITES)


def test_an_unknown_release_is_told_with_the_nearest(install):
    code, _, err = install("24.1")
    assert (code, "'24.1'" in err, "Did you mean 24.11?" in err) == (2, True, True)


@pytest.mark.usefixtures("cache")
def test_without_root_what_is_missing_is_told_with_the_fix(builder, install, monkeypatch):
    builder(MAKE)
    monkeypatch.setattr(unshared, "missing", lambda: ("newuidmap is not installed", "apt-get install uidmap"))
    code, out, err = install("24.11")
    assert (code, out) == (3, "")
    assert "Slurm 24.11: newuidmap is not installed\n  apt-get install uidmap" in err


FAILS_FOR_BULLSEYE = f'case "$*" in *bullseye*|*20.11*) echo "no such thing" >&2; exit 25;; esac; {MAKE}'


def test_a_release_that_fails_does_not_stop_the_next_one(cache, builder, install):
    builder(FAILS_FOR_BULLSEYE)
    code, out, err = install("20.11", "24.11")
    assert (code, out) == (3, f"24.11: Slurm 24.11.5 with libjwt unknown in {cache}/24.11, 0 MiB\n")
    assert "slurm-jwt: Slurm 20.11: installing Slurm 20.11 failed" in err
    code, out, _ = install("24.11", "20.11", "--json")
    rows = {row["release"]: row for row in json.loads(out)}
    assert (code, sorted(rows)) == (3, ["20.11", "24.11"])
    assert rows["24.11"]["slurm"] == "24.11.5"
    assert rows["20.11"]["error"] == "installing Slurm 20.11 failed"
    assert "fix" in rows["20.11"]


def test_a_finished_root_is_not_built_again(cache, builder, install):
    builder(f"echo built >>{cache.parents[1]}/count; {MAKE}")
    assert [install("24.11")[0] for _ in range(2)] == [0, 0]
    assert (cache.parents[1] / "count").read_text().split() == ["built"]


@pytest.mark.usefixtures("cache")
def test_without_a_network_it_says_so(builder, install):
    builder("echo \"E: Failed to fetch x  Temporary failure resolving 'x'\" >&2; exit 25")
    code, _, err = install("24.11")
    assert (code, "mirror cannot be reached" in err) == (3, True)


@pytest.mark.usefixtures("cache")
def test_a_suite_that_is_gone_is_told(builder, install):
    builder("echo \"E: The repository 'x' does not have a Release file.\" >&2; exit 25")
    code, _, err = install("24.11")
    assert (code, "does not carry Debian trixie" in err) == (3, True)


@pytest.mark.usefixtures("cache")
def test_a_root_without_what_it_should_hold_is_told(builder, install, monkeypatch):
    builder(MAKE)
    monkeypatch.setattr(
        lab_install, "find_installation", lambda _root: Missing("not installed: munge", "get it")
    )
    code, _, err = install("24.11")
    assert (code, "not installed: munge" in err) == (3, True)


def test_a_cache_that_cannot_be_made_is_told(cache, builder, install):
    cache.parent.touch()
    builder(MAKE)
    code, _, err = install("24.11")
    assert (code, f"cannot create {cache}" in err) == (3, True)


FULL = """
import os, sys
from slurm_jwt_conformance.cli import main
from slurm_jwt_conformance.lab.install import mirrors, roots
mirrors.find = lambda: mirrors.Mirror("http://mirror.invalid/debian", (), ())
roots.SPACE_NEEDED = int(sys.argv[1])
sys.exit(main(["lab", "install", "24.11"]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk that is full")
@pytest.mark.parametrize(
    ("needed", "told"), [(1 << 20, "the disk is full"), (1 << 40, "8 MiB free, a root needs")]
)
def test_a_full_disk_is_told_and_nothing_half_made_is_left(tmp_path, needed, told):
    """A real disk of 8 MiB, on which a stand-in for mmdebstrap writes until the kernel says no."""
    place = tmp_path / "disk"
    place.mkdir()
    binary = tmp_path / "bin"
    binary.mkdir()
    (binary / "mmdebstrap").write_text(
        "#!/bin/sh\nwhile [ $# -gt 2 ]; do shift; done\nmkdir $1; dd if=/dev/zero of=$1/big bs=1M count=64\n"
    )
    (binary / "mmdebstrap").chmod(0o755)
    script = (
        'mount -t tmpfs -o size=8m none "$1"; XDG_CACHE_HOME="$1" "$2" -c "$3" "$4"; code=$?;'
        ' find "$1" -mindepth 3 -not -name "*.lock"; exit $code'
    )
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", str(place), sys.executable, FULL, str(needed)],
        env={**os.environ, "PATH": f"{binary}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, told in done.stderr) == (3, True)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.slurm
def test_what_is_there_is_told_with_its_versions(install):
    found = require_release("24.11")
    assert roots.is_installed("24.11"), "this root is of an older make: slurm-jwt lab install 24.11"
    code, out, err = install("24.11")
    assert code == 0
    assert out.startswith(f"24.11: Slurm {found.version} with libjwt {found.libjwt} in {found.root}, ")
    assert "Slurm 24.11 is installed" in err
