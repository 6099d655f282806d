"""What people write around a token, and how a command removes it."""

from __future__ import annotations

PREFIXES = (b"SLURM_JWT=", b"Bearer ", b"bearer ")


def without_prefix(token: bytes) -> bytes:
    """Return a token without one final line end and one known prefix (`SLURM_JWT=`, `Bearer `)."""
    token = token.removesuffix(b"\n").removesuffix(b"\r")
    for prefix in PREFIXES:
        if token.startswith(prefix):
            return token[len(prefix) :]
    return token
