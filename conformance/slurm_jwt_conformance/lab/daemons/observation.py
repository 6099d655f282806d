"""Reads slurmctld's verdict on one token from the client's exit code and the daemon's log.

The log has text of the token, such as an unknown algorithm, so a token can add lines that look like
slurmctld's own. Only the exit code decides between accepted and refused, and a log with two uids is an
error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from slurm_jwt_conformance.lab.errors import SlurmError, printable

Verdict = Literal["accepted", "refused", "cannot-be-carried", "daemon-does-not-start"]

LONGEST_TOKEN = 131072 - len("SLURM_JWT=") - 1
"""Linux carries an environment string of at most 128 KiB, its name and final NUL included."""

_STAMP = r"^\[[^\]]*\] "
ACCEPTED_LINE = _STAMP + r".*Processing RPC: REQUEST_BUILD_INFO from UID=\d+\r?$"
REFUSED_LINE = _STAMP + r".*slurm_unpack_received_msg: .*Protocol authentication error\r?$"
_UID = re.compile(_STAMP + r"(debug2: +Processing RPC: REQUEST_BUILD_INFO from UID=(\d+))\r?$", re.MULTILINE)
_CHATTER = re.compile(_STAMP + r"error: Nodes \S+ not responding(?:, setting DOWN)?$")
"""Lines that slurmctld logs meanwhile, because there is no slurmd."""
_REASON_END = re.compile(r"slurm_unpack_received_msg: |slurm_receive_msg \[")
_KEY_TROUBLE = re.compile(
    "Could not load key file|key file is insecure|auth/jwt: cannot stat|fatal: _?(?:init|build)_jwks"
    "|failed to decode key material"
)
_ADDRESS = re.compile(r"(?<=attempted on non-list )(\w* ?)\(0x[1-9A-Fa-f][0-9A-Fa-f]*\)")
_PEER = re.compile(r"\[\[?(?:localhost|127\.0\.0\.1)\]?:\d+\]")


@dataclass(frozen=True)
class Observation:
    """A verdict of a real daemon, with its evidence.

    uid: the user that slurmctld assigned. user: that uid's name in the sandbox, None without one. log: the
    deciding log line without time, pid and peer. client: the client's output on a refusal. exit: its exit
    code.
    """

    verdict: Verdict
    uid: int | None = None
    user: str | None = None
    log: str | None = None
    client: str | None = None
    exit: int | None = None


def cannot_be_carried(token: bytes) -> Observation | None:
    """Return the observation for a token that no environment variable can hold, None for others."""
    if b"\0" in token:
        return Observation("cannot-be-carried", client="SLURM_JWT cannot hold a NUL byte")
    if len(token) > LONGEST_TOKEN:
        return Observation(
            "cannot-be-carried", client=f"SLURM_JWT cannot hold more than {LONGEST_TOKEN} bytes"
        )
    return None


def read_accepted(log: str, names: dict[int, str]) -> Observation:
    """Return the verdict from the log of an accepted question. SlurmError without exactly one uid."""
    found = {(match.group(1), int(match.group(2))) for match in _UID.finditer(log)}
    if len({uid for _, uid in found}) != 1:
        raise SlurmError("slurmctld's log does not show clearly which user it assigned", log=log)
    line, uid = found.pop()
    return Observation("accepted", uid=uid, user=names.get(uid), log=" ".join(line.split()), exit=0)


def read_refused(log: str, client: str, code: int) -> Observation:
    """Return a refusal. Its reason is the log up to the line that closes the connection."""
    reasons = []
    for line in log.splitlines():
        text = normalised(line)
        if _REASON_END.search(text):
            break
        if text.startswith("error: ") and not _CHATTER.match(line):
            reasons.append(text)
    return Observation(
        "refused", log=" | ".join(reasons) or None, client=printable(client.strip()) or None, exit=code
    )


def normalised(line: str) -> str:
    """Return a log line without its time, peer and address in memory, control characters escaped."""
    return _ADDRESS.sub(r"\1(0x...)", printable(_PEER.sub("[peer]", re.sub(_STAMP, "", line))))


def key_trouble(log: str, work: str) -> str | None:
    """Return the log line that says that slurmctld ended because of its key file, None if there is none.

    The name of the temporary folder `work` is left out of it.
    """
    for line in log.splitlines():
        if _KEY_TROUBLE.search(line):
            return normalised(line).replace(f"{work}/", "")
    return None
