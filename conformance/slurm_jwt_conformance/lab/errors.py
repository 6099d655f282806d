"""The errors of real daemons, with a hint for the user."""

from __future__ import annotations

from slurm_jwt_reports.problems import HarnessProblem

LOG_LINES = 12
"""The number of log lines that an error shows."""


def printable(text: str) -> str:
    """Return `text` with every control and otherwise unprintable character escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


class SlurmError(HarnessProblem):
    """A daemon, or the sandbox around it, failed: `what` happened, and how to fix it (`hint`).

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
    """slurmctld ended at its start because of the key or the JWKS.

    This is a verdict on the file, not a failure of the harness. `reason` is the log line that says so, None
    if slurmctld crashed.
    """

    def __init__(self, reason: str | None, log: str) -> None:
        super().__init__("slurmctld does not start with this key", "Give it a key of 32 random bytes.", log)
        self.reason = None if reason is None else printable(reason)


class PluginEnded(SlurmError):
    """auth_jwt.so ended the process at its start because of a file: a verdict on the file.

    `line` is its fatal line, None if it crashed.
    """

    def __init__(self, line: str | None, log: str) -> None:
        super().__init__("auth_jwt.so does not start with these files", "", log)
        self.line = line


class DaemonDied(SlurmError):
    """A daemon ended, although no command ended it."""


class NoAnswer(SlurmError):
    """A daemon took longer than its time limit."""


class TokenRefused(SlurmError):
    """scontrol issued no token. The message is the message of scontrol."""


class SandboxBroken(SlurmError):
    """The sandbox did not start, or its agent does not answer."""
