"""Loads Slurm's own auth_jwt.so as slurmctld does, and returns its verdict on each token.

It is a program that runs inside a release's root and with that root's Python (3.9 on), standard library only:

    python3 -I plugin_oracle.py PROTOCOL SLURM_CONF

Questions and answers are binary, in batches, on standard input and output. A question is a token and
a user name, each a big-endian u32 length (ABSENT for no user name) and the bytes; a batch is a u32
number of questions and the questions. An answer is i32 return code, u32 uid, u32 length of the log,
the log; a batch is answered as a whole. Before the first batch comes one JSON line: the clock as the
plugin sees it. The end of the input ends it.
"""

from __future__ import annotations

import ctypes
import json
import os
import pwd
import re
import struct
import sys
from pathlib import Path
from typing import BinaryIO

ABSENT = 0xFFFFFFFF

_IS_SLURMCTLD = 1 << 3
_RTLD_LAZY = 1
_BUFFER_MAGIC = 0x42554545
_DT_PLTRELSZ, _DT_STRTAB, _DT_SYMTAB, _DT_JMPREL = 2, 5, 6, 23
_VALIDATE = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_uint32)
"""validate_slurm_user() of slurmctld 20.11: whether a uid is root's or SlurmUser's."""


class Buffer(ctypes.Structure):
    """Slurm's buf_t: packed bytes and the position in them."""

    _fields_ = [
        ("magic", ctypes.c_uint32),
        ("head", ctypes.c_void_p),
        ("size", ctypes.c_uint32),
        ("processed", ctypes.c_uint32),
        ("mmaped", ctypes.c_bool),
        ("shadow", ctypes.c_bool),
    ]


class Plugin:
    """auth_jwt.so of one release, initialised with a slurm.conf."""

    def __init__(self, protocol: int, conf: str) -> None:
        """protocol: the version with which the release's own clients pack a credential."""
        self._protocol = protocol
        self._path = min(Path("/usr/lib").glob("*/slurm*/auth_jwt.so"))
        self.slurm = ctypes.CDLL(str(self._path.with_name("libslurmfull.so")), mode=ctypes.RTLD_GLOBAL)
        self._name = ctypes.create_string_buffer(b"slurmctld")
        privileged = {0, _slurm_user(conf)}
        self._may_act = _VALIDATE(lambda uid: uid in privileged)
        self._be_slurmctld()
        if self.slurm.slurm_conf_init(conf.encode()):
            raise SystemExit("slurm_conf_init failed")
        self.plugin = self._load()
        if self.plugin.init():
            raise SystemExit("init of auth_jwt.so failed")
        self._bind()
        self._libc = ctypes.CDLL(None)
        self._libc.time.restype = ctypes.c_long

    def _be_slurmctld(self) -> None:
        """Make libslurm treat this process as slurmctld: by a name up to 25.x, by a bit since 26.05."""
        if hasattr(self.slurm, "slurm_daemon"):
            ctypes.c_uint32.in_dll(self.slurm, "slurm_daemon").value = _IS_SLURMCTLD
        else:
            ctypes.c_void_p.in_dll(self.slurm, "slurm_prog_name").value = ctypes.addressof(self._name)

    def _load(self) -> ctypes.CDLL:
        """Open the plugin lazily. The plugin of 20.11 calls a function of slurmctld, which is replaced."""
        libc = ctypes.CDLL(None)
        libc.dlopen.restype = ctypes.c_void_p
        libc.dlopen.argtypes = (ctypes.c_char_p, ctypes.c_int)
        handle = libc.dlopen(str(self._path).encode(), _RTLD_LAZY)
        if not handle:
            libc.dlerror.restype = ctypes.c_char_p
            raise SystemExit((libc.dlerror() or b"dlopen failed").decode("utf-8", "replace"))
        slot = _import_slot(handle, b"validate_slurm_user")
        if slot:
            ctypes.c_void_p.from_address(slot).value = ctypes.cast(self._may_act, ctypes.c_void_p).value
        return ctypes.CDLL(str(self._path), handle=handle)

    def _bind(self) -> None:
        prefix = "slurm_auth_" if hasattr(self.plugin, "slurm_auth_verify") else "auth_p_"
        self._unpack = getattr(self.plugin, prefix + "unpack")
        self._unpack.restype = ctypes.c_void_p
        self._unpack.argtypes = (ctypes.c_void_p, ctypes.c_uint16)
        self._verify = getattr(self.plugin, prefix + "verify")
        self._verify.argtypes = (ctypes.c_void_p, ctypes.c_char_p)
        self._destroy = getattr(self.plugin, prefix + "destroy")
        self._destroy.argtypes = (ctypes.c_void_p,)
        self._get_uid = getattr(self.plugin, prefix + "get_uid", None)
        if self._get_uid is not None:
            self._get_uid.restype = ctypes.c_uint32
            self._get_uid.argtypes = (ctypes.c_void_p,)
        else:
            self._get_ids = self.plugin.auth_p_get_ids
            self._get_ids.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
            self._get_ids.restype = None
        self._ids = (ctypes.c_uint32 * 2)()
        self._places = ctypes.addressof(self._ids), ctypes.addressof(self._ids) + 4
        self._buffer = Buffer(_BUFFER_MAGIC)
        self._at = ctypes.addressof(self._buffer)

    def clock(self) -> int:
        """Return time(NULL) as the plugin sees it."""
        return int(self._libc.time(None))

    def judge(self, token: bytes, user_name: bytes | None) -> tuple[int, int]:
        """Return the plugin's return code and, if that is 0, the uid."""
        packed = ctypes.create_string_buffer(_pack(token) + _pack(user_name))
        self._buffer.head = ctypes.addressof(packed)
        self._buffer.size = len(packed) - 1
        self._buffer.processed = 0
        credential = self._unpack(self._at, self._protocol)
        code = self._verify(credential, None)
        uid = self._uid(credential) if code == 0 else 0
        self._destroy(credential)
        return code, uid

    def _uid(self, credential: int) -> int:
        if self._get_uid is not None:
            return int(self._get_uid(credential))
        self._get_ids(credential, *self._places)
        return int(self._ids[0])


