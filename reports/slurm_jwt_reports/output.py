"""The one way in which a file is written: whole or not at all, and never in the place of a foreign one.

A new file gets a random name in the same folder, is opened exclusively, written and flushed to the disk,
and then takes its place in one step. What is there already is replaced only if it carries the generator
mark of the same kind, or with `overwrite` if it is a regular file. Links, FIFOs, devices and folders are
never replaced. A secret never replaces anything, and only its owner may read it.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, NamedTuple, Self

from slurm_jwt_reports.problems import HarnessProblem, Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from io import FileIO

GENERATOR = "generator"
"""The member of a JSON document that has the mark."""

_HEAD = 4096
"""Bytes at the beginning of a file in which its mark is."""

_SYNTAX = {
    "html": (b"<!doctype html>", b'<meta name="generator" content="%b">'),
    "junit": (b"<?xml", b"<!-- generator: %b -->"),
    "markdown": (b"<!-- generator:", b"<!-- generator: %b -->"),
}
"""How a file begins, and how its mark is written, by the last word of the kind. All others are JSON."""

_FIXED = {
    "results": b'{"event":"run","format":',
    "site schema": (
        b'{\n  "$schema": "https://json-schema.org/draft/2020-12/schema",\n'
        b'  "title": "A site\'s report of slurm-jwt-conformance"'
    ),
    "check summary": b'{\n  "format": "slurm-jwt check summary",',
    "badge": b'{"schemaVersion": 1, "label": "Slurm JWT"',
}
"""Kinds whose readers take no further member: the beginning of the file is the mark."""

_HINTS = {
    errno.ENOENT: "Make the folder first, or check the path.",
    errno.ENOTDIR: "A part of the path is not a folder.",
    errno.EACCES: "Run as the folder's owner (often slurm) or as root.",
    errno.EPERM: "Run as the folder's owner (often slurm) or as root.",
    errno.EROFS: "The file system is read-only.",
    errno.ENOSPC: "The file system is full.",
}
_OF_SYSTEM = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO),
    *(errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ETIMEDOUT),
}
"""Errors that another call does not avoid: no room, a broken disk, no memory. The exit code is 3, not 2."""
_NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
_TYPES = (
    (stat.S_ISLNK, "is a symbolic link"),
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISFIFO, "is a FIFO"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISBLK, "is a device"),
    (stat.S_ISCHR, "is a device"),
)


class File(NamedTuple):
    """A file to write. kind: of its generator mark, "" for a file that has none. mode: before the umask."""

    path: str
    text: str | bytes
    kind: str = ""
    mode: int = 0o666

    @property
    def content(self) -> bytes:
        """Return the bytes of the file."""
        return self.text if isinstance(self.text, bytes) else self.text.encode("utf-8", "backslashreplace")


def mark(kind: str) -> str:
    """Return the generator mark of a kind of file, such as "html" or "sarif"."""
    return f"slurm-jwt-conformance {kind}"


def is_ours(path: str, kind: str) -> bool:
    """Return whether a regular file at this path carries the mark of this kind; links are not followed."""
    try:
        return _carries(_start(path, _HEAD), kind)
    except (OSError, ValueError):
        return False


def write(file: File, *, overwrite: bool = False) -> None:
    """Write a file by the policy of this module; a Problem if it cannot be."""
    write_all([file], overwrite=overwrite)


def write_all(files: Sequence[File], *, overwrite: bool = False, read: Collection[str] = ()) -> None:
    """Write files; each is written beside its place before the first one takes its place.

    read: files that are never replaced.
    """
    former = [replaceable(file, overwrite=overwrite, read=read) for file in files]
    with ExitStack() as open_drafts:
        drafts = [open_drafts.enter_context(_draft(file)) for file in files]
        for draft, old in zip(drafts, former, strict=True):
            try:
                draft.put(old)
            except OSError as error:
                raise _problem(draft.path, error) from None


def _draft(file: File) -> Draft:
    """Return a draft that has the whole content of the file."""
    try:
        draft = Draft(file.path, file.mode)
        try:
            _write_whole(draft.file, file.content)
        except BaseException:
            draft.close()
            raise
    except OSError as error:
        raise _problem(file.path, error) from None
    return draft


def replaceable(file: File, *, overwrite: bool = False, read: Collection[str] = ()) -> os.stat_result | None:
    """Return the status of the file that may be replaced, None if nothing is there; otherwise a Problem."""
    demand_name(file.path)
    if read and os.path.realpath(file.path) in {os.path.realpath(each) for each in read}:
        raise Problem(
            f"{file.path!r} is an input of this command; it is left as it is.", "Name another file."
        )
    try:
        status = os.lstat(file.path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _problem(file.path, error) from None
    if not stat.S_ISREG(status.st_mode):
        raise Problem(
            f"{file.path!r} {_type(status)}; it is left as it is.", "Name another file; - is stdout."
        )
    if overwrite or _is_former(file):
        return status
    raise Problem(
        f"{file.path!r} exists and is not {_former(file.kind)}; it is left as it is.",
        "Name another file, or add --overwrite to replace this one.",
    )


def demand_name(path: str) -> None:
    """Raise a Problem unless a path can be the name of a file."""
    if not path or path.endswith("/") or "\0" in path:
        raise Problem(f"{path!r} is not the name of a file.", "Name the file, not its folder.")


def make_folder(path: str, option: str = "--out") -> None:
    """Make a folder and those above it; a Problem if that fails. option: the one that names the folder."""
    try:
        os.makedirs(path, exist_ok=True)  # noqa: PTH103 - the path as it was given
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a path has no NUL character"
        what, hint = f"Cannot make the folder {path!r}: {reason}.", f"Name another folder with {option}."
        raise (Problem(what, hint) if isinstance(error, ValueError) else problem(error, what, hint)) from None


class Draft:
    """A file beside its place, under a random name, until `put`; without `put` nothing is left of it.

    file: where to write. Errors are those of the system.
    """

    def __init__(self, path: str, mode: int = 0o666) -> None:
        self.path = path
        folder = os.path.dirname(path) or "."  # noqa: PTH120 - keeps the folder as it was spelt
        self._folder = folder
        self._beside: str | None = f"{folder}/.{os.urandom(8).hex()}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._beside, flags, mode)
        self.file: FileIO = os.fdopen(descriptor, "wb", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, former: os.stat_result | None) -> None:
        """Put the file in its place. former: what it replaces; None: a file that appears there stays."""
        assert self._beside is not None
        if former is not None:
            os.fchmod(self.file.fileno(), stat.S_IMODE(former.st_mode))
        os.fsync(self.file.fileno())
        if former is None:
            _link(self._beside, self.path)
            self._drop_name()
        else:
            os.replace(self._beside, self.path)  # noqa: PTH105 - a name of our own, without a Path
        self._beside = None
        _settle(self._folder)

    def close(self) -> None:
        """Close the file, and remove its random name if it still has one."""
        self.file.close()
        self._drop_name()

    def _drop_name(self) -> None:
        """Remove the random name if the file still has it."""
        if self._beside is not None:
            with suppress(OSError):
                os.unlink(self._beside)  # noqa: PTH108 - as above
            self._beside = None


def demand_new(path: str) -> str:
    """Return the path of a secret to write; a Problem if something is there already."""
    demand_name(path)
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return path
    except OSError as error:
        raise _problem(path, error) from None
    raise _taken(path, status)


def write_secret(path: str, content: bytes, owner: tuple[int, int] | None) -> None:
    """Write a new file with mode 0600, for uid and gid `owner` (None: the caller).

    A hard link puts it in its place: that never replaces what is there, not even a symbolic link that leads
    nowhere. On a Problem nothing is left.
    """
    try:
        with Draft(path, 0o600) as draft:
            _fill(draft, content, owner)
            try:
                draft.put(None)
            except FileExistsError:
                raise _taken(path, os.lstat(path)) from None
    except OSError as error:
        raise _problem(path, error) from None


def _fill(draft: Draft, content: bytes, owner: tuple[int, int] | None) -> None:
    os.fchmod(draft.file.fileno(), 0o600)  # whatever the umask took away
    if owner is not None:
        os.fchown(draft.file.fileno(), *owner)
    _write_whole(draft.file, content)


def _write_whole(file: FileIO, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) or 0 :]


def _link(beside: str, path: str) -> None:
    """Give the file its name. Without hard links it cannot appear at once and replace nothing."""
    try:
        os.link(beside, path, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        raise Problem(
            f"The file system of {path!r} has no hard links, so that the file cannot appear at once.",
            "Write it on another file system, and copy it: install -m 0600 FILE PLACE",
        ) from None


def _settle(folder: str) -> None:
    """Flush the folder's entry to the disk, where the system can: the content is there already."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_former(file: File) -> bool:
    """Return whether the file there is an earlier one of this kind, or has the same content already."""
    if file.kind and is_ours(file.path, file.kind):
        return True
    try:
        return bool(file.content) and _start(file.path, len(file.content) + 1) == file.content
    except OSError:
        return False


