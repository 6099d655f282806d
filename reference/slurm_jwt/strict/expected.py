"""What a verifier's caller requires of a token beyond the documented rules (RFC 7519 4.1, RFC 8725 3)."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from slurm_jwt.strict.json_text import MAX_EXACT


class Expected(NamedTuple):
    """The settings of one verifier; the defaults require nothing.

    audiences: aud must have one of them. issuer: iss must be this text. leeway: the seconds by which the
    clocks of issuer and verifier may differ. max_lifetime: the most seconds from iat to exp.
    """

    audiences: frozenset[str] | None = None
    issuer: str | None = None
    leeway: int = 0
    max_lifetime: int | None = None

    def rules(self) -> tuple[str, ...]:
        """Return the ids of the rules that these settings add, in catalogue order."""
        required = {
            "aud.expected": self.audiences,
            "iss.expected": self.issuer,
            "exp.lifetime": self.max_lifetime,
        }
        return tuple(rule for rule, value in required.items() if value is not None)


NOTHING = Expected()


def expected(
    audience: str | Collection[str] | None, issuer: str | None, leeway: int, max_lifetime: int | None
) -> Expected:
    """Return the settings, checked: NOTHING for the defaults.

    A TypeError reports a setting of the wrong type, a ValueError one that cannot be meant.
    """
    required = Expected(
        None if audience is None else _audiences(audience),
        None if issuer is None else _text("issuer", issuer),
        _seconds("leeway", leeway, least=0),
        None if max_lifetime is None else _seconds("max_lifetime", max_lifetime, least=1),
    )
    return NOTHING if required == NOTHING else required


def _audiences(audience: object) -> frozenset[str]:
    names = [audience] if isinstance(audience, str | bytes) else audience
    if not isinstance(names, Collection):
        raise TypeError(f"audience is str or a collection of str, not {type(audience).__name__}")
    audiences = frozenset(_text("audience", name) for name in names)
    if not audiences:
        raise ValueError("audience is an empty collection; name an audience, or leave audience out")
    return audiences


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} is str, not {type(value).__name__}")
    if not value:
        raise ValueError(f"{name} is an empty string; name one, or leave {name} out")
    return str.__str__(value)  # a member of a str Enum: its value


def _seconds(name: str, value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is int, in seconds, not {type(value).__name__}")
    if not least <= value <= MAX_EXACT:
        raise ValueError(f"{name} is a number of seconds from {least} to 2^53 - 1")
    return int.__index__(value)