def _slurm_user(conf: str) -> int:
    """Return the uid of SlurmUser in this root's user database."""
    match = re.search(r"^SlurmUser=(\S+)$", Path(conf).read_text(), re.MULTILINE)
    return pwd.getpwnam(match.group(1)).pw_uid if match else 0


def _import_slot(handle: int, name: bytes) -> int:
    """Return the address of a library's pointer to an imported function, 0 if it imports no such function.

    A handle of glibc's dlopen points to the library's link_map: its base address, its file's name, its
    dynamic section (ELF for 64 bits).
    """
    base, _, entry = (ctypes.c_uint64 * 3).from_address(handle)
    dynamic = {}
    while True:
        tag, value = (ctypes.c_uint64 * 2).from_address(entry)
        if not tag:
            break
        dynamic[tag] = value
        entry += 16
    start = dynamic.get(_DT_JMPREL, 0)
    for at in range(start, start + dynamic.get(_DT_PLTRELSZ, 0), 24):
        offset, info, _ = (ctypes.c_uint64 * 3).from_address(at)
        symbol = ctypes.c_uint32.from_address(dynamic[_DT_SYMTAB] + (info >> 32) * 24).value
        if ctypes.string_at(dynamic[_DT_STRTAB] + symbol) == name:
            return base + offset
    return 0


def _pack(text: bytes | None) -> bytes:
    """Pack a string as packstr does: its length with the final NUL, 0 for None."""
    if text is None:
        return b"\0\0\0\0"
    return struct.pack(">I", len(text) + 1) + text + b"\0"


class Log:
    """Standard error in memory. Slurm writes its log there by default."""

    def __init__(self) -> None:
        self._file = os.memfd_create("log")
        os.dup2(self._file, 2)
        self._read = 0

    def new(self) -> bytes:
        """Return what was logged since the last call."""
        parts: list[bytes] = []
        while True:
            part = os.pread(self._file, 65536, self._read)
            if not part:
                return b"".join(parts)
            self._read += len(part)
            parts.append(part)

    def clear(self) -> None:
        """Empty the log."""
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        self._read = 0


def _take(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise SystemExit(0)
    return data


def _string(stream: BinaryIO) -> bytes | None:
    (length,) = struct.unpack(">I", _take(stream, 4))
    return None if length == ABSENT else _take(stream, length)


def serve(plugin: Plugin, questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer batches until the input ends."""
    log = Log()
    while True:
        (number,) = struct.unpack(">I", _take(questions, 4))
        batch = [(_string(questions) or b"", _string(questions)) for _ in range(number)]
        for token, user_name in batch:
            code, uid = plugin.judge(token, user_name)
            text = log.new()
            answers.write(struct.pack(">iII", code, uid, len(text)) + text)
        answers.flush()
        log.clear()


def main() -> None:
    """Load the plugin, print its clock, and serve."""
    plugin = Plugin(int(sys.argv[1]), sys.argv[2])
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(json.dumps({"clock": plugin.clock()}).encode() + b"\n")
    answers.flush()
    serve(plugin, questions, answers)


if __name__ == "__main__":
    main()
