"""Roots without root: mmdebstrap in a user namespace, with the user's subordinate uids and gids.

The files of such a root belong to subordinate ids, so that only a user namespace can remove them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.sandbox.sandbox import HOW_TO_HAVE_NAMESPACES, possible_mode

RANGES = ("/etc/subuid", "/etc/subgid")
"""Files with the ranges of ids that a user namespace may have, a line for each user."""

_AS_ROOT = ("unshare", "--mount", "--propagation", "private", "mmdebstrap", "--mode=root")
_AS_USER = ("mmdebstrap", "--mode=unshare")
_OWN_IDS = ("unshare", "--user", "--map-root-user", "--map-auto")


def mmdebstrap() -> tuple[str, ...]:
    """Return the command that builds a root: as root in a mount namespace, otherwise in a user namespace."""
    return _AS_USER if os.geteuid() else _AS_ROOT


def missing() -> tuple[str, str] | None:
    """Return what this account lacks to build a root, and the fix; None: it can build a root."""
    if not os.geteuid():
        return None
    name = _account()
    if possible_mode() is None:
        return (
            "without root, a root needs user namespaces, which this machine forbids",
            HOW_TO_HAVE_NAMESPACES,
        )
    if shutil.which("newuidmap") is None or shutil.which("newgidmap") is None:
        return "without root, a root needs newuidmap and newgidmap", _or_root("apt-get install uidmap")
    for file in RANGES:
        if not _has_range(Path(file), name):
            add = f"usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {name}"
            return f"{file} has no range for {name}", _or_root(add)
    return None


def _or_root(command: str) -> str:
    return f"As root run: {command}. Or run this command as root."


def _account() -> str:
    """Return the user's name, or the uid as text where the user database has no entry for it."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _has_range(file: Path, name: str) -> bool:
    """Return whether a file such as /etc/subuid has a range for this user, by name or uid."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return False
    return any(line.partition(":")[0] in {name, str(os.geteuid())} for line in lines)


def remove(folder: Path, *, ignore_errors: bool = False) -> None:
    """Remove a root with everything in it. Raises OSError, or SlurmError without root."""
    if not os.geteuid():
        shutil.rmtree(folder, ignore_errors=ignore_errors)
        return
    command = [*_OWN_IDS, "rm", "-rf", "--", str(folder)]
    result = subprocess.run(command, check=False, stdin=subprocess.DEVNULL)
    if result.returncode and not ignore_errors:
        raise SlurmError(f"cannot remove {folder}", f"Run: {' '.join(command)}")
