"""What runs and what is installed on this machine: Slurm's daemons, its release, libjwt, the clock.

Programs are asked for their version only; processes are read through /proc. Of a daemon's environment no
more is kept than whether SLURM_JWT is in it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import stat
import time
from pathlib import Path
from typing import NamedTuple

from slurm_jwt_conformance.lab import program

DAEMONS = ("slurmctld", "slurmdbd", "slurmrestd")
_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/slurm/sbin", "/usr/bin", "/usr/local/bin", "/opt/slurm/bin")
_PLUGINS = (
    "/usr/lib/*/slurm*",
    "/usr/lib64/slurm*",
    "/usr/lib/slurm*",
    "/usr/local/lib/slurm",
    "/opt/slurm/lib*/slurm",
)
_LIBRARIES = ("/usr/lib/*", "/lib/*", "/usr/lib64", "/usr/lib", "/usr/local/lib", "/usr/local/lib64")
_MOST = 4 << 20
_DELETED = " (deleted)"
_STA_UNSYNC, _TIME_ERROR = 0x40, 5


class Mapped(NamedTuple):
    """A file that a daemon holds in its memory; deleted: its name is gone or leads to another file."""

    path: str
    inode: int
    deleted: bool


class Running(NamedTuple):
    """A daemon of Slurm that runs.

    started: seconds since 1970. conf: what -f or SLURM_CONF names, "" where neither does, None if that
    cannot be seen. token: SLURM_JWT is in its environment. replaced: its program file is not the one that
    it runs. files: plain files that it maps as it maps keys. libjwt: the library that it has loaded.
    program: the path of its program file, "" if that cannot be seen.
    """

    name: str
    pid: int
    uid: int
    started: float
    conf: str | None
    token: bool | None
    replaced: bool | None
    files: tuple[Mapped, ...] | None
    libjwt: str
    program: str = ""


class Installed(NamedTuple):
    """The Slurm on this machine. slurm, libjwt: versions, "" if unknown, each with how that was found out.

    plugin_dir: the folder with auth_munge.so or auth_jwt.so, "" if there is none where they use to be.
    """

    slurm: str
    slurm_from: str
    libjwt: str
    libjwt_from: str
    plugin_dir: str


class Machine(NamedTuple):
    """All of it at one moment. synchronised: what the kernel says of its clock, None if it says nothing.

    fips: the kernel allows approved cryptography only. processes_seen: /proc could be read.
    """

    name: str
    now: float
    installed: Installed
    running: tuple[Running, ...]
    processes_seen: bool
    synchronised: bool | None
    fips: bool


def look_around(plugin_dirs: tuple[str, ...] = ()) -> Machine:
    """Look at this machine; plugin_dirs: PluginDir of slurm.conf, where it is set."""
    running = tuple(_running())
    return Machine(
        name=os.uname().nodename,
        now=time.time(),
        installed=_installed(plugin_dirs, running),
        running=running,
        processes_seen=Path("/proc/self/stat").exists(),
        synchronised=synchronised(),
        fips=_file_text("/proc/sys/crypto/fips_enabled").strip() == "1",
    )


def synchronised() -> bool | None:
    """Ask the kernel whether something keeps its clock in step (adjtimex, which also NTP daemons set)."""
    fields = (ctypes.c_byte * 512)()  # struct timex, zero: nothing is to be changed
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(fields)
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    status = ctypes.c_int.from_buffer(fields, ctypes.sizeof(ctypes.c_long) * 5).value
    return state != _TIME_ERROR and not status & _STA_UNSYNC


def _running() -> list[Running]:
    """Find the daemons that run here, and not in a container; a daemon's helper is not one itself."""
    found = {}
    parents = {}
    for entry in _matching("/proc/[0-9]*"):
        name = _file_text(f"{entry}/comm").strip()
        if name in DAEMONS and _is_here(entry):
            with contextlib.suppress(OSError, ValueError, IndexError):
                parents[entry] = "/proc/" + _file_text(f"{entry}/stat").rpartition(")")[2].split()[1]
                found[entry] = _process(entry, name)
    return [found[entry] for entry in found if parents[entry] not in found]


def _is_here(entry: str) -> bool:
    """Tell whether a process is of our own process namespace; where that cannot be seen it counts."""
    try:
        return os.stat(f"{entry}/ns/pid") == os.stat("/proc/self/ns/pid")  # noqa: PTH116 - no path of ours
    except OSError:
        return True


def _process(entry: str, name: str) -> Running:
    files = _maps(entry)
    program = _program(entry)
    environment = _file_bytes(f"{entry}/environ")
    return Running(
        name=name,
        pid=int(entry.rpartition("/")[2]),
        uid=Path(entry).stat().st_uid,
        started=_started(entry),
        conf=_conf(_file_bytes(f"{entry}/cmdline"), environment),
        token=None if environment is None else _variable(environment, b"SLURM_JWT") is not None,
        replaced=None if program is None else program.endswith(_DELETED),
        files=None if files is None else tuple(file for file, shared in files if shared),
        libjwt=next((file.path for file, _ in files or () if "/libjwt" in file.path), ""),
        program=(program or "").removesuffix(_DELETED),
    )


def _started(entry: str) -> float:
    """Return when a process was started: the kernel counts in ticks from its own start."""
    ticks = int(_file_text(f"{entry}/stat").rpartition(")")[2].split()[19])
    booted = re.search(r"^btime (\d+)", _file_text("/proc/stat"), re.MULTILINE)
    if booted is None:
        raise ValueError("the kernel does not tell when it was started")
    return int(booted[1]) + ticks / os.sysconf("SC_CLK_TCK")


