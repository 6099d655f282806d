"""What people really do wrong with keys: given a token that a key did not sign, the key that did.

Every candidate comes from a key that is at hand, or from an example that is public, by one or two steps that
tools and editors do. Only names come out; no key does.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from hmac import compare_digest
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt.strict import jws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Named = tuple[str, bytes]

MOST_TOKEN = 131_072
"""Bytes of a token that is tried: longer ones fit in no environment variable (Linux's MAX_ARG_STRLEN)."""

MOST_KEY = 16_384
"""Bytes of a key that is changed; a longer one, far over any key, is only tried as it is."""

THE_KEY = "the key file's content"


def fits(token: bytes, key: bytes, others: Mapping[str, bytes] | None = None) -> list[str]:
    """Name the ways to the key that signed this token, as "the key file's content without its final newline".

    key: the one that did not sign. others: more keys at hand, by the words that name them. All ways with the
    fewest steps are named: they give the same key here. A token without an HMAC-SHA256 has none.
    """
    parts = jws.examine_form(token)[1] if len(token) <= MOST_TOKEN else None
    if parts is None or parts.signature is None or len(parts.signature) != 32:
        return []
    text, signature = parts.signing_input, jws.encode(parts.signature)
    verdicts = {_block(key): False}

    def signed(candidate: bytes) -> bool:
        block = _block(candidate)
        if block not in verdicts:
            verdicts[block] = compare_digest(jws.signer(candidate)(text), signature)
        return verdicts[block]

    return _fewest_steps([(THE_KEY, key), *(others or {}).items()], signed)


def _fewest_steps(given: list[Named], signed: Callable[[bytes], bool]) -> list[str]:
    public = [(name, secret) for name, those in examples().items() for secret in those]
    secrets = {secret for _, secret in public}
    once = [(made, one[1]) for one in given for made in _changed(one)]
    of_public = [(made, one[1]) for one in public for made in _changed(one) if made[1] not in secrets]
    found = [name for name, key in given if signed(key)]
    found += [
        name for (name, key), source in (*once, *of_public) if signed(key) and _block(key) != _block(source)
    ]
    found += [name for name, key in public if signed(key)]
    if not found:
        twice = (two for one, _ in once for two in _changed(one, ", then"))
        found = [name for name, made in twice if signed(made)]
    return list(dict.fromkeys(found))


def _block(key: bytes) -> bytes:
    """Return what HMAC makes of a key (RFC 2104 2): keys with the same block sign alike."""
    return (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")


def _changed(named: Named, joint: str = "") -> Iterator[Named]:
    """Yield what each step makes of a key. In a family the first name of a result counts."""
    from slurm_jwt_conformance.site.check.key_steps import FAMILIES  # slow to make

    name, key = named
    for family in FAMILIES if len(key) <= MOST_KEY else ():
        made = {key}
        for said, step in family.items():
            changed = step(key)
            if changed and changed not in made:
                made.add(changed)
                yield f"{name}{joint} {said}", changed


@cache
def examples() -> dict[str, list[bytes]]:
    """Return public secrets by the words that name them."""
    text = Path(__file__).with_name("example_secrets.toml").read_text("utf-8")
    return {name: [secret.encode() for secret in secrets] for name, secrets in tomllib.loads(text).items()}
