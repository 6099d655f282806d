"""Which labs there are: one marked folder for each, in a runtime folder of this account alone.

A folder whose process lives no more is stale; whoever comes next removes it. All claims and removals
happen under one lock, so two commands at once cannot both take a name.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slurm_jwt_conformance.lab.sandbox import places
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

FACTS = "lab.json"
SOCKET = "socket"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")

Facts = dict[str, Any]


class NameTaken(Problem):
    """A lab of this name is up."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"A lab named {name} is up.",
            f"Use it, end it with `slurm-jwt lab down --name {name}`, or give this one another --name.",
        )


def check_name(name: str) -> str:
    """Return a lab's name, if it is one."""
    if not _NAME.fullmatch(name):
        raise Problem(f"{name!r} is no name for a lab.", "Use letters, digits, '.', '_' and '-', at most 64.")
    return name


def folder() -> Path:
    """Return the folder of this account's labs; it is made, for its owner alone, where it is missing."""
    place = _runtime() / "slurm-jwt" / "labs"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = place.lstat()
    except OSError as error:
        raise Problem(f"Labs cannot be kept in {place}: {error.strerror}.", _ELSEWHERE) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise Problem(f"{place} is no folder of yours.", _ELSEWHERE)
    if found.st_mode & 0o077:
        place.chmod(0o700)
    return place


_ELSEWHERE = "Set XDG_RUNTIME_DIR to a folder of your own."


def _runtime() -> Path:
    """Return XDG_RUNTIME_DIR where it is usable, else the cache, as the XDG specification advises."""
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if runtime.is_absolute() and runtime.is_dir() and os.access(runtime, os.W_OK | os.X_OK):
        return runtime
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return cache if cache.is_absolute() else Path.home() / ".cache"


@contextmanager
def _locked() -> Iterator[Path]:
    """Hold the lock of all labs, which is the folder itself; the kernel gives it back in any case."""
    base = folder()
    lock = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield base
    finally:
        os.close(lock)


def claim(name: str, facts: Facts) -> Path:
    """Take a name for this process and return its folder; NameTaken if a living lab has it."""
    with _locked() as base:
        place = base / check_name(name)
        if place.exists():
            if lives(place):
                raise NameTaken(name)
            _remove(place)
        place.mkdir(mode=0o700)
        write_facts(place, facts)
    return place


def write_facts(place: Path, facts: Facts) -> None:
    """Write what is known of this process's lab, with the mark that tells whether it lives."""
    text = json.dumps({**facts, "mark": places.mark(os.getpid())}, indent=1)
    unfinished = place / f"{FACTS}.new"
    unfinished.write_text(text + "\n")
    unfinished.replace(place / FACTS)


def read_facts(place: Path) -> Facts:
    """Return what is known of a lab; {} if nothing can be read."""
    try:
        found = json.loads((place / FACTS).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def lives(place: Path) -> bool:
    """Tell whether the lab's process is there; a folder without a readable mark is nobody's."""
    return places.lives(read_facts(place).get("mark")) is True


def give_up(place: Path) -> None:
    """Remove a lab's folder."""
    with _locked():
        _remove(place)


def _remove(place: Path) -> None:
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
    else:
        shutil.rmtree(place, ignore_errors=True)


def living() -> dict[str, Path]:
    """Return the folders of all labs that are up or on their way, by name."""
    found = (place for place in folder().iterdir() if _NAME.fullmatch(place.name))
    return {place.name: place for place in sorted(found) if lives(place)}


def clean() -> list[str]:
    """Remove what labs left whose process was killed, temporary folders too; return their names."""
    with _locked() as base:
        stale = [each for each in sorted(base.iterdir()) if _NAME.fullmatch(each.name) and not lives(each)]
        for place in stale:
            _remove(place)
    places.clean_stale()
    return [place.name for place in stale]