def _conf(arguments: bytes | None, environment: bytes | None) -> str | None:
    words = (arguments or b"").split(b"\0")
    for at, word in enumerate(words):
        if word == b"-f" and at + 1 < len(words):
            return os.fsdecode(words[at + 1])
        if word.startswith(b"-f") and len(word) > 2:
            return os.fsdecode(word[2:])
    if environment is None:
        return None
    named = _variable(environment, b"SLURM_CONF")
    return os.fsdecode(named or b"")


def _variable(environment: bytes, name: bytes) -> bytes | None:
    for entry in environment.split(b"\0"):
        if entry.startswith(name + b"="):
            return entry[len(name) + 1 :]
    return None


def _program(entry: str) -> str | None:
    try:
        return os.readlink(f"{entry}/exe")  # noqa: PTH115 - the kernel adds a word to some
    except OSError:
        return None


def _maps(entry: str) -> list[tuple[Mapped, bool]] | None:
    """Return the files that a process maps, and whether each is shared and read-only, as keys are."""
    text = _file_bytes(f"{entry}/maps")
    if text is None:
        return None
    found = []
    for line in text.decode("utf-8", "surrogateescape").splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[5].startswith("/"):
            path = fields[5].removesuffix(_DELETED)
            found.append((Mapped(path, int(fields[4]), path != fields[5]), fields[1] == "r--s"))
    return found


def _installed(plugin_dirs: tuple[str, ...], running: tuple[Running, ...]) -> Installed:
    slurm, slurm_from = _slurm_version(running)
    folder = _plugin_dir(plugin_dirs)
    library = next((each.libjwt for each in running if each.libjwt), "") or _libjwt(folder)
    libjwt, libjwt_from = _package_version(library) if library else ("", "")
    return Installed(slurm, slurm_from, libjwt, libjwt_from, folder)


def _slurm_version(running: tuple[Running, ...]) -> tuple[str, str]:
    """Ask the programs that run, then those that are installed."""
    programs = [each.program for each in running if each.name in DAEMONS[:2] and each.program]
    for name in (*DAEMONS[:2], "scontrol"):
        programs += [f"{folder}/{name}" for folder in _FOLDERS]
    for path in programs:
        if os.access(path, os.X_OK) and trusted(path):
            found = re.search(r"\b(\d\d\.\d\d\.\d+)", _output([path, "-V"]))
            if found:
                return found[1], f"{os.path.realpath(path)} -V"
    return "", ""


def trusted(program: str) -> bool:
    """Tell whether only root, or who runs this, can have put a program in its place.

    Anybody can start a process that calls itself slurmctld; root must not run its program.
    """
    believed = {0, os.geteuid()}
    path = os.path.realpath(program)
    while True:
        try:
            status = os.stat(path)  # noqa: PTH116 - a path may hold what pathlib folds away
        except OSError:
            return False
        sticky_folder = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
        if status.st_uid not in believed or (status.st_mode & 0o022 and not sticky_folder):
            return False
        if path == "/":
            return True
        path = os.path.dirname(path)  # noqa: PTH120 - as above


def _plugin_dir(named: tuple[str, ...]) -> str:
    folders = [*named, *(folder for pattern in _PLUGINS for folder in _matching(pattern))]
    for plugin in ("auth_jwt.so", "auth_munge.so"):
        for folder in folders:
            if os.access(f"{folder}/{plugin}", os.F_OK):
                return folder
    return ""


def _libjwt(folder: str) -> str:
    """Return the libjwt that the plugin names, where the loader uses to find libraries."""
    wanted = re.search(rb"libjwt\.so\.\d+", _file_bytes(f"{folder}/auth_jwt.so") or b"") if folder else None
    if wanted is None:
        return ""
    name = wanted[0].decode()
    places = [place for pattern in _LIBRARIES for place in _matching(f"{pattern}/{name}")]
    return places[0] if places else ""


def _package_version(library: str) -> tuple[str, str]:
    """Return the version of the package that owns a library, from dpkg or rpm; "" if neither knows it."""
    real = os.path.realpath(library)
    for path in dict.fromkeys((real, real.replace("/usr/lib/", "/lib/", 1), library)):
        owner = re.match(r"([a-z0-9][a-z0-9+.-]+)(?::\w+)?: /", _output(["dpkg-query", "--search", path]))
        if owner:
            version = _output(["dpkg-query", "--show", "--showformat=${Version}", owner[1]])
            return _upstream(version), f"package {owner[1]}"
    told = _output(["rpm", "--query", "--file", "--queryformat", "%{NAME} %{VERSION}", real])
    found = re.fullmatch(r"([A-Za-z0-9+._-]+) (\d+(?:\.\d+)+)", told.strip())
    return (found[2], f"package {found[1]}") if found else ("", "")


def _upstream(version: str) -> str:
    """Return the upstream part of a Debian version: of 1:1.10.2-1+deb12u1 it is 1.10.2."""
    found = re.match(r"(?:\d+:)?(\d+(?:\.\d+)+)", version)
    return found[1] if found else ""


def _matching(pattern: str) -> list[str]:
    return sorted(str(path) for path in Path("/").glob(pattern.removeprefix("/")))


def _output(command: list[str]) -> str:
    """Run a program that only answers a question; "" if it does not, or not within ten seconds."""
    result = program.run(command, seconds=10)
    return "" if result.exit is None else result.out[:4096]


def _file_bytes(path: str) -> bytes | None:
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST)
    except OSError:
        return None


def _file_text(path: str) -> str:
    return (_file_bytes(path) or b"").decode("utf-8", "replace")
