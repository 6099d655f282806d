"""Makes a finding small: takes pieces away as long as the disagreement stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab.fuzz.mutator import decode, encode, sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt_conformance.lab.plugin.oracle import Question

BUDGET = 3000
"""How many smaller tokens are tried at most."""


class Parts(NamedTuple):
    """A token in pieces that can be made smaller: two texts, or the two encoded parts, or the whole."""

    pieces: tuple[bytes, ...]
    build: Callable[[tuple[bytes, ...]], bytes]


def shrink(question: Question, key: bytes, differs: Callable[[Question], bool]) -> Question:
    """Return a smaller question about which `differs` is still true; signed again if it was signed."""
    token, name = question
    if name is not None and differs((token, None)):
        name = None
    tries = _Tries(lambda smaller: differs((smaller, name)))
    for parts in _views(token, key):
        if tries.differs(parts.build(parts.pieces)):
            token = _smaller(parts, tries)
    return token, name


class _Tries:
    """Counts what was tried, and says no once the budget is spent."""

    def __init__(self, differs: Callable[[bytes], bool]) -> None:
        self._differs = differs
        self._left = BUDGET

    def differs(self, token: bytes) -> bool:
        self._left -= 1
        return self._left > 0 and self._differs(token)


def _views(token: bytes, key: bytes) -> list[Parts]:
    """Return ways to take a token apart, the one with the most meaning first; only one will be needed."""
    parts = token.split(b".")
    whole = Parts((token,), lambda pieces: pieces[0])
    if len(parts) != 3:
        return [whole]
    head, body, signature = parts
    texts = (decode(head), decode(body))
    if signature != sign(b".".join((head, body)), texts[0], key):
        return [whole]
    encoded = Parts((head, body), lambda pieces: _signed(pieces, decode(pieces[0]), key))
    plain = Parts(texts, lambda pieces: _signed(tuple(map(encode, pieces)), pieces[0], key))
    return [encoded, plain]


def _signed(parts: tuple[bytes, ...], header: bytes, key: bytes) -> bytes:
    signed = b".".join(parts)
    return signed + b"." + sign(signed, header, key)


def _smaller(parts: Parts, tries: _Tries) -> bytes:
    """Shorten each piece in turn until none gets shorter any more."""
    pieces = parts.pieces
    while True:
        before = pieces
        for index in range(len(pieces)):
            pieces = _shorter(pieces, index, parts.build, tries)
        if pieces == before:
            return parts.build(pieces)


def _shorter(
    pieces: tuple[bytes, ...], index: int, build: Callable[[tuple[bytes, ...]], bytes], tries: _Tries
) -> tuple[bytes, ...]:
    """Take runs of bytes out of one piece: long ones first, then ever shorter ones."""
    length = max(len(pieces[index]) // 2, 1)
    while length:
        start = 0
        while start < len(pieces[index]):
            piece = pieces[index][:start] + pieces[index][start + length :]
            candidate = (*pieces[:index], piece, *pieces[index + 1 :])
            if tries.differs(build(candidate)):
                pieces = candidate
            else:
                start += length
        length //= 2
    return pieces
