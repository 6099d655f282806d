"""The signer of a key that breaks no rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.strict.errors import Refused
from slurm_jwt.strict.jws import signer
from slurm_jwt.strict.keys import examine_key

if TYPE_CHECKING:
    from collections.abc import Callable


def usable_signer(key: bytes) -> Callable[[bytes], bytes]:
    """Return the signer of a key. Refused: the key is too short. TypeError: it is not bytes."""
    __tracebackhide__ = True
    try:
        flaw = examine_key(key)
        if flaw is None:
            return signer(key)
    finally:
        del key  # a report of an error may show the variables of its frames
    raise Refused(flaw)
