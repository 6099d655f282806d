"""What the agent asks of the kernel: mounts, loopback, sockets, processes.

Standard library only: the agent runs by path, knows no package, and finds this file beside its own.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SIOCSIFADDR, SIOCSIFFLAGS, IFF_UP_RUNNING = 0x8916, 0x8914, 0x41
CLONE_NEWUSER = 0x10000000
libc = ctypes.CDLL(None, use_errno=True)


class Refusal(Exception):
    """A request failed. The text says why."""


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Mount something on `target`. Refusal with the reason if that fails."""
    arguments = [None if part is None else part.encode() for part in (source, target, kind)]
    if libc.mount(*arguments, ctypes.c_ulong(flags), None if options is None else options.encode()):
        code = ctypes.get_errno()
        raise Refusal(f"cannot mount on {target}: {os.strerror(code)}", code)


def enter_user_namespace(uid: int) -> None:
    """Move this process to a user namespace of its own, in which its uid and gid have this number."""
    ours, group = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {ours} 1")
    Path("/proc/self/gid_map").write_text(f"{uid} {group} 1")


def loopback_up() -> None:
    """Bring lo up with 127.0.0.1 and 127.0.0.2.

    The second address is for Slurm up to 22.05: it asks getaddrinfo for IPv4 with AI_ADDRCONFIG, and
    glibc denies having IPv4 where 127.0.0.1 is the only address.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for name, address in ((b"lo", "127.0.0.1"), (b"lo:1", "127.0.0.2")):
            place = struct.pack("16sH2s4s8x", name, socket.AF_INET, b"", socket.inet_aton(address))
            fcntl.ioctl(control, SIOCSIFADDR, place)
            fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", name, IFF_UP_RUNNING))


def listening() -> list[tuple[str, int]]:
    """Read /proc/net/tcp and tcp6: state 0A is listening; addresses are native-endian words in hex."""
    found = []
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        try:
            rows = Path("/proc/self/net", table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, rows):
            if fields[3] == "0A":
                words, port = fields[1].split(":")
                raw = b"".join(
                    int(words[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(words), 8)
                )
                found.append((socket.inet_ntop(family, raw), int(port, 16)))
    return found


def exchange(address: str | tuple[str, int], data: bytes, seconds: float, pause: Callable[[], None]) -> bytes:
    """Connect (a path is a Unix socket), send, and return what comes until the other side closes.

    What came is returned too if the time is up, or if the other side hangs up under way; `pause` is
    called now and then meanwhile.
    """
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    deadline = time.monotonic() + seconds
    received = b""
    with socket.socket(family) as link:
        link.settimeout(seconds)
        link.connect(address)
        try:
            link.sendall(data)
            link.settimeout(0.25)
            while time.monotonic() < deadline:
                try:
                    piece = link.recv(1 << 16)
                except TimeoutError:
                    pause()
                    continue
                if not piece:
                    break
                received += piece
        except ConnectionError:
            return received
    return received
