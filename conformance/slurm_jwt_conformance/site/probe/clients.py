"""What Slurm's commands say: whether a token was taken, and which words to show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slurm_jwt_conformance.site.probe.answer import Said
from slurm_jwt_reports.redaction import log_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slurm_jwt_conformance.lab.program import Result

REFUSED = re.compile(
    r"Zero Bytes were transmitted or received|Protocol authentication error"
    r"|Authentication credential expired|Invalid authentication credential"
    r"|Failed to unpack SLURM_PERSIST_INIT"
)
"""A daemon's no: it closed the connection (to 24.05), or said that it does not believe who sent this."""

MOST_LINES = 50


def said(ran: Result) -> Said:
    """Tell from a command's end whether the daemon took the token."""
    if ran.late:
        said = _words(ran)
        return Said("no answer", "the command did not end in time" + (f"; it said: {said}" if said else ""))
    if ran.flooded:
        return Said("no answer", "the command wrote far more than it should")
    words = _words(ran)
    if ran.exit == 0 and not REFUSED.search(ran.err):
        return Said("accepted")
    if REFUSED.search(ran.err) or REFUSED.search(ran.out[:4000]):
        return Said("refused", words)
    return Said("no answer", words or f"the command ended with exit code {ran.exit}")


def _words(ran: Result) -> str:
    """Return the line that tells most: the one that says why, else the first."""
    lines = [line for line in _lines((ran.err, ran.out)) if line.strip()]
    telling = next((line for line in lines if REFUSED.search(line)), next(iter(lines), ""))
    return log_line(telling)


def _lines(texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        yield from text[:20_000].split("\n")[:MOST_LINES]


def spoilt(token: bytes) -> bytes:
    """Return the token with another signature, to see whether anybody looks at it.

    All characters of the signature but the last change, so that it stays as well-formed as it was.
    """
    head, dot, signature = token.rpartition(b".")
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    turned = bytes.maketrans(letters, letters[1:] + letters[:1])
    return head + dot + signature[:-1].translate(turned) + signature[-1:]
