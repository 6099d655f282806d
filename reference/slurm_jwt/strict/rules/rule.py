"""What one rule of the catalogue is made of."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "choice"]
Layer = Literal["key", "form", "header", "signature", "claims", "time"]

PAGE = "Slurm page of 30 December 2020, Compatibility"


class Rule(NamedTuple):
    """One requirement: what it says, who says so, how grave a breach is, how to fix one."""

    id: str
    layer: Layer
    severity: Severity
    sentence: str
    sources: tuple[str, ...]
    hint: str
