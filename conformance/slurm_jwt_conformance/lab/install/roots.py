"""Root folders of Debian suites, each with its own Slurm: built once, kept in the user's cache.

Each Debian suite has one Slurm release. mmdebstrap unpacks the suite from the mirror that this
machine's apt uses; nothing is installed on the machine itself. A root is built under a temporary name
and renamed when it is complete, so a root that exists is complete.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.install import mirrors, unshared
from slurm_jwt_conformance.lab.install.root_paths import exists_in_root
from slurm_jwt_reports.problems import nearest

Progress = Callable[[str], None]
"""Takes one line of text at a time: what is being done."""

SPACE_NEEDED = 900 << 20
"""Free bytes that a root needs while it is made; finished it takes 220 to 260 MB."""

PATIENCE = 60.0
"""Seconds to wait for the daemons in a root that is to be replaced."""

_COMMON = (
    *("python3", "munge", "faketime", "slurm-client", "slurm-wlm-basic-plugins"),
    *("slurmctld", "slurmd", "slurmdbd", "slurmrestd"),
)
_SINCE_22_05 = (*_COMMON, "slurm-wlm-jwt-plugin", "slurm-wlm-mysql-plugin", "mariadb-server-core")
"""MariaDB's core package is the server without a service."""


class Suite(NamedTuple):
    """A Debian suite by its code name, and the packages wanted from it."""

    codename: str
    packages: tuple[str, ...]


_PACKAGES = {"20.11": (*_COMMON, "mariadb-server-core-10.5")}
"""The packages of releases that need others than _SINCE_22_05."""

SUITES = {
    name: Suite(entry.suite, _PACKAGES.get(name, _SINCE_22_05))
    for name, entry in releases.SERIES.items()
    if entry.suite
}
"""Slurm release to the suite that carries it."""

_PROGRAMS = ("slurmctld", "slurmd", "slurmdbd", "slurmrestd", "mariadbd")
"""What a root has in usr/sbin if none of the packages is missing."""

_SLIM = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*")
"""Files that no daemon and no test reads."""

_HOSTS_FILE = '--customize-hook=touch "$1/etc/hosts"'
"""A sandbox mounts its own hosts file over the root's: only the owner of the root can create the file."""


class RootError(SlurmError):
    """A root cannot be had; the hint says what to do."""


class SuiteGone(RootError):
    """The mirror does not carry the suite (any more)."""


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
    """Return whether this release's root has slurmctld."""
    return exists_in_root(path(release), "usr/sbin/slurmctld")


def is_complete(release: str) -> bool:
    """Return whether this release's root has all daemons: also slurmdbd, MariaDB, slurmrestd, slurmd."""
    return all(exists_in_root(path(release), f"usr/sbin/{name}") for name in _PROGRAMS)


def install(release: str, progress: Progress = lambda _: None) -> Path:
    """Make sure that a release is there and return its root; RootError or SuiteGone if it cannot be.

    A root that lacks daemons (an older version of this program made it) is built anew beside the old
    one, which stays in use until the new one is complete.
    """
    place = path(release)
    if is_complete(release):
        progress(f"Slurm {release} is there: {place}")
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
    """Build a root while no other process of ours does, unless another one just has."""
    if shutil.which("mmdebstrap") is None:
        raise RootError("mmdebstrap is not installed", "Install it with: apt-get install mmdebstrap")
    if missing := unshared.missing():
        raise RootError(*missing)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RootError(f"cannot make {place.parent}: {error.strerror}") from None
    with _lock(place, progress):
        if is_complete(release):
            return
        _clean(place, progress, keep=is_installed(release))
        _check_space(place.parent)
        _build(release, place, progress)


@contextlib.contextmanager
def _lock(place: Path, progress: Progress) -> Iterator[None]:
    """Hold the lock of one root; the kernel gives it back however this process ends."""
    with place.with_name(f".{place.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"another process is building {place}: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _clean(place: Path, progress: Progress, *, keep: bool) -> None:
    """Remove what an interrupted build left, and unless `keep` the root itself. Called under the lock."""
    left = [each for kind in ("building", "old") for each in place.parent.glob(f".{place.name}.{kind}-*")]
    for old in [*left, *([place] if place.exists() and not keep else [])]:
        if _is_mounted_below(old):
            raise RootError(f"something is mounted below {old}", "Unmount it, then remove the folder.")
        progress(f"removing what an earlier build left: {old}")
        unshared.remove(old)


def _is_mounted_below(folder: Path) -> bool:
    """Tell whether removing a folder would reach into another file system, such as a bound /dev."""
    below = f"{folder.resolve()}/"
    return any(point.startswith(below) for point in _mount_points())


def _mount_points() -> list[str]:
    """Return where something is mounted; the kernel writes blanks in a path as octal escapes."""
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
        _put(building, place, progress)
    except BaseException:
        unshared.remove(building, ignore_errors=True)
        raise
    progress(f"{place} is complete: {size(place) >> 20} MiB")


def _put(building: Path, place: Path, progress: Progress) -> None:
    """Give a complete root its name; an older one of that name goes once no daemon runs in it."""
    if not place.exists():
        building.rename(place)
        return
    deadline = time.monotonic() + PATIENCE
    while used_by := _processes_in(place):
        if time.monotonic() > deadline:
            raise RootError(f"{place} is in use by process {used_by[0]}", "End the lab that runs in it.")
        progress(f"waiting for the processes that run in {place}")
        time.sleep(1)
    old = place.with_name(f".{place.name}.old-{os.getpid()}")
    place.rename(old)
    building.rename(place)
    unshared.remove(old)


def _processes_in(place: Path) -> list[int]:
    """Return the processes whose "/" is this folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/root"):
        with contextlib.suppress(OSError):
            if entry.readlink() == place.resolve():
                found.append(int(entry.parent.name))
    return found


def _run(command: list[str], release: str, progress: Progress, environment: dict[str, str]) -> None:
    """Run a builder, pass on its lines, and tell its failure in terms a user can act on."""
    kept: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment
    ) as child:
        try:
            for raw in child.stdout or ():
                line = raw.decode("utf-8", "replace").rstrip()
                kept = [*kept[-199:], line]
                progress(line)
        except BaseException:
            child.terminate()
            raise
    if child.returncode:
        raise _failure(release, "\n".join(kept))


def _failure(release: str, output: str) -> RootError:
    """Say why a builder failed, from what it printed."""
    codename = suite(release).codename
    if "No space left on device" in output:
        return RootError(
            f"the disk is full, Slurm {release} is not installed", "Free some space and try again.", output
        )
    if any(text in output for text in ("does not have a Release file", "404  Not Found", "has no Release")):
        return SuiteGone(
            f"the mirror does not carry Debian {codename} (Slurm {release}) any more",
            "Use a mirror that still has it, archive.debian.org for one; records of it stay valid.",
            output,
        )
    unreachable = (
        "Could not resolve",
        "Temporary failure resolving",
        "Could not connect",
        "Network is unrea",
    )
    if any(text in output for text in unreachable):
        return RootError("the Debian mirror cannot be reached", "Check the network and apt's proxy.", output)
    return RootError(f"installing Slurm {release} failed", "The lines below tell more.", output)
