"""Messages that hold no secret: for the last words of a command, which quote what was typed.

People type tokens and keys where names of commands, files or releases belong, and messages quote what they
do not understand. What looks like a token or like a key in text form is replaced by its length.
"""

from __future__ import annotations

import re
from itertools import pairwise

from slurm_jwt_reports.safe import clip, visible_block

LONGEST = 20_000
"""Characters of a message that are looked at and shown."""

_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]*KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL)
_TOKEN = re.compile(
    r"eyJ[\w+/=-]{3,}(?:\.[\w+/=-]*)*|(?<![\w-])(?:[\w-]{8,}\.){2}[\w-]{32,}(?:\.[\w-]*)*", re.ASCII
)
_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{32,}")
_RUN = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_PIECE = re.compile(r"[A-Za-z0-9+_=-]{16,}")
_WORD = re.compile(r"\S+")
_BYTE = re.compile(r"[\udc80-\udcff]|\\u?dc[89a-f][0-9a-f]|\\x[0-9a-f]{2}")
MOST_BYTES = 4
"""Bytes of a word that are no text: a name in another encoding has few, a key has many."""


def concealed(text: str) -> str:
    """Return text of one or more lines to show: no secret that can be told by its looks, no control."""
    text = clip(text, LONGEST)
    for pattern in (_PEM, _TOKEN, _HEX):
        text = pattern.sub(_hidden, text)
    text = _RUN.sub(_hidden_if_random, text)
    return visible_block(_WORD.sub(_hidden_if_bytes, text))


def _hidden(found: re.Match[str]) -> str:
    return f"({len(found.group())} characters not shown)"


def _hidden_if_random(found: re.Match[str]) -> str:
    """Hide base64 text: a path may be as long, but its names are not as random."""
    word = found.group()
    pieces = [word, *_PIECE.findall(word)]  # base64 text may hold slashes, and a path may end in a key
    return _hidden(found) if any(map(_is_random, pieces)) else word


def _hidden_if_bytes(found: re.Match[str]) -> str:
    return _hidden(found) if len(_BYTE.findall(found.group())) > MOST_BYTES else found.group()


def _is_random(piece: str) -> bool:
    """Tell whether the kinds of characters (lower, upper, digit) change as often as they do by chance.

    In base64 text of random bytes two neighbours differ in kind 6 times of 10; in words written together
    (MyClusterKey2026) 3 times of 10.
    """
    kinds = ["a" if char.islower() else "A" if char.isupper() else "0" for char in piece]
    changes = sum(left != right for left, right in pairwise(kinds))
    return len(set(kinds)) == 3 and changes >= 0.42 * (len(piece) - 1)
