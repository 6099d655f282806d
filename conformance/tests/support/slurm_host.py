"""For tests of a host that has Slurm: the lab's root laid over this host's files, seen by one thread only."""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from slurm_jwt_conformance.lab.install.release import Installation, find_installation
from support.slurm import require_slurm

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLONE_NEWNS = 0x20000
_MS_REC, _MS_PRIVATE = 0x4000, 0x40000
_LAYERS = (
    "lowerdir=/usr:{root}/usr /usr",
    "lowerdir=/etc:{root}/etc /etc",
    "lowerdir={root}/var/lib/dpkg:/var/lib/dpkg /var/lib/dpkg",
)
"""The host's own files win, except in dpkg's database: it names the packages of the root."""


@contextlib.contextmanager
def host_with_slurm() -> Iterator[Installation]:
    """Yield an Installation without a root, in a mount namespace where the host has Slurm's packages.

    The namespace is this thread's and that of the programs that it starts. Skips the test without root.
    """
    root = require_slurm().root
    if os.geteuid():
        pytest.skip("only root can lay a root over the host's files")
    libc = ctypes.CDLL(None, use_errno=True)
    folder, before = Path.cwd(), os.open("/proc/thread-self/ns/mnt", os.O_RDONLY)
    try:
        _succeed(libc.unshare(_CLONE_NEWNS))
        _succeed(libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None))
        for layer in _LAYERS:
            options, _, place = layer.format(root=root).partition(" ")
            _succeed(libc.mount(b"overlay", place.encode(), b"overlay", 0, options.encode()))
        found = find_installation()
        assert isinstance(found, Installation), found
        yield found
    finally:
        libc.setns(before, _CLONE_NEWNS)
        os.close(before)
        os.chdir(folder)


def _succeed(code: int) -> None:
    if code:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@pytest.fixture(scope="module")
def host_slurm() -> Iterator[Installation]:
    """Return a Slurm that is installed on the host; for the rest of the module this thread's host has it."""
    with host_with_slurm() as found:
        yield found
