"""What goes wrong with real daemons, told so that a user can act on it."""

from __future__ import annotations

from slurm_jwt_reports.problems import HarnessProblem

LOG_LINES = 12
"""How many of a log's last lines an error shows."""


def printable(text: str) -> str:
    """Return `text` with every control and otherwise unprintable character escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


class SlurmError(HarnessProblem):
    """A daemon, or the sandbox around it, failed: `what` happened and what would help (`hint`).

    `log` holds the last lines of the log that tells more; all texts are safe to print.
    """

    def __init__(self, what: str, hint: str = "", log: str = "") -> None:
        lines = [printable(line) for line in log.splitlines()[-LOG_LINES:]]
        self.log = "\n".join(lines)
        super().__init__(printable(what), printable(hint))

    def __str__(self) -> str:
        shown = f"{self.what}\n{self.hint}" if self.hint else self.what
        return f"{shown}\nThe log's last lines:\n{self.log}" if self.log else shown


class KeyRefused(SlurmError):
    """slurmctld ended at its start because of the key: a verdict on the key, no fault of the harness.

    `reason` is the log line that says so.
    """

    def __init__(self, reason: str, log: str) -> None:
        super().__init__("slurmctld does not start with this key", "Give it a key of 32 random bytes.", log)
        self.reason = printable(reason)


class DaemonDied(SlurmError):
    """A daemon that was up has ended before it was asked to."""


class NoAnswer(SlurmError):
    """A daemon took longer than its time limit."""


class TokenRefused(SlurmError):
    """scontrol made no token; the message is its own."""


class SandboxBroken(SlurmError):
    """The sandbox could not be made, or its agent does not answer."""
