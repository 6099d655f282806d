"""What a doctor says: findings with their places, what was not checked, and what will happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from slurm_jwt.config.lines import Place
    from slurm_jwt.vocabulary import Basis
    from slurm_jwt_conformance.site.discovery.showing import Excerpt

Severity = Literal["error", "warning", "note"]
Effect = Literal["stops", "may stop", "refuses", "may refuse", ""]
"""What a finding does to its daemon: it does not start, or starts and refuses every HS256 token.

"may": in some circumstances, which the finding names.
"""

Daemon = Literal["slurmctld", "slurmdbd"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


class Finding(NamedTuple):
    """One thing that is wrong, or worth knowing.

    rule: id in the catalogue. what: what was found, in a sentence. why: what Slurm makes of it. do: what to
    do now. place: file, line and column where it is to be mended; line 0 stands for a whole file. excerpt:
    the setting there, where it may be shown. log: what the daemon logs, "" if nothing. No field holds a
    secret; all are printable.
    """

    rule: str
    severity: Severity
    what: str
    why: str
    do: str
    place: Place | None = None
    excerpt: Excerpt | None = None
    effect: Effect = ""
    daemon: Daemon = "slurmctld"
    log: str = ""


class NotChecked(NamedTuple):
    """Something that could not be looked at, and why.

    decisive: without it nothing can be called fine. daemon: the one it is about, "" for both.
    """

    what: str
    why: str
    decisive: bool
    daemon: Daemon | Literal[""] = ""


class Outlook(NamedTuple):
    """What a daemon will do. starts, takes: True, False, or None if that cannot be told.

    takes: HS256 tokens that the key it loads has signed are accepted. basis: "observed" where the same
    rules were compared with real daemons of this series, else "modelled".
    """

    daemon: Daemon
    starts: bool | None
    takes: bool | None
    basis: Basis


class Report(NamedTuple):
    """All that was found about one host, worst first."""

    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    outlooks: tuple[Outlook, ...]

    @property
    def verdict(self) -> Literal["sound", "incomplete", "broken", "doubtful"]:
        """Sum it up: an error is broken, a warning doubtful, and what was not checked incomplete."""
        worst = {finding.severity for finding in self.findings}
        if "error" in worst:
            return "broken"
        if "warning" in worst:
            return "doubtful"
        return "incomplete" if any(each.decisive for each in self.not_checked) else "sound"

    @property
    def exit_code(self) -> int:
        """Return 0 only if all that decides was checked and nothing was found but notes."""
        return 0 if self.verdict == "sound" else 1

    def count(self, severity: Severity) -> int:
        """Return how many findings have this severity."""
        return sum(finding.severity == severity for finding in self.findings)
