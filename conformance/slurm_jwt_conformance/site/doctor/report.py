"""What a doctor says: findings with their places, what was not checked, and what will happen."""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

from msgspec import Struct

from slurm_jwt.vocabulary import Basis
from slurm_jwt_reports.diagnostic import Diagnostic

Effect = Literal["stops", "may stop", "refuses", "may refuse", ""]
"""What a finding does to its daemon: it does not start, or starts and refuses every HS256 token.

"may": in some circumstances, which the finding names.
"""

Daemon = Literal["slurmctld", "slurmdbd"]
Severity = Literal["error", "warning", "note"]
"""The levels of findings: a configuration leaves no choice to a verifier."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


class Finding(Diagnostic, frozen=True):
    """A diagnostic about a daemon. effect: what it does to that daemon."""

    level: Severity
    daemon: Daemon = "slurmctld"
    effect: Effect = ""


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings, the worst level first."""
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.level)))


class NotChecked(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that was not checked, and why.

    decisive: without it the verdict is never sound. daemon: whose it is, "" for both. host: where.
    """

    what: str
    why: str
    decisive: bool
    daemon: Daemon | Literal[""] = ""
    host: str = ""


class Outlook(Struct, frozen=True, forbid_unknown_fields=True):
    """What a daemon will do. starts, takes: null where that is not known.

    takes: it accepts HS256 tokens that are signed with the key that it loads. rs256: it accepts RS256 tokens
    of the keys in its JWKS. basis: "observed" where the rules were compared with real daemons of this series,
    otherwise "modelled".
    """

    daemon: Daemon
    starts: bool | None
    takes: bool | None
    basis: Basis
    host: str = ""
    rs256: bool | None = False

    @property
    def works(self) -> bool:
        """Whether it starts and accepts tokens of one kind at least."""
        return bool(self.starts and (self.takes or self.rs256))


Verdict = Literal["sound", "incomplete", "broken", "doubtful"]


def verdict(levels: Collection[Severity], *, blind: bool) -> Verdict:
    """Return the sum: an error is broken, a warning doubtful, and what was not checked incomplete."""
    if "error" in levels:
        return "broken"
    if "warning" in levels:
        return "doubtful"
    return "incomplete" if blind else "sound"


class Report(NamedTuple):
    """All that was found on one host, worst first."""

    findings: tuple[Finding, ...]
    not_checked: tuple[NotChecked, ...]
    outlooks: tuple[Outlook, ...]

    @property
    def verdict(self) -> Verdict:
        """Return the sum of the findings and of what was not checked."""
        levels = {finding.level for finding in self.findings}
        return verdict(levels, blind=any(each.decisive for each in self.not_checked))
