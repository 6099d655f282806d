"""Paths inside a root folder: links are followed as a process inside the root follows them.

Debian's usr/sbin/slurmctld is an absolute link into /etc/alternatives. Outside the root, such a link
leads to the host's own /etc/alternatives.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MOST_LINKS = 40
"""Links that one path may take, as in Linux."""


def resolve_in_root(root: Path, path: str) -> Path:
    """Return where `path` of a root is on this machine, with every link followed inside the root.

    The file need not exist. Raises OSError (ELOOP) for a path with more than MOST_LINKS links.
    """
    resolved: list[str] = []
    rest = path.split("/")[::-1]
    links = 0
    while rest:
        part = rest.pop()
        if part == "..":
            resolved = resolved[:-1]
        elif part not in {"", "."}:
            place = root.joinpath(*resolved, part)
            if not place.is_symlink():
                resolved.append(part)
                continue
            links += 1
            if links > MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            target = str(place.readlink())
            resolved = [] if target.startswith("/") else resolved
            rest += target.split("/")[::-1]
    return root.joinpath(*resolved)


def exists_in_root(root: Path, path: str) -> bool:
    """Return whether `path` of a root exists, with every link followed inside the root."""
    try:
        return resolve_in_root(root, path).exists()
    except OSError:
        return False
