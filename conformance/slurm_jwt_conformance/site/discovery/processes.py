"""The daemons of Slurm that run on this host, read through /proc.

Of a daemon's environment only two facts are kept: the value of SLURM_CONF, and whether SLURM_JWT is set.
"""

from __future__ import annotations

import contextlib
import os
import re
from typing import NamedTuple

DAEMONS = ("slurmctld", "slurmdbd", "slurmrestd")
_MOST_BYTES = 4 << 20
_DELETED = " (deleted)"


class Mapped(NamedTuple):
    """A file that a daemon holds in its memory; deleted: its name is gone or leads to another file."""

    path: str
    inode: int
    deleted: bool


class Running(NamedTuple):
    """A daemon of Slurm that runs.

    started: seconds since 1970. conf: the file that -f or SLURM_CONF names, "" where neither is set, None if
    that cannot be seen. token: SLURM_JWT is in its environment. replaced: its program file is not the one
    that it runs. files: plain files that it maps as it maps keys. libjwt: the library that it has loaded.
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


def running() -> tuple[Running, ...]:
    """Return the daemons that run here and not in a container; the helper process of a daemon is left out."""
    daemons = {}
    parents = {}
    for entry in _entries():
        name = _name(entry)
        if name in DAEMONS and _is_here(entry):
            with contextlib.suppress(OSError, ValueError, IndexError):
                parents[entry] = "/proc/" + file_text(f"{entry}/stat").rpartition(")")[2].split()[1]
                daemons[entry] = _process(entry, name)
    return tuple(daemons[entry] for entry in daemons if parents[entry] not in daemons)


def _entries() -> list[str]:
    try:
        return [f"/proc/{name}" for name in sorted(os.listdir("/proc")) if name.isdigit()]  # noqa: PTH208
    except OSError:
        return []


def _name(entry: str) -> str:
    """Return the name of a process, in the fastest way: a node may have thousands of them."""
    try:
        descriptor = os.open(f"{entry}/comm", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(descriptor, 64).rstrip(b"\n").decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(descriptor)


def _is_here(entry: str) -> bool:
    """Return whether a process is in our own process namespace; a process that hides it counts."""
    try:
        return os.stat(f"{entry}/ns/pid") == os.stat("/proc/self/ns/pid")  # noqa: PTH116 - not our path
    except OSError:
        return True


def _process(entry: str, name: str) -> Running:
    files = _maps(entry)
    program = _program(entry)
    environment = file_bytes(f"{entry}/environ")
    return Running(
        name=name,
        pid=int(entry.rpartition("/")[2]),
        uid=os.stat(entry).st_uid,  # noqa: PTH116 - as above
        started=_started(entry),
        conf=_conf(file_bytes(f"{entry}/cmdline"), environment),
        token=None if environment is None else _variable(environment, b"SLURM_JWT") is not None,
        replaced=None if program is None else program.endswith(_DELETED),
        files=None if files is None else tuple(file for file, shared in files if shared),
        libjwt=next((file.path for file, _ in files or () if "/libjwt" in file.path), ""),
        program=(program or "").removesuffix(_DELETED),
    )


def _started(entry: str) -> float:
    """Return when a process was started: the kernel counts in ticks from its own start."""
    ticks = int(file_text(f"{entry}/stat").rpartition(")")[2].split()[19])
    booted = re.search(r"^btime (\d+)", file_text("/proc/stat"), re.MULTILINE)
    if booted is None:
        raise ValueError("the kernel does not report when it was started")
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
    return os.fsdecode(_variable(environment, b"SLURM_CONF") or b"")


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
    text = file_bytes(f"{entry}/maps")
    if text is None:
        return None
    files = []
    for line in text.decode("utf-8", "surrogateescape").splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[5].startswith("/"):
            path = fields[5].removesuffix(_DELETED)
            files.append((Mapped(path, int(fields[4]), path != fields[5]), fields[1] == "r--s"))
    return files


def file_bytes(path: str) -> bytes | None:
    """Return the start of a file; None if it cannot be read."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib takes longer to load than a check
            return file.read(_MOST_BYTES)
    except OSError:
        return None


def file_text(path: str) -> str:
    """Return the start of a file as text; "" if it cannot be read."""
    return (file_bytes(path) or b"").decode("utf-8", "replace")
