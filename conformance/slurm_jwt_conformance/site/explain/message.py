"""The parts of an entry in the catalogue of log lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import releases

if TYPE_CHECKING:
    import re


class Cause(NamedTuple):
    """A possible cause of a message, in the releases from `since` to `until`, both included."""

    text: str
    since: str = releases.OLDEST
    until: str = releases.NEWEST


class Message(NamedTuple):
    """A message of Slurm: where it is logged, what it means, what may have caused it, what to look at next.

    The pattern finds the message anywhere in a line; `means` may name the pattern's groups in braces.
    A message of table.py has no pattern, because the table finds it.
    """

    id: str
    place: str
    pattern: re.Pattern[str] | None
    means: str
    causes: tuple[Cause, ...]
    next: tuple[str, ...]
    since: str = releases.OLDEST
    until: str = releases.NEWEST


CTLD = "slurmctld.log or slurmdbd.log"
CLIENT = "a client's error"
REST = "slurmrestd's answer"
CHECK = "Take the refused token and the key file to `slurm-jwt check --key-file FILE --release RELEASE`."
LOG = "Look into slurmctld.log at this moment: the error of auth/jwt there names the reason."
CLAIMS = "Read the claims: `slurm-jwt check` shows them in --json, without a key too."
