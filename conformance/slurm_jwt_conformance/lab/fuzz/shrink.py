"""Makes a finding small: removes bytes from its token as long as the disagreement stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from slurm_jwt_conformance.lab.fuzz.mutator import decode, encode, signer_of

if TYPE_CHECKING:
    from slurm_jwt_conformance.lab.fuzz.mutator import Signer
    from slurm_jwt_conformance.lab.plugin.oracle import Question

BUDGET = 3000
"""The limit of smaller tokens that are tried."""

Pieces = tuple[bytes, ...]
Build = Callable[[Pieces], bytes]


def shrink(question: Question, key: bytes | Signer, differs: Callable[[Question], bool]) -> Question:
    """Return a smaller question for which `differs` is true; signed again if `key` has signed it."""
    token, name = question
    if name is not None and differs((token, None)):
        name = None
    budget = iter(range(BUDGET))

    def still_differs(smaller: bytes) -> bool:
        return next(budget, None) is not None and differs((smaller, name))

    for pieces, build in _views(token, signer_of(key)):
        if still_differs(build(pieces)):
            token = build(_smallest(pieces, build, still_differs))
    return token, name


def shrink_file(data: bytes, differs: Callable[[bytes], bool], budget: int) -> bytes:
    """Return a smaller file for which `differs` is true, after `budget` attempts at most."""
    left = iter(range(budget))
    pieces = _smallest(
        (data,), lambda each: each[0], lambda each: next(left, None) is not None and differs(each)
    )
    return pieces[0]


def _views(token: bytes, signer: Signer) -> list[tuple[Pieces, Build]]:
    """Return the ways to take a token apart and to build it again: encoded parts, JSON texts, the whole."""
    parts = token.split(b".")
    if len(parts) != 3 or parts[2] != signer(b".".join(parts[:2]), decode(parts[0])):
        return [((token,), lambda pieces: pieces[0])]
    head, body, _ = parts
    return [
        ((head, body), lambda pieces: _signed(pieces, decode(pieces[0]), signer)),
        ((decode(head), decode(body)), lambda pieces: _signed(tuple(map(encode, pieces)), pieces[0], signer)),
    ]


def _signed(parts: Pieces, header: bytes, signer: Signer) -> bytes:
    signed = b".".join(parts)
    return signed + b"." + signer(signed, header)


def _smallest(pieces: Pieces, build: Build, differs: Callable[[bytes], bool]) -> Pieces:
    """Shorten each piece in turn until no piece gets shorter."""
    before: Pieces = ()
    while pieces != before:
        before = pieces
        for index in range(len(pieces)):
            pieces = _shorter(pieces, index, build, differs)
    return pieces


def _shorter(pieces: Pieces, index: int, build: Build, differs: Callable[[bytes], bool]) -> Pieces:
    """Remove runs of bytes from one piece: long runs first, then shorter ones."""
    length = max(len(pieces[index]) // 2, 1)
    while length:
        start = 0
        while start < len(pieces[index]):
            piece = pieces[index][:start] + pieces[index][start + length :]
            candidate = (*pieces[:index], piece, *pieces[index + 1 :])
            if differs(build(candidate)):
                pieces = candidate
            else:
                start += length
        length //= 2
    return pieces
