"""The texts of the diagnostics about a token's user; mapping_diagnostics decides which of them apply."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.site.texts import beside
from slurm_jwt_reports.diagnostic import Diagnostic

if TYPE_CHECKING:
    from slurm_jwt_reports.diagnostic import Level


class Text(NamedTuple):
    """What a diagnostic says of every token."""

    level: Level
    title: str
    expected: str
    why: str
    fix: str
    source: str


@cache
def texts() -> dict[str, Text]:
    """Return the texts by the id of the diagnostic."""
    return beside(__file__, Text)


def say(name: str, found: str, *, fix: str = "", level: Level | None = None) -> Diagnostic:
    """Return the diagnostic of this id. found: what this token has, safe to print."""
    text = texts()[name]
    return Diagnostic(
        id=name,
        level=level or text.level,
        message=text.title,
        cause=text.why,
        fix=fix or text.fix,
        source=(text.source,),
        details=(("found", found), ("expected", text.expected)),
    )


def long_lived(length: str, privileged: str) -> Diagnostic:
    """Return the warning about a long lifetime. privileged: "root" or "SlurmUser" if the token is for it."""
    ordinary = say("token.lifetime", length)
    if not privileged:
        return ordinary
    return ordinary.replaced(
        message=f"This token makes its holder {privileged} for {length}, and Slurm cannot revoke it.",
        cause=f"{ordinary.cause} Until then whoever holds this token acts as every user of the cluster.",
        fix="Replace the key (slurm-jwt rotate): only that ends this token. Let the issuer set exp a few"
        f" minutes after iat in tokens for {privileged}.",
    )
