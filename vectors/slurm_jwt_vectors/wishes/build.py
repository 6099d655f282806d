"""The builder of issuing cases: claims, a key and a moment go to an issuer, and something must come back.

A case starts from `wish()`, the claims that `scontrol token` would write for alice, changes one thing and
ends with what must happen: `.token()`, `.refuse(*rules)` or `.either(why, *rules)`. The rules are those that
a token made just as asked would break.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from slurm_jwt_vectors.build import NOW
from slurm_jwt_vectors.tagged import in_order, tagged

if TYPE_CHECKING:
    from collections.abc import Mapping

Expected = Literal["token", "refuse", "either"]

IAT = NOW
EXP = NOW + 1800
CLAIMS: dict[str, object] = {"exp": EXP, "iat": IAT, "sun": "alice"}
_WISHES: dict[str, dict[str, object]] = {}


@dataclass(frozen=True)
class Wish:
    """A wish in the making."""

    name: str
    purpose: str
    claims: Mapping[str, object]
    key: str
    sources: tuple[str, ...]
    ordered: bool

    def token(self, holds: Mapping[str, object] | None = None) -> None:
        """A valid token must come back; it holds the claims as asked, or those of `holds`."""
        self._enter("token", (), None, self.claims if holds is None else holds)

    def refuse(self, *rules: str, why: str | None = None) -> None:
        """A token made as asked is invalid: the issuer must refuse, or mend it so that it is not."""
        if not rules or (len(rules) > 1 and not why):
            raise ValueError(f"wish {self.name}: name the rules, and say why there is more than one")
        self._enter("refuse", rules, why, {})

    def either(self, why: str, *rules: str, holds: Mapping[str, object] | None = None) -> None:
        """Refuse, or make a token that breaks at most these rules and holds these claims."""
        self._enter("either", rules, why, holds or {})

    def _enter(
        self, expected: Expected, rules: tuple[str, ...], why: str | None, holds: Mapping[str, object]
    ) -> None:
        if not self.sources or not self.purpose or why == "":
            raise ValueError(f"wish {self.name}: purpose, sources and why must be said")
        if self.name in _WISHES:
            raise ValueError(f"two wishes are called {self.name}")
        _WISHES[self.name] = {
            "id": f"issue.{self.name}",
            "purpose": self.purpose,
            "sources": list(self.sources),
            "key": self.key,
            "now": NOW,
            "claims": in_order(self.claims) if self.ordered else tagged(dict(self.claims)),
            "expected": expected,
            "rules": list(rules),
            "why": why,
            "holds": tagged(dict(holds)),
        }


def wish(
    name: str,
    purpose: str,
    /,
    *sources: str,
    claims: Mapping[str, object] = CLAIMS,
    key: str = "random32",
    ordered: bool = False,
    **changes: object,
) -> Wish:
    """Start from the usual claims, with some changed or added."""
    return Wish(name, purpose, {**claims, **changes}, key, sources, ordered)


def entered() -> list[dict[str, object]]:
    """Every wish so far, by id."""
    return [_WISHES[name] for name in sorted(_WISHES)]
