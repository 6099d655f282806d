"""The signing key: load it, make one, tell of it without showing it."""

from __future__ import annotations

import os
import re
import stat
from hashlib import sha256
from hmac import digest
from typing import NamedTuple

from slurm_jwt.strict.findings import Finding, finding

MIN_KEY_BYTES = 32
"""RFC 7518 3.2: as long as the hash output, or longer."""

MAX_KEY_FILE_BYTES = 1_048_576

_FINGERPRINT_MESSAGE = b"slurm-jwt fingerprint v1"
_KINDS = {
    stat.S_ISDIR: "a directory",
    stat.S_ISFIFO: "a FIFO",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
    stat.S_ISSOCK: "a socket",
}
_PEM = (
    rb"-----BEGIN (?:((?:RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY|PUBLIC KEY|CERTIFICATE)|[^-]*)-----"
)


class KeyFileError(OSError):
    """A key file cannot be used; the message says which, why, and what to do."""


class KeyFacts(NamedTuple):
    """What a key looks like, without its bytes.

    length: in bytes. shape: "PEM (RSA PRIVATE KEY)" and its like, "hex text", "base64 text", "text" or
    "bytes". final_newline: the last byte is LF. crlf: a line ends in CR LF. Each of
    these bytes is part of the key that Slurm uses.
    """

    length: int
    shape: str
    final_newline: bool
    crlf: bool
    fingerprint: str


def examine_key(key: object) -> Finding | None:
    """Return the rule that a key breaks; a TypeError says that it is not bytes."""
    if not isinstance(key, bytes):
        kind = type(key).__name__
        del key  # a report of this error shows the variables of its frames
        raise TypeError(f"a key is bytes, not {kind}")
    if not key:
        return finding("key.empty", "0 bytes")
    if len(key) < MIN_KEY_BYTES:
        return finding("key.length", f"{len(key)} bytes")
    return None


def generate() -> bytes:
    """Make a new key: 32 bytes from the system's random source."""
    return os.urandom(MIN_KEY_BYTES)


def fingerprint(key: bytes) -> str:
    """Return 16 hex digits by which to recognise a key.

    They are the first 8 bytes of HMAC-SHA256(key, "slurm-jwt fingerprint v1"). A
    plain hash would not do: HMAC replaces a key of over 64 bytes by its SHA-256, so
    that the hash of a PEM key is itself a working key.
    """
    return digest(key, _FINGERPRINT_MESSAGE, "sha256")[:8].hex()


def token_fingerprint(token: str | bytes) -> str:
    """Return the SHA-256 of a whole token in hex."""
    return sha256(token if isinstance(token, bytes) else token.encode("utf-8", "surrogatepass")).hexdigest()


def describe(key: bytes) -> KeyFacts:
    """Tell the length and the shape of a key."""
    return KeyFacts(len(key), _shape(key), key.endswith(b"\n"), b"\r\n" in key, fingerprint(key))


def _shape(key: bytes) -> str:
    pem = re.match(_PEM, key)
    if pem:
        return f"PEM ({pem[1].decode('ascii') if pem[1] else 'other'})"
    body = key.strip(b" \t\r\n")
    if body and re.fullmatch(rb"(?:[0-9A-Fa-f]{2})+", body):
        return "hex text"
    if len(body) >= 16 and re.fullmatch(rb"[A-Za-z0-9+/_-]+={0,2}", body):
        return "base64 text"
    printable = bool(body) and not body.translate(None, bytes(range(0x20, 0x7F)) + b"\t\r\n")
    return "text" if printable else "bytes"


def load_key(path: str | os.PathLike[str]) -> bytes:
    """Read a key file: every byte of it is the key, a final newline too.

    A KeyFileError tells what is wrong with the file: missing, unreadable, no plain
    file, empty, over 1 MiB. Nothing blocks and nothing is written: a FIFO is
    refused without waiting for its other end.
    """
    shown = ascii(os.fspath(path))
    try:
        # Opening a device can move it, so that the path is looked at first; but it may name
        # something else a moment later, so that what is open decides.
        _demand_plain_file(os.stat(path), shown)  # noqa: PTH116 - pathlib takes longer to load than a check
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            _demand_plain_file(os.fstat(descriptor), shown)
            key = file.read(MAX_KEY_FILE_BYTES + 1)
    except KeyFileError:
        raise
    except (OSError, ValueError) as error:
        raise KeyFileError(_why_unreadable(error, shown)) from None
    if not key:
        raise KeyFileError(f"key file {shown} is empty; write 32 random bytes to it, then restart slurmctld")
    if len(key) > MAX_KEY_FILE_BYTES:
        raise KeyFileError(f"key file {shown} is larger than 1 MiB; name the file of the signing key itself")
    return key


def _demand_plain_file(status: os.stat_result, shown: str) -> None:
    for is_kind, kind in _KINDS.items():
        if is_kind(status.st_mode):
            raise KeyFileError(f"key file {shown} is {kind}; name the plain file that holds the key's bytes")


def _why_unreadable(error: OSError | ValueError, shown: str) -> str:
    """Say why the system did not give the file's bytes, and what to do."""
    if isinstance(error, FileNotFoundError):
        return f"key file {shown} does not exist; check the path, and that its folder is mounted here"
    if isinstance(error, PermissionError):
        return f"key file {shown} may not be read by this user; run as its owner (often slurm) or as root"
    reason = error.strerror if isinstance(error, OSError) else "the path is no file name"
    return f"key file {shown} cannot be read: {reason}"
