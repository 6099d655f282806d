"""Root folders of Debian suites, each with its own Slurm, in the user's cache.

Each Debian suite has one Slurm release. mmdebstrap unpacks the suite from the mirror that this machine's
apt uses; nothing is installed on the machine itself. A root is built under a temporary name and renamed
when it is complete.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.lab import processes
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.install import mirrors, unshared
from slurm_jwt_conformance.lab.install.root_paths import exists_in_root
from slurm_jwt_reports.problems import nearest

Progress = Callable[[str], None]
"""Gets one line of text at a time about the work."""

SPACE_NEEDED = 900 << 20
"""Free bytes that building a root needs. The root has 220 to 260 MB."""

_COMMON = (
    *("python3", "munge", "faketime", "slurm-client", "slurm-wlm-basic-plugins"),
    *("slurmctld", "slurmd", "slurmdbd", "slurmrestd"),
)
_SINCE_22_05 = (*_COMMON, "slurm-wlm-jwt-plugin", "slurm-wlm-mysql-plugin", "mariadb-server-core")
"""MariaDB's core package is the server without a service."""


class Suite(NamedTuple):
    """The code name of a Debian suite, and the packages that a root gets from it."""

    codename: str
    packages: tuple[str, ...]


_PACKAGES = {"20.11": (*_COMMON, "mariadb-server-core-10.5")}
"""The packages of releases that do not have those of _SINCE_22_05."""

SUITES = {
    name: Suite(entry.suite, _PACKAGES.get(name, _SINCE_22_05))
    for name, entry in releases.SERIES.items()
    if entry.suite
}
"""Slurm release to the suite that carries it."""

_PROGRAMS = ("slurmctld", "slurmd", "slurmdbd", "slurmrestd", "mariadbd")
"""The programs in usr/sbin of a complete root."""

_SLIM = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*")
"""Files that no daemon and no test reads."""

_HOSTS_FILE = '--customize-hook=touch "$1/etc/hosts"'
"""A sandbox mounts its own hosts file over the root's: only the owner of the root can create the file."""


class RootError(SlurmError):
    """A root cannot be built. The hint has the fix."""


class SuiteGone(RootError):
    """The mirror does not have the suite."""


def suite(release: str) -> Suite:
    """Return the suite of a Slurm release such as "24.11"; RootError names the nearest one."""
    try:
        return SUITES[release]
    except KeyError:
        raise RootError(
            f"no Debian suite is known for Slurm {release!r}", nearest(release, list(SUITES))
        ) from None


def path(release: str) -> Path:
    """Return the folder of this release's root, which need not exist. RootError: no such release."""
    suite(release)
    return _folder() / release


def is_installed(release: str) -> bool:
    """Return whether this release's root has every daemon."""
    return all(exists_in_root(path(release), f"usr/sbin/{name}") for name in _PROGRAMS)


def install(release: str, progress: Progress = lambda _: None) -> Path:
    """Build the root of a release if it is not there, and return it. RootError if that fails.

    A root that lacks daemons is removed first.
    """
    place = path(release)
    if is_installed(release):
        progress(f"Slurm {release} is installed: {place}")
    else:
        _build_alone(release, place, progress)
    return place


def size(place: Path) -> int:
    """Return the disk space of a root in bytes."""
    total = 0
    for folder, _, names in os.walk(place):
        total += sum(os.lstat(Path(folder, name)).st_blocks * 512 for name in names)
    return total


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(base) if base.startswith("/") else Path.home() / ".cache"
    return cache / "slurm-jwt" / "roots"


def _build_alone(release: str, place: Path, progress: Progress) -> None:
    """Build a root, unless another process builds it meanwhile."""
    if shutil.which("mmdebstrap") is None:
        raise RootError("mmdebstrap is not installed", "Install it with: apt-get install mmdebstrap")
    if missing := unshared.missing():
        raise RootError(*missing)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RootError(f"cannot create {place.parent}: {error.strerror}") from None
    with _lock(place, progress):
        if is_installed(release):
            return
        _clean(place, progress)
        _check_space(place.parent)
        _build(release, place, progress)


