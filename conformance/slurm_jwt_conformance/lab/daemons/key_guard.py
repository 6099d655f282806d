"""No slurmd with a published key: such a key is everyone's, and whoever has it may run jobs as root."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from slurm_jwt_conformance.lab.errors import SlurmError

if TYPE_CHECKING:
    from collections.abc import Iterator


def refuse_published(key: bytes) -> None:
    """Raise SlurmError if tokens signed with one of the suite's keys would pass with this one."""
    from slurm_jwt_vectors import load

    published = {form for each in load().keys.values() for form in _forms(each.bytes)}
    if published & set(_forms(key)):
        raise SlurmError(
            "a published test key is never given to a cluster that runs jobs",
            "Take a key of your own, or none: then a random one is made.",
        )


def _forms(key: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a key as HMAC uses it: a long one is hashed, a short one gets zeros, so that keys can be equal.

    For all three HMACs of JWS, since 20.11 takes HS384 and HS512, too.
    """
    for name in ("sha256", "sha384", "sha512"):
        digest = hashlib.new(name)
        block = digest.block_size
        digest.update(key)
        yield name, (digest.digest() if len(key) > block else key).ljust(block, b"\0")