def _start(path: str, size: int) -> bytes:
    """Return the first bytes of a regular file; an OSError for a link, b"" for anything else."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        return stream.read(size) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""


def _carries(head: bytes, kind: str) -> bool:
    if kind in _FIXED:
        return head.startswith(_FIXED[kind])
    name = mark(kind).encode()
    begin, form = _SYNTAX.get(kind.rpartition(" ")[2], (b"{", b'"generator":"%b"'))
    if begin == b"{":
        head = head.replace(b'"generator": "', b'"generator":"')
    return head.startswith(begin) and form.replace(b"%b", name) in head


def _former(kind: str) -> str:
    return f"an earlier {kind} file of slurm-jwt" if kind else "the same as the new file"


def _type(status: os.stat_result) -> str:
    return next((words for matches, words in _TYPES if matches(status.st_mode)), "exists")


def _taken(path: str, status: os.stat_result) -> Problem:
    return Problem(
        f"{path!r} {_type(status)}; it is left as it is.",
        "Choose another name: if this is the key in use, all tokens are signed with it.",
    )


def _problem(path: str, error: OSError) -> Problem:
    if isinstance(error, FileExistsError):
        return Problem(f"{path!r} appeared while it was written; it is left as it is.", "Name another file.")
    reason = error.strerror or "the system refuses"
    return problem(error, f"Cannot write {path!r}: {reason}.", _HINTS.get(error.errno or 0, ""))


def problem(error: OSError, what: str, hint: str = "") -> Problem:
    """Return the Problem for a file that cannot be written; a HarnessProblem if the system failed."""
    return (HarnessProblem if error.errno in _OF_SYSTEM else Problem)(what, hint)
