"""What one rule of the catalogue is made of."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "choice"]
Layer = Literal["key", "form", "header", "signature", "claims", "time"]

Edition = Literal["2020", "later"]
"""2020: Slurm's page of 30 December 2020, HS256 only. later: its page since 21.08, and RS256 with a JWKS."""

PAGE = "Slurm page of 30 December 2020, Compatibility"
LATER_PAGE = "Slurm page of 8 June 2021, Compatibility"
JWKS_PAGE = "Slurm page of 8 June 2021, JWKS and RS256 Tokens"


class Rule(NamedTuple):
    """One requirement: what it says, who says so, how grave a breach is, how to fix one.

    edition: the only edition that has the rule; None for a rule of both.
    """

    id: str
    layer: Layer
    severity: Severity
    sentence: str
    sources: tuple[str, ...]
    hint: str
    edition: Edition | None = None
