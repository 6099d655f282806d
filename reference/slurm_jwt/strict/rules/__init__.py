"""The catalogue: every documented rule a Slurm token must keep, in the order of examination.

A rule of severity "error" makes a token that breaks it invalid. A rule of
severity "choice" marks where the documents leave the verifier a choice: a token
that breaks only such rules is documented as "either".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from slurm_jwt.strict.rules.claims import CLAIMS, TIME
from slurm_jwt.strict.rules.expectations import EXPECTATIONS
from slurm_jwt.strict.rules.header import HEADER
from slurm_jwt.strict.rules.rule import PAGE, Layer, Rule, Severity
from slurm_jwt.strict.rules.token import KEY_AND_FORM, SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BY_ID",
    "EXPECTATIONS",
    "PAGE",
    "RULES",
    "Layer",
    "Rule",
    "Severity",
    "in_order",
    "of_layers",
    "place",
    "those_after",
]

RULES: tuple[Rule, ...] = KEY_AND_FORM + HEADER + SIGNATURE + CLAIMS + TIME
"""All rules; the order is the order in which a verifier that stops early meets them."""

BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES + EXPECTATIONS}
"""Each rule by its id. Those of EXPECTATIONS come last: only a caller that requires them has them checked."""

_PLACE = {rule_id: place for place, rule_id in enumerate(BY_ID)}


@lru_cache(maxsize=256)
def of_layers(*layers: Layer) -> tuple[str, ...]:
    """Name the rules of these layers, in catalogue order."""
    return tuple(rule.id for rule in RULES if rule.layer in layers)


@lru_cache(maxsize=256)
def those_after(rule_id: str, *layers: Layer) -> tuple[str, ...]:
    """Name the rules of these layers that stand after one rule of the catalogue."""
    place = _PLACE[rule_id]
    return tuple(rule.id for rule in RULES[place + 1 :] if rule.layer in layers)


def in_order(rule_ids: Iterable[str]) -> tuple[str, ...]:
    """Sort rule ids as the catalogue does, each once."""
    return tuple(sorted(set(rule_ids), key=_PLACE.__getitem__))


def place(rule_id: str) -> int:
    """Return a rule's place in the catalogue, counted from 0."""
    return _PLACE[rule_id]
