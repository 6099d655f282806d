"""The claims' rules, theirs against the clock included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeGuard

from slurm_jwt.strict.findings import Finding, finding, shown
from slurm_jwt.strict.json_text import type_name

if TYPE_CHECKING:
    from collections.abc import Mapping

is_portable_name = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._-]*").fullmatch
"""POSIX.1-2017 3.437 with 3.282: the portable characters, no hyphen at the front."""


def examine_claims(claims: Mapping[str, Any], now: float) -> list[Finding]:
    """Hold decoded claims against the rules of their members, at one moment."""
    found = _examine_names(claims)
    found += _examine_time("iat", claims)
    found += _examine_time("exp", claims)
    if "nbf" in claims and not _is_number(claims["nbf"]):
        found.append(finding("nbf.number", f"a JSON {type_name(claims['nbf'])}", "nbf"))
    return found + _examine_clock(claims, now)


def _examine_names(claims: Mapping[str, Any]) -> list[Finding]:
    found = []
    wrong = [name for name in ("iss", "sub", "jti") if not isinstance(claims.get(name, ""), str)]
    if wrong:
        text = ", ".join(f"{name}: {type_name(claims[name])}" for name in wrong)
        found.append(finding("claims.types", text, wrong[0]))
    if "aud" in claims:
        found.append(_examine_aud(claims["aud"]))
    if "sun" not in claims:
        found.append(finding("sun.required", f"{len(claims)} claims, none of them sun", "sun"))
    elif not isinstance(claims["sun"], str):
        found.append(finding("sun.string", f"a JSON {type_name(claims['sun'])}", "sun"))
    else:
        found += examine_user(claims["sun"])
    return found


def _examine_aud(aud: object) -> Finding:
    entries = aud if isinstance(aud, list) else [aud]
    if not all(isinstance(entry, str) for entry in entries):
        return finding("aud.form", f"a JSON {type_name(aud)} that is no text and no list of texts", "aud")
    return finding("aud.unasked", shown(aud), "aud")


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


def _examine_clock(claims: Mapping[str, Any], now: float) -> list[Finding]:
    """Hold the times against the clock; nothing is subtracted, since a number may be of any size."""
    found = []
    exp, nbf, iat = claims.get("exp"), claims.get("nbf"), claims.get("iat")
    if _is_number(exp) and now >= exp:
        found.append(finding("exp.unexpired", _against(exp, now), "exp"))
    if _is_number(nbf) and now < nbf:
        found.append(finding("nbf.reached", _against(nbf, now), "nbf"))
    if _is_number(iat) and now < iat:
        found.append(finding("iat.reached", _against(iat, now), "iat"))
    return found


def _against(value: object, now: float) -> str:
    return f"{shown(value)}, while now is {shown(now)}"


def _is_number(value: object) -> TypeGuard[int | float]:
    return type(value) is int or type(value) is float  # bool is a subclass of int
