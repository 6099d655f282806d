"""Temporary folders of sandboxes, with a marker, so that those of a killed owner are removed later."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from pathlib import Path

PREFIX = "slurm-jwt."
MARKER = "owner.json"
LONGEST = 60
"""The limit of a temporary folder's path in bytes. A Unix address holds 107 bytes."""


def new_place(mode: int) -> Path:
    """Return a new empty folder with this mode and our marker."""
    place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_parent()))
    place.chmod(mode)
    (place / MARKER).write_text(json.dumps(mark(os.getpid())))
    return place


def remove(place: Path) -> None:
    """Remove a folder of ours with everything in it, if it exists."""
    shutil.rmtree(place, ignore_errors=True)


def clean_stale() -> list[Path]:
    """Remove the folders of processes that have ended, and return them.

    Only folders of this account with a readable marker are removed; links are not.
    """
    removed = []
    for place in sorted(_parent().glob(f"{PREFIX}*")):
        if _is_own_folder(place) and _is_stale(place):
            remove(place)
            removed.append(place)
    return removed


def _parent() -> Path:
    folder = Path(tempfile.gettempdir()).absolute()
    fits = len(os.fsencode(folder)) <= LONGEST
    return folder if fits and open_to_all(folder) else Path("/tmp")  # noqa: S108 - mkdtemp makes it safe


def open_to_all(folder: Path) -> bool:
    """Return whether slurmctld's account can enter. Only root runs slurmctld under another account."""
    if os.geteuid():
        return True
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))


def _is_own_folder(place: Path) -> bool:
    try:
        found = place.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def _is_stale(place: Path) -> bool:
    try:
        left = json.loads((place / MARKER).read_text())
    except (OSError, ValueError):
        return False
    return lives(left) is False


def lives(marked: object) -> bool | None:
    """Return whether the process of a mark runs, None for something else than a mark."""
    try:
        pid = int(marked["pid"])  # type: ignore[index]  # whatever it is: a wrong type is caught
    except (ValueError, TypeError, KeyError):
        return None
    return marked == mark(pid) and _started(pid) is not None


def mark(pid: int) -> dict[str, int | str | None]:
    """Return the identity of a process. Its number alone can belong to another process later."""
    return {"pid": pid, "started": _started(pid), "boot": _boot()}


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _started(pid: int) -> str | None:
    """Return the start time of a process in the kernel's ticks, None if it does not run."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
