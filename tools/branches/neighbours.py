"""For a case that ends at a branch, the accepted case on the other side of the branch's edge."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from slurm_jwt_vectors import Suite
    from slurm_jwt_vectors.models import Case

Shelf = tuple[str, int, int, bytes]
"""What two neighbours share: key, moment, and one part (its place and its text)."""


def beyond(suite: Suite, accepted: Collection[str], ended: Iterable[str]) -> dict[str, str]:
    """Return for each ended case its twin if that is accepted, else its nearest accepted neighbour.

    Neighbours are judged under the same key at the same moment, and differ in the header alone or in the
    payload alone (and so in the signature, which follows). The nearest one differs in the shortest stretch.
    Without a neighbour, a case is left out.
    """
    shelves: dict[Shelf, list[Case]] = defaultdict(list)
    for name in sorted(accepted):
        for shelf in _shelves(suite.cases[name]):
            shelves[shelf].append(suite.cases[name])
    found = ((name, _other(suite.cases[name], accepted, shelves)) for name in ended)
    return {name: other for name, other in found if other is not None}


def _other(case: Case, accepted: Collection[str], shelves: dict[Shelf, list[Case]]) -> str | None:
    if case.twin in accepted:
        return case.twin
    near = [other for shelf in _shelves(case) for other in shelves.get(shelf, ())]
    return (
        min(near, key=lambda other: (distance(_signed(case), _signed(other)), other.id)).id if near else None
    )


def _shelves(case: Case) -> Iterable[Shelf]:
    parts = case.token_bytes.split(b".")
    return ((case.key, case.now, place, parts[place]) for place in (0, 1) if len(parts) == 3)


def _signed(case: Case) -> bytes:
    return case.token_bytes.rpartition(b".")[0]


def distance(one: bytes, other: bytes) -> int:
    """Return the length of the stretch in which two texts differ, in the longer of the two."""
    start = _alike(one, other)
    rest, other_rest = one[start:], other[start:]
    return max(len(rest), len(other_rest)) - _alike(rest[::-1], other_rest[::-1])


def _alike(one: bytes, other: bytes) -> int:
    """Return how many characters two texts share at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))
