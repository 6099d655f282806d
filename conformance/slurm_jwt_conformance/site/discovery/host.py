"""The files, accounts and environment of a host. Everything here only reads.

Each function has an answer for a file that is missing, denied or special. Nothing blocks on a FIFO, and each
read has a limit. A test can give a survey another object with the methods of `Host`.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt.config.grammar import Unreadable
from slurm_jwt.strict.keys import KeyFileError, load_key

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_CONFIG_BYTES = 16 << 20
"""The most that is read of one configuration file; the largest real ones have about one MiB."""

FOLDERS = ("/etc/slurm", "/etc/slurm-llnl", "/usr/local/etc", "/opt/slurm/etc", "/run/slurm/conf")
"""The usual places of slurm.conf: Slurm's default, those of packages and own builds, slurmd's cache."""

MOST_LINKS = 40
"""The most symbolic links that Linux follows."""

_KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFIFO: "FIFO",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


class Folder(NamedTuple):
    """One folder on the way to a file: who owns it and who may change what is in it."""

    path: str
    mode: int
    uid: int
    gid: int


class Look(NamedTuple):
    """What the system reports of a path without opening it.

    state: "there", "missing", "denied" (a folder on the way may not be entered) or "failed". mtime, ctime:
    seconds since 1970. link: the path that symbolic links lead to, "" where there are none. folders: those
    above it, from "/" down, links followed.
    """

    path: str
    state: Literal["there", "missing", "denied", "failed"]
    kind: str = ""
    mode: int = 0
    uid: int = 0
    gid: int = 0
    size: int = 0
    mtime: float = 0.0
    ctime: float = 0.0
    inode: int = 0
    link: str = ""
    folders: tuple[Folder, ...] = ()


class Account(NamedTuple):
    """An account and all of its groups."""

    name: str
    uid: int
    gids: frozenset[int]


class Host:
    """The machine that this runs on."""

    environment: Mapping[str, str] = os.environ
    folders: tuple[str, ...] = FOLDERS

    def look(self, path: str) -> Look:
        """Return what the system reports of a path without opening it."""
        try:
            status = os.stat(path)  # noqa: PTH116 - a path may hold what pathlib folds away
            real = os.path.realpath(path)
            folders = _all_folders(path, real)
        except (OSError, ValueError) as error:
            return Look(path, _state(error))
        return Look(
            path,
            "there",
            _KINDS.get(stat.S_IFMT(status.st_mode), "special file"),
            stat.S_IMODE(status.st_mode),
            status.st_uid,
            status.st_gid,
            status.st_size,
            status.st_mtime,
            status.st_ctime,
            status.st_ino,
            "" if real == os.path.normpath(path) else real,
            folders,
        )

    def read(self, path: str, limit: int = MOST_CONFIG_BYTES) -> bytes:
        """Return the bytes of a plain file; Unreadable says why it cannot be read."""
        look = self.look(path)
        if look.state != "there":
            raise Unreadable("failed" if look.state == "failed" else look.state, _why(look))
        if look.kind != "file":
            raise Unreadable("directory" if look.kind == "directory" else "special", f"it is a {look.kind}")
        try:
            return _read_still(path, limit)
        except PermissionError:
            raise Unreadable("denied", "this user may not read it") from None
        except (OSError, ValueError) as error:
            raise Unreadable("failed", getattr(error, "strerror", None) or "it cannot be read") from None

    def key(self, path: str) -> bytes:
        """Return the key in a file; KeyFileError says why it cannot be used."""
        before = self.look(path)
        key = load_key(path)
        after = self.look(path)
        if _identity(before) != _identity(after):
            raise KeyFileError(f"key file {path!a} changed while it was read; try again")
        return key

    def names(self, folder: str) -> tuple[str, ...] | None:
        """List a folder; None if it cannot be listed."""
        try:
            return tuple(sorted(os.listdir(folder)))  # noqa: PTH208 - names are wanted, not paths
        except (OSError, ValueError):
            return None

    def account(self, name: str) -> Account | None:
        """Return the account of this name in the host's user database; None if there is none."""
        try:
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, frozenset(os.getgrouplist(name, entry.pw_gid)))
        except (KeyError, ValueError, OSError):
            return None

    def user_name(self, uid: int) -> str:
        """Return the name of an account, or its number as text."""
        try:
            return pwd.getpwuid(uid).pw_name
        except (KeyError, OSError, OverflowError):
            return str(uid)

    def group_name(self, gid: int) -> str:
        """Return the name of a group, or its number as text."""
        try:
            return grp.getgrgid(gid).gr_name
        except (KeyError, OSError, OverflowError):
            return str(gid)


def _state(error: OSError | ValueError) -> Literal["missing", "denied", "failed"]:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return "missing"
    return "denied" if isinstance(error, PermissionError) else "failed"


def _why(look: Look) -> str:
    return {
        "missing": "it does not exist",
        "denied": "this user may not enter a folder on the way",
        "failed": "the system cannot look at it",
    }[look.state]


def _all_folders(path: str, real: str) -> tuple[Folder, ...]:
    """Return the folders above a path, above each link in it, and above the target of the links."""
    folders: dict[str, Folder] = {}
    for _ in range(MOST_LINKS):
        folders.update((folder.path, folder) for folder in _folders(os.path.normpath(path)))
        if not os.path.islink(path):  # noqa: PTH114 - a path may hold what pathlib folds away
            break
        path = os.path.join(os.path.dirname(path), os.readlink(path))  # noqa: PTH115, PTH118, PTH120
    folders.update((folder.path, folder) for folder in _folders(real))
    return tuple(folders.values())


def _folders(path: str) -> tuple[Folder, ...]:
    """Return every folder in a path; a folder that this user cannot see is left out."""
    folders = []
    steps = path.split("/")[:-1]
    for depth in range(len(steps)):
        folder = "/".join(steps[: depth + 1]) or "/"
        try:
            status = os.stat(folder)  # noqa: PTH116 - as above
        except OSError:
            continue
        folders.append(Folder(folder, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid))
    return tuple(folders)


def _identity(look: Look) -> tuple[object, ...]:
    return (look.state, look.inode, look.size, look.mtime, look.ctime)


def _read_still(path: str, limit: int) -> bytes:
    """Read a plain file; Unreadable if it changes meanwhile. The open file decides, not its path."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise Unreadable("special", "it is not a plain file")
        if before.st_size > limit:
            raise Unreadable("too large", f"it has {before.st_size:,} bytes, more than {limit:,}")
        # What has no size (/proc has such files) is empty to Slurm, and could block.
        data = file.read(limit + 1) if before.st_size else b""
        after = os.fstat(descriptor)
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size) or len(data) > limit:
        raise Unreadable("changing", "it changed while it was read")
    return data
