"""What people write around a token in a file or on stdin, and what a command removes."""

from __future__ import annotations

import re
from typing import NamedTuple

PREFIXES = (b"SLURM_JWT=", b"Bearer ", b"bearer ")

_LOOKS_LIKE_A_TOKEN = re.compile(rb"e[yw][A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")


class TokenText(NamedTuple):
    """A token without what was around it. prefix: the known prefix; line_ends: those after the token."""

    token: bytes
    prefix: bytes = b""
    line_ends: bytes = b""

    def removed(self) -> str:
        """Return what was removed, "" for nothing."""
        texts = [f'the prefix "{self.prefix.decode()}"'] if self.prefix else []
        texts += ["the line end after the token"] if self.line_ends else []
        return " and ".join(texts)


def stripped(text: bytes) -> TokenText:
    """Return a token without the line ends after it and without one known prefix."""
    token = text.rstrip(b"\r\n")
    prefix = prefix_of(token)
    return TokenText(token[len(prefix) :], prefix, text[len(token) :])


def prefix_of(token: bytes) -> bytes:
    """Return the known prefix of a token, b"" for none."""
    return next((prefix for prefix in PREFIXES if token.startswith(prefix)), b"")


def looks_like_a_token(text: bytes) -> bool:
    """Return whether a text has the shape of a signed token: three parts, the first of a JSON object."""
    return _LOOKS_LIKE_A_TOKEN.fullmatch(text) is not None


def count_tokens(text: bytes) -> int:
    """Return how many lines or words are tokens if all of them are, otherwise 0."""
    pieces = [
        stripped(piece).token for piece in text.replace(b"Bearer ", b"").replace(b"bearer ", b"").split()
    ]
    return len(pieces) if all(map(looks_like_a_token, pieces)) else 0
