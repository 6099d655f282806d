"""Refuses a slurmd with a published key, because everyone with this key can run jobs as root."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from slurm_jwt_conformance.lab.errors import SlurmError

if TYPE_CHECKING:
    from collections.abc import Iterator


def refuse_published(key: bytes) -> None:
    """Raise SlurmError if tokens signed with one of the suite's keys are valid with this key."""
    from slurm_jwt_vectors import load

    published = {form for each in load().keys.values() for form in _forms(each.bytes)}
    if published & set(_forms(key)):
        raise SlurmError(
            "a cluster that runs jobs never gets a published test key",
            "Use a key of your own, or none for a random key.",
        )


def _forms(key: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the forms in which HMAC uses a key: a long key is hashed, a short key gets zeros.

    For all three HMACs of JWS, because 20.11 accepts HS384 and HS512 too.
    """
    for name in ("sha256", "sha384", "sha512"):
        digest = hashlib.new(name)
        block = digest.block_size
        digest.update(key)
        yield name, (digest.digest() if len(key) > block else key).ljust(block, b"\0")
