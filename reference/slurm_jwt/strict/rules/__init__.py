"""The catalogue: every documented rule a Slurm token must keep, in the order of examination.

Two editions of Slurm's page differ: the one of 2020 has `RULES`; in the later one `LATER_RULES`
are added, and alg.allowed takes the place of alg.hs256.

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
from slurm_jwt.strict.rules.jwks import JWKS
from slurm_jwt.strict.rules.rule import PAGE, Edition, Layer, Rule, Severity
from slurm_jwt.strict.rules.token import FORM, KEY, SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BY_ID",
    "EXPECTATIONS",
    "LATER_RULES",
    "PAGE",
    "RULES",
    "Edition",
    "Layer",
    "Rule",
    "Severity",
    "in_edition",
    "in_order",
    "of_layers",
    "place",
    "those_after",
]

_CATALOGUE = KEY + JWKS + FORM + HEADER + SIGNATURE + CLAIMS + TIME

RULES: tuple[Rule, ...] = tuple(rule for rule in _CATALOGUE if rule.edition != "later")
"""The rules of the edition of 2020, in the order in which a verifier that stops early meets them."""

LATER_RULES: tuple[Rule, ...] = tuple(rule for rule in _CATALOGUE if rule.edition == "later")
"""The rules that only the later edition has: those of RS256 and of the JWKS."""

BY_ID: dict[str, Rule] = {rule.id: rule for rule in _CATALOGUE + EXPECTATIONS}
"""Each rule by its id. Those of EXPECTATIONS come last: only a caller that requires them has them checked."""

_PLACE = {rule_id: place for place, rule_id in enumerate(BY_ID)}


@lru_cache(maxsize=8)
def in_edition(edition: Edition) -> tuple[Rule, ...]:
    """Return the rules of an edition, in catalogue order."""
    return tuple(rule for rule in _CATALOGUE if rule.edition in (None, edition))


@lru_cache(maxsize=256)
def of_layers(*layers: Layer, edition: Edition = "2020") -> tuple[str, ...]:
    """Name the rules of these layers, in catalogue order."""
    return tuple(rule.id for rule in in_edition(edition) if rule.layer in layers)


@lru_cache(maxsize=256)
def those_after(rule_id: str, *layers: Layer, edition: Edition = "2020") -> tuple[str, ...]:
    """Name the rules of these layers that come after one rule of the catalogue."""
    after = _PLACE[rule_id]
    return tuple(rule.id for rule in in_edition(edition) if rule.layer in layers and _PLACE[rule.id] > after)


def in_order(rule_ids: Iterable[str]) -> tuple[str, ...]:
    """Sort rule ids as the catalogue does, each once."""
    return tuple(sorted(set(rule_ids), key=_PLACE.__getitem__))


def place(rule_id: str) -> int:
    """Return a rule's place in the catalogue, counted from 0."""
    return _PLACE[rule_id]
