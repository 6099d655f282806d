"""Make files, never in the place of a foreign one; a secret's whole or not at all, for its owner alone."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress

from slurm_jwt_reports.problems import Problem

_HINTS = {
    errno.ENOENT: "Make the folder first, or check the path.",
    errno.ENOTDIR: "A part of the path is no folder.",
    errno.EACCES: "Run as the folder's owner (often slurm) or as root.",
    errno.EPERM: "Run as the folder's owner (often slurm) or as root.",
    errno.EROFS: "The file system is read-only.",
    errno.ENOSPC: "The file system is full.",
}
_NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def target(text: str) -> str:
    """Return the path to make, as it was given; a Problem if something is there already."""
    if not text or text.endswith("/") or "\0" in text:
        raise Problem(f"{text!r} is no name for a file.", "Name the file to make, not its folder.")
    try:
        os.lstat(text)
    except FileNotFoundError:
        return text
    except OSError as error:
        raise _problem(text, error) from None
    raise _taken(text)


def create(path: str, content: bytes, owner: tuple[int, int] | None) -> None:
    """Make `path` with mode 0600 and this content, for uid and gid `owner` (None: the caller).

    The file is written beside its place under another name, then linked into it: a link never replaces
    what is there, not even a symbolic link that leads nowhere. On a Problem nothing is left behind.
    """
    folder = os.path.dirname(path) or "."  # noqa: PTH120 - keeps the folder as it was spelt
    beside = f"{folder}/.{secrets.token_hex(8)}.new"
    try:
        descriptor = os.open(
            beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
    except OSError as error:
        raise _problem(path, error) from None
    try:
        _fill(descriptor, content, owner)
        _put(beside, path)
    except OSError as error:
        raise _problem(path, error) from None
    finally:
        with suppress(OSError):
            os.unlink(beside)  # noqa: PTH108 - a name of our own, without a Path
    _settle(folder)


def demand_replaceable(path: str, text: str) -> None:
    """Raise a Problem unless there is nothing at this path, an empty file, or a former one of this kind.

    text: what is to be written; a former one begins with the same two characters. People name a key where
    a report's file belongs, and a key that is written over is lost.
    """
    try:
        status = os.stat(path)  # noqa: PTH116 - the text as it was given
        if stat.S_ISREG(status.st_mode) and status.st_size:
            with open(path, "rb") as stream:  # noqa: PTH123 - as above
                known = stream.read(2) == text[:2].encode()
        else:
            known = not stat.S_ISFIFO(status.st_mode) or path.startswith(("/dev/", "/proc/self/fd/"))
    except (OSError, ValueError):
        return  # nothing is there, or opening it will say what is wrong
    if not known:
        raise Problem(
            f"{path!r} exists, and is nothing that slurm-jwt wrote there before; it is left as it is.",
            "Name another file, or remove this one.",
        )


def _fill(descriptor: int, content: bytes, owner: tuple[int, int] | None) -> None:
    with os.fdopen(descriptor, "wb") as stream:
        os.fchmod(descriptor, 0o600)  # whatever the umask took away
        if owner is not None:
            os.fchown(descriptor, *owner)
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)


def _put(beside: str, path: str) -> None:
    try:
        os.link(beside, path, follow_symlinks=False)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        raise Problem(
            f"The file system of {path!r} has no hard links, so that the file cannot appear at once.",
            "Make it on another file system, and copy it: install -m 0600 FILE PLACE",
        ) from None


def _settle(folder: str) -> None:
    """Let the folder's entry reach the disk, where the system can: the key itself is there already."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _taken(path: str) -> Problem:
    link = os.path.islink(path)  # noqa: PTH114 - the text as it was given
    what = "is a symbolic link" if link else "is a folder" if os.path.isdir(path) else "exists"  # noqa: PTH112
    return Problem(
        f"{path!r} {what}; it is left as it is.",
        "Choose another name: if this is the key in use, all tokens are signed with it.",
    )


def _problem(path: str, error: OSError) -> Problem:
    return Problem(
        f"Cannot make {path!r}: {error.strerror or 'the system refuses'}.", _HINTS.get(error.errno or 0, "")
    )
