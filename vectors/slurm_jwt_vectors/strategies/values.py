"""The pieces of tokens: keys, user names, member names and JSON values."""

from __future__ import annotations

import base64
import itertools
import string
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from slurm_jwt_vectors.keys import KEYS

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

MAX_EXACT = 2**53 - 1
"""The largest integer that common JSON software keeps (RFC 7493 2.2)."""
ENOUGH = 32
"""Bytes that RFC 7518 3.2 demands of a key."""

_NAME = string.ascii_letters + string.digits + "._-"

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
"""Text that UTF-8 can carry: any characters, no lone surrogates."""

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_EXACT, MAX_EXACT)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
"""JSON values without parts, whose numbers are exact in common software."""

VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
"""Any JSON value that no rule speaks of: exact numbers, no lone surrogates, names used once, not deep."""

FOREIGN = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(TEXT, SCALARS, max_size=2)
"""Values of members that a verifier ignores: flat, so that a failure shrinks in few steps."""

NO_STRING = VALUES.filter(lambda value: not isinstance(value, str))
NO_NUMBER = VALUES.filter(lambda value: isinstance(value, bool) or not isinstance(value, int | float))


@cache
def keys() -> st.SearchStrategy[bytes]:
    """Keys that HS256 may use, in the shapes of real key files: 32 bytes or more.

    Random bytes, printable text, lines of hex and base64, and the published test keys, PEM texts among them.
    """
    random = st.binary(min_size=ENOUGH, max_size=100)
    published = [key.bytes for key in KEYS.values() if len(key.bytes) >= ENOUGH]
    return st.one_of(
        random,
        st.text(string.printable, min_size=ENOUGH, max_size=100).map(str.encode),
        random.map(lambda data: data.hex().encode() + b"\n"),
        random.map(lambda data: base64.b64encode(data) + b"\n"),
        st.sampled_from(published),
    )


@cache
def short_keys() -> st.SearchStrategy[bytes]:
    """Keys of 1 to 31 bytes: too short for HS256 (RFC 7518 3.2)."""
    return st.binary(min_size=1, max_size=ENOUGH - 1)


@cache
def users() -> st.SearchStrategy[str]:
    """Portable POSIX user names of 1 to 32 characters (POSIX.1-2017 3.437), whether they exist or not."""
    return st.text(_NAME, min_size=1, max_size=32).filter(is_portable)


def is_portable(name: str) -> bool:
    """Return whether a name is one that `users` can draw."""
    return 1 <= len(name) <= 32 and set(name) <= set(_NAME) and not name.startswith("-")


@cache
def odd_users() -> st.SearchStrategy[str]:
    """Names that POSIX does not make portable: other characters, or a hyphen in front."""
    odd = st.characters(exclude_categories=["Cs"], exclude_characters=_NAME)
    around = st.text(_NAME, max_size=8)
    return st.builds("".join, st.tuples(around, odd, around)) | users().map("-".__add__)


@cache
def foreign_names(taken: AbstractSet[str]) -> st.SearchStrategy[str]:
    """Member names other than those taken."""
    return (st.sampled_from(["x", "groups", "email", "uid", "SUN", ""]) | TEXT).filter(
        lambda name: name not in taken
    )


@cache
def members(taken: AbstractSet[str]) -> st.SearchStrategy[dict[str, object]]:
    """Up to two members of other names than those taken, which a verifier must ignore."""
    return st.dictionaries(foreign_names(taken), FOREIGN, max_size=2)


@cache
def subsets(*names: str) -> st.SearchStrategy[tuple[str, ...]]:
    """Any of these names, in one draw: none, one, or several."""
    return st.sampled_from(
        [some for size in range(len(names) + 1) for some in itertools.combinations(names, size)]
    )


def in_some_order(members: dict[str, object], turn: int) -> dict[str, object]:
    """Return the members in another order for each turn; one integer shrinks faster than a permutation."""
    ordered = sorted(members)[:: -1 if turn % 2 else 1]
    start = turn % (len(ordered) or 1)
    return {name: members[name] for name in ordered[start:] + ordered[:start]}
