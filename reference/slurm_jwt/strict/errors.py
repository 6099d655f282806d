"""The one error of issuing and verifying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.strict.rules import BY_ID

if TYPE_CHECKING:
    from slurm_jwt.strict.findings import Finding


class Refused(ValueError):
    """A token, a key or an issuing request was refused.

    `rule` is the id of the broken rule, `finding` says what was found instead. The
    message holds the rule and its hint, and nothing of the token or the key.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding)
        self.finding = finding
        self.rule = finding.rule

    def __str__(self) -> str:
        rule = BY_ID[self.rule]
        return f"rule {rule.id} is broken: {rule.sentence} {rule.hint}"
