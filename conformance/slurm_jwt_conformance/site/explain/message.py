"""What one entry of the catalogue of log lines is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import releases

if TYPE_CHECKING:
    import re


class Cause(NamedTuple):
    """What may be behind a message, in the releases from `since` to `until`, both included."""

    text: str
    since: str = releases.OLDEST
    until: str = releases.NEWEST


class Message(NamedTuple):
    """A message of Slurm: where it stands, what it means, what may be behind it, what to look at next.

    The pattern finds it anywhere in a line; `means` may name the pattern's groups in braces.
    """

    id: str
    place: str
    pattern: re.Pattern[str]
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
