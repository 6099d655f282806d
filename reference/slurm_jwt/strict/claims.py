"""The claims' rules, theirs against the clock included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeGuard

from slurm_jwt.strict.expected import NOTHING, Expected
from slurm_jwt.strict.findings import Finding, finding, shown
from slurm_jwt.strict.json_text import type_name

if TYPE_CHECKING:
    from collections.abc import Mapping

is_portable_name = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._-]*").fullmatch
"""POSIX.1-2017 3.437 with 3.282: the portable characters, no hyphen at the front."""


_FAR = 2**64
"""Seconds beyond every exact number: a difference of times up to here cannot overflow."""


def examine_claims(claims: Mapping[str, Any], now: float, required: Expected = NOTHING) -> list[Finding]:
    """Return the rules that decoded claims break at one moment, those of the caller included."""
    found = _examine_names(claims)
    found += _examine_aud(claims, required.audiences)
    if required.issuer is not None and claims.get("iss") != required.issuer:
        found.append(finding("iss.expected", shown(claims["iss"]) if "iss" in claims else "no iss", "iss"))
    found += _examine_time("iat", claims)
    found += _examine_time("exp", claims)
    if "nbf" in claims and not _is_number(claims["nbf"]):
        found.append(finding("nbf.number", f"a JSON {type_name(claims['nbf'])}", "nbf"))
    if required.max_lifetime is not None:
        found += _examine_lifetime(claims, required.max_lifetime)
    return found + _examine_clock(claims, now, required.leeway)


def _examine_names(claims: Mapping[str, Any]) -> list[Finding]:
    found = []
    wrong = [name for name in ("iss", "sub", "jti") if not isinstance(claims.get(name, ""), str)]
    if wrong:
        text = ", ".join(f"{name}: {type_name(claims[name])}" for name in wrong)
        found.append(finding("claims.types", text, wrong[0]))
    if "sun" not in claims:
        found.append(finding("sun.required", f"{len(claims)} claims, none of them sun", "sun"))
    elif not isinstance(claims["sun"], str):
        found.append(finding("sun.string", f"a JSON {type_name(claims['sun'])}", "sun"))
    else:
        found += examine_user(claims["sun"])
    return found


def _examine_aud(claims: Mapping[str, Any], audiences: frozenset[str] | None) -> list[Finding]:
    if "aud" not in claims:
        return [] if audiences is None else [finding("aud.expected", "no aud", "aud")]
    aud = claims["aud"]
    entries = aud if isinstance(aud, list) else [aud]
    if not all(isinstance(entry, str) for entry in entries):
        text = f"a JSON {type_name(aud)} that is no text and no list of texts"
        return [finding("aud.form", text, "aud")]
    if audiences is None:
        return [finding("aud.unasked", shown(aud), "aud")]
    return [finding("aud.expected", shown(aud), "aud")] if audiences.isdisjoint(entries) else []


def examine_user(name: str) -> list[Finding]:
    """Hold a user name against the rules of sun."""
    if not name:
        return [finding("sun.empty", "an empty string", "sun")]
    if not is_portable_name(name):
        return [finding("sun.posix", shown(name), "sun")]
    return []


def _examine_time(name: str, claims: Mapping[str, Any]) -> list[Finding]:
    """Hold iat or exp against its rules of form."""
    if name not in claims:
        return [finding(f"{name}.required", f"{len(claims)} claims, none of them {name}", name)]
    value = claims[name]
    if not _is_number(value):
        return [finding(f"{name}.number", f"a JSON {type_name(value)}", name)]
    if isinstance(value, float):
        return [finding(f"{name}.integer", "a number with a fraction or an exponent", name)]
    return []


def _examine_lifetime(claims: Mapping[str, Any], most: int) -> list[Finding]:
    """Compare exp - iat with the most that the caller allows, where both are numbers."""
    exp, iat = claims.get("exp"), claims.get("iat")
    if not _is_number(exp) or not _is_number(iat):
        return []
    lifetime = min(max(exp, -_FAR), _FAR) - min(max(iat, -_FAR), _FAR)
    if lifetime <= most:
        return []
    return [finding("exp.lifetime", f"{shown(lifetime)} seconds, more than {most}", "exp")]


def _examine_clock(claims: Mapping[str, Any], now: float, leeway: int) -> list[Finding]:
    """Compare the times with the clock; nothing is added to them, since a number may be of any size."""
    found = []
    exp, nbf, iat = claims.get("exp"), claims.get("nbf"), claims.get("iat")
    if _is_number(exp) and now - leeway >= exp:
        found.append(finding("exp.unexpired", _against(exp, now, leeway), "exp"))
    if _is_number(nbf) and now + leeway < nbf:
        found.append(finding("nbf.reached", _against(nbf, now, leeway), "nbf"))
    if _is_number(iat) and now + leeway < iat:
        found.append(finding("iat.reached", _against(iat, now, leeway), "iat"))
    return found


def _against(value: object, now: float, leeway: int) -> str:
    clock = f"{shown(value)}, while now is {shown(now)}"
    return f"{clock}, with a leeway of {leeway} seconds" if leeway else clock


def _is_number(value: object) -> TypeGuard[int | float]:
    return type(value) is int or type(value) is float  # bool is a subclass of int