@contextlib.contextmanager
def _lock(place: Path, progress: Progress) -> Iterator[None]:
    """Hold the lock of one root. The kernel releases it in any case."""
    with place.with_name(f".{place.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"another process is building {place}: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _clean(place: Path, progress: Progress) -> None:
    """Remove what an interrupted build left, and an incomplete root. Called under the lock."""
    for old in [*place.parent.glob(f".{place.name}.building-*"), *([place] if place.exists() else [])]:
        if _is_mounted_below(old):
            raise RootError(f"something is mounted below {old}", "Unmount it, then remove the folder.")
        progress(f"removing what an earlier build left: {old}")
        unshared.remove(old)


def _is_mounted_below(folder: Path) -> bool:
    """Return whether another file system, such as a bound /dev, is mounted below a folder."""
    below = f"{folder.resolve()}/"
    return any(point.startswith(below) for point in _mount_points())


def _mount_points() -> list[str]:
    """Return all mount points. The kernel writes a space in a path as an octal escape."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line.split()[4].replace("\\040", " ") for line in lines]


def _check_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < SPACE_NEEDED:
        raise RootError(
            f"{folder} has {free >> 20} MiB free, a root needs {SPACE_NEEDED >> 20} MiB",
            "Free some disk space, or let XDG_CACHE_HOME name a folder on another disk.",
        )


def _build(release: str, place: Path, progress: Progress) -> None:
    """Run mmdebstrap in namespaces of its own, so that nothing stays mounted if it is killed."""
    wanted = suite(release)
    mirror = mirrors.find()
    building = place.with_name(f".{place.name}.building-{os.getpid()}")
    progress(f"building a root with Slurm {release} ({wanted.codename}) from {mirror.uri}")
    command = [
        *(*unshared.mmdebstrap(), "--variant=apt"),
        f"--include={','.join(wanted.packages)}",
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in _SLIM),
        *(f"--aptopt={option}" for option in mirror.options),
        *(f"--keyring={keyring}" for keyring in mirror.keyrings),
        _HOSTS_FILE,
        *(wanted.codename, str(building), mirror.line(wanted.codename)),
    ]
    try:
        _run(command, release, progress, dict(os.environ))
        building.rename(place)
    except BaseException:
        unshared.remove(building, ignore_errors=True)
        raise
    progress(f"{place} is complete: {size(place) >> 20} MiB")


def _run(command: list[str], release: str, progress: Progress, environment: dict[str, str]) -> None:
    """Run a builder and pass on its lines. RootError if it fails."""
    lines: list[str] = []
    processes.adopt_orphans()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment
    ) as child:
        try:
            for raw in child.stdout or ():
                line = raw.decode("utf-8", "replace").rstrip()
                lines = [*lines[-199:], line]
                progress(line)
        except BaseException:
            child.terminate()
            raise
    if child.returncode:
        raise _failure(release, "\n".join(lines))


_FAILURES = (
    (
        RootError,
        "No space left on device",
        "the disk is full, Slurm {release} is not installed",
        "Free some space and try again.",
    ),
    (
        SuiteGone,
        "does not have a Release file|404  Not Found|has no Release",
        "the mirror does not carry Debian {codename} (Slurm {release})",
        "Use a mirror that has it, such as archive.debian.org.",
    ),
    (
        RootError,
        "Could not resolve|Temporary failure resolving|Could not connect|Network is unrea",
        "the Debian mirror cannot be reached",
        "Check the network and apt's proxy.",
    ),
    (RootError, "", "installing Slurm {release} failed", "The last lines of the output show the cause."),
)
"""Pattern in a builder's output, what happened, and the fix. The first that matches is taken."""


def _failure(release: str, output: str) -> RootError:
    """Return the error for what a builder printed."""
    kind, _, what, fix = next(each for each in _FAILURES if re.search(each[1], output))
    return kind(what.format(release=release, codename=suite(release).codename), fix, output)
