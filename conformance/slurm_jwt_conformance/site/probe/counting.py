"""As whom is a token served? Slurm counts requests by user, and lets everybody read the counts.

`sdiag` and GET diag show how many requests each uid has sent to slurmctld; `sacctmgr show stats` the same of
slurmdbd, to administrators. Each reading is itself a request and is counted. So a few bursts of requests are
sent, of different sizes and in random order; the uid whose count rises by the size of each burst is the one
that the daemon serves the token as. Others' requests only cost more bursts: a uid has to fit three in a row,
and no other may. Nothing is changed on the cluster but these counts.

Where it is in Slurm: record_rpc_stats() in src/slurmctld/proc_req.c; seen on 20.11, 22.05,
24.11 and 26.05 (docs/probe.md).
"""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Counts = Mapping[int, int]
    Read = Callable[[], Counts | None]
    Ask = Callable[[], bool]

SIZES = (2, 3, 4, 5)
BURSTS = 3
"""Bursts in a row that a uid has to fit, and no other."""

MOST_ROUNDS = 10
TABLE = 200
"""Users that Slurm counts for, first come (RPC_USER_SIZE in src/slurmctld/proc_req.c)."""

MOST_USERS = 10_000
"""Rows of a table that are read."""

_HEAD = "statistics by user"
_ROW = re.compile(r"\(\s*(\d{1,10})\s*\) count:(\d{1,15})\s")


class Measured(NamedTuple):
    """The uid that was found, None with the reason. requests: how many were sent."""

    uid: int | None
    why: str
    requests: int


def sizes(rounds: int = MOST_ROUNDS) -> list[int]:
    """Return sizes of bursts in random order, each kind once in four: nobody else keeps that rhythm."""
    chance = random.SystemRandom()
    made: list[int] = []
    while len(made) < rounds:
        made += chance.sample(SIZES, len(SIZES))
    return made[:rounds]


def measure(
    read: Read,
    ask: Ask,
    bursts: Iterable[int],
    *,
    each: Sequence[int] = (1,),
    reader: int | None = None,
) -> Measured:
    """Find the uid whose count rises with our requests.

    read: reads the counts, None if they cannot be read. ask: sends one request that counts and tells whether
    it was answered. each: by how much one request may raise the count; always by the same. reader: the uid
    that readings count for, None if readings are sent by the very way that is measured.
    """
    before, requests = read(), 1
    fits: list[frozenset[tuple[int, int]]] = []
    for size in bursts:
        if before is None:
            return Measured(None, "the counts of requests by user cannot be read", requests)
        answered = [ask() for _ in range(size - 1)]
        after, requests = read(), requests + size
        if not all(answered) or after is None:
            return Measured(None, "a request that was to be counted was not answered", requests)
        fits.append(frozenset(_fitting(before, after, size, each, reader)))
        before = after
        common = frozenset.intersection(*fits[-BURSTS:]) if len(fits) >= BURSTS else frozenset()
        if len({uid for uid, _ in common}) == 1:
            return Measured(next(iter(common))[0], "", requests)
    return Measured(None, _why_not(any(fits), before), requests)


def _why_not(busy: bool, counts: Counts | None) -> str:
    """Say why nobody was found."""
    if busy:
        return "too many others send requests at this moment to tell them from ours"
    if counts is not None and len(counts) >= TABLE:
        return (
            f"no count rises with ours: Slurm's table of {TABLE} users is full, and this one is not in it"
            " (a restart, or an operator's `sdiag --reset`, begins it anew; --by-token does without it)"
        )
    return "no user's count of requests rises with ours"


def _fitting(
    before: Counts, after: Counts, size: int, each: Sequence[int], reader: int | None
) -> Iterable[tuple[int, int]]:
    """Yield every uid, with its step, whose count rose as it must if it were ours."""
    for uid, count in after.items():
        ours = size if reader is None or uid == reader else size - 1
        rise = count - before.get(uid, 0)
        yield from ((uid, step) for step in each if rise == step * ours)


def from_text(text: str) -> Counts | None:
    """Read the counts by user from what sdiag or `sacctmgr show stats` print; None if there are none."""
    _, head, rest = text.partition(_HEAD)
    if not head:
        return None
    rows: dict[int, int] = {}
    for line in rest.split("\n")[1:]:
        found = _ROW.findall(line)
        if not found or len(rows) >= MOST_USERS:
            break
        rows[int(found[-1][0])] = int(found[-1][1])
    return rows or None


def from_json(body: bytes) -> Counts | None:
    """Read the counts by user from slurmrestd's answer to GET diag; None if it has none (before 22.05)."""
    try:
        rows: Any = json.loads(body)["statistics"]["rpcs_by_user"][:MOST_USERS]
        return {row["user_id"]: row["count"] for row in rows if _counts(row)} or None
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def _counts(row: dict[str, object]) -> bool:
    return type(row["user_id"]) is int and type(row["count"]) is int
