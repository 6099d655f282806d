"""The normal form of what slurmctld logs, in which records and predictions are compared.

A log line holds text of the token (an unknown algorithm, a user's name), so it may hold line ends and
control characters. The normal form has no time stamp, no peer and no address in memory, escapes what is
unprintable, and joins the error lines that belong to one refusal with " | ".
"""

from __future__ import annotations

import re

_STAMP = re.compile(r"^\[[^\]]*\] ")
_PEER = re.compile(r"\[\[?(?:localhost|127\.0\.0\.1)\]?:\d+\]")
_ADDRESS = re.compile(r"(?<=attempted on non-list )(\w* ?)\(0x[1-9A-Fa-f][0-9A-Fa-f]*\)")
_DAEMON_SPEAKS = re.compile(r"slurm_unpack_received_msg: |slurm_receive_msg \[")


def normal_form(text: str) -> str | None:
    """Return the normal form of the plugin's output, None if it holds no error line.

    `text` is what the plugin wrote, each message on a line of its own; bytes that are no UTF-8 stand
    there as surrogate escapes.
    """
    odd = "[" in text or "received_msg" in text or "non-list" in text
    if text.isascii() and text.isprintable() and not odd:
        return text
    reasons = []
    for line in text.splitlines():
        reason = _printable(_PEER.sub("[peer]", _STAMP.sub("", line)))
        reason = _ADDRESS.sub(r"\1(0x...)", reason)
        if _DAEMON_SPEAKS.search(reason):
            break
        if reason.startswith("error: "):
            reasons.append(reason)
    return " | ".join(reasons) or None


def _printable(text: str) -> str:
    safe = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in safe)
