"""The labs of this account: one folder for each lab, in a runtime folder that only this account can enter.

A folder is stale when its process has ended. The next command removes it. All claims and removals
happen under one lock, so that two commands cannot take the same name.
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
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
_OTHER_FOLDER = "Set XDG_RUNTIME_DIR to a folder of your own."

Facts = dict[str, Any]


def check_name(name: str) -> str:
    """Return a lab's name. Problem if a lab cannot have this name."""
    if not _NAME.fullmatch(name):
        raise Problem(
            f"{name!r} cannot be the name of a lab.", "Use letters, digits, '.', '_' and '-', at most 64."
        )
    return name


def folder() -> Path:
    """Return the folder of this account's labs. It is created, for its owner only, if it is missing."""
    place = _runtime() / "slurm-jwt" / "labs"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = place.lstat()
    except OSError as error:
        raise Problem(f"{place} cannot hold labs: {error.strerror}.", _OTHER_FOLDER) from None
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise Problem(f"{place} is not a folder of yours.", _OTHER_FOLDER)
    if status.st_mode & 0o077:
        place.chmod(0o700)
    return place


def _runtime() -> Path:
    """Return XDG_RUNTIME_DIR if it is usable, otherwise the cache, as the XDG specification advises."""
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if runtime.is_absolute() and runtime.is_dir() and os.access(runtime, os.W_OK | os.X_OK):
        return runtime
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return cache if cache.is_absolute() else Path.home() / ".cache"


@contextmanager
def _locked() -> Iterator[Path]:
    """Hold the lock of all labs, which is the folder itself. The kernel releases it in any case."""
    base = folder()
    lock = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield base
    finally:
        os.close(lock)


def claim(name: str, facts: Facts) -> Path:
    """Take a name for this process and return its folder. Problem if a living lab has the name."""
    with _locked() as base:
        place = base / check_name(name)
        if place.exists():
            if lives(place):
                raise Problem(
                    f"A lab named {name} is up.",
                    f"Use it, end it with `slurm-jwt lab down --name {name}`, or choose another --name.",
                )
            _remove(place)
        place.mkdir(mode=0o700)
        write_facts(place, facts)
    return place


def write_facts(place: Path, facts: Facts) -> None:
    """Write the facts of this process's lab, with the mark by which others see whether it lives."""
    text = json.dumps({**facts, "mark": places.mark(os.getpid())}, indent=1)
    unfinished = place / f"{FACTS}.new"
    unfinished.write_text(text + "\n")
    unfinished.replace(place / FACTS)


def read_facts(place: Path) -> Facts:
    """Return the facts of a lab, {} if they cannot be read."""
    try:
        facts = json.loads((place / FACTS).read_text())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def lives(place: Path) -> bool:
    """Return whether the lab's process runs. A folder without a readable mark is stale."""
    return places.lives(read_facts(place).get("mark")) is True


def remove(place: Path) -> None:
    """Remove a lab's folder."""
    with _locked():
        _remove(place)


def _remove(place: Path) -> None:
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
    else:
        shutil.rmtree(place, ignore_errors=True)


def living() -> dict[str, Path]:
    """Return the folders of all labs that are starting or up, by name."""
    folders = (place for place in folder().iterdir() if _NAME.fullmatch(place.name))
    return {place.name: place for place in sorted(folders) if lives(place)}


def clean() -> list[str]:
    """Remove the folders of labs whose process was killed, temporary folders too. Return the labs' names."""
    with _locked() as base:
        stale = [each for each in sorted(base.iterdir()) if _NAME.fullmatch(each.name) and not lives(each)]
        for place in stale:
            _remove(place)
    places.clean_stale()
    return [place.name for place in stale]
