"""The base64 decoders that stand between a token and its JSON, each with its own idea of bad input.

Two are libjwt's (Apache's decoder upstream up to 2.0, libb64 in Debian's builds and from libjwt 2.1
on), one is Slurm's own, which reads the header since 26.05.
"""

from __future__ import annotations

import re
from binascii import a2b_base64

_STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_FOREIGN = bytes(set(range(256)) - set(_STANDARD + b"-_"))
_RUN = re.compile(rb"[A-Za-z0-9+/_-]*+")
_SLURM_BODY = re.compile(rb"[A-Za-z0-9+/]*+={0,2}+")
_PADS = (b"", b"", b"==", b"=")


def libb64(part: bytes) -> bytes:
    """Decode as libb64 does: every character outside the alphabet, = among them, is skipped.

    libjwt has turned - and _ into + and / before, so both alphabets count. A single left-over
    character gives no byte.
    """
    return _decode(part.translate(_FROM_URL, _FOREIGN))


def apache(part: bytes) -> bytes:
    """Decode as upstream libjwt before 1.17.1: the first foreign character ends the text."""
    return _decode(_run(part))


def apache_whole_groups(part: bytes) -> bytes:
    """Decode as libjwt 1.17.1 to 2.0: as before, but a single left-over character spoils all."""
    run = _run(part)
    return b"" if len(run) % 4 == 1 else _decode(run)


def slurm(part: bytes) -> bytes | None:
    """Decode as xbase64_from_base64url and xbase64_decode of Slurm 26.05 do; None where they fail.

    Strict: no foreign character, no impossible length, = only in the last two places of the last group
    of four. The spare bits of the last character may be anything.
    """
    padded = part.translate(_FROM_URL) + _PADS[len(part) % 4]
    if not padded or len(part) % 4 == 1 or not _SLURM_BODY.fullmatch(padded):
        return None
    return a2b_base64(padded)


def _run(part: bytes) -> bytes:
    found = _RUN.match(part)
    return (found.group() if found else b"").translate(_FROM_URL)


def _decode(clean: bytes) -> bytes:
    """Decode characters of the standard alphabet; the pads that are missing are put there."""
    left = len(clean) % 4
    if left == 1:
        clean = clean[:-1]
    return a2b_base64(clean + _PADS[left])
