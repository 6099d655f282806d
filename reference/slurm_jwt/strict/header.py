"""The JOSE header's rules (RFC 7515 4, RFC 7519 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slurm_jwt.strict.findings import Finding, finding, shortened, shown
from slurm_jwt.strict.json_text import type_name
from slurm_jwt.strict.signature import EDITION_OF_2020, Keys

if TYPE_CHECKING:
    from collections.abc import Mapping

_STRINGS = ("typ", "cty", "kid", "jku", "x5u", "x5t", "x5t#S256")
_OF_JWS = frozenset({"alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit"})
_OF_JWA = frozenset({"epk", "apu", "apv", "iv", "tag", "p2s", "p2c"})


def examine_header(header: Mapping[str, Any], keys: Keys = EDITION_OF_2020) -> list[Finding]:
    """Return the rules that the members of a decoded header break."""
    found = _examine_alg(header, keys)
    wrong = [name for name in header if not _has_registered_type(name, header[name])]
    if wrong:
        text = ", ".join(f"{name}: {type_name(header[name])}" for name in wrong)
        found.append(finding("header.types", shortened(text), wrong[0]))
    typ = header.get("typ", "JWT")
    if isinstance(typ, str) and typ != "JWT":
        found.append(finding("typ.jwt", shown(typ), "typ"))
    if isinstance(header.get("cty"), str):
        found.append(finding("cty.absent", shown(header["cty"]), "cty"))
    if "crit" in header:
        found += _examine_crit(header["crit"], header)
    if header.get("b64", True) is not True:
        found.append(finding("b64.absent", shown(header["b64"]), "b64"))
    if "enc" in header:
        found.append(finding("enc.absent", shown(header["enc"]), "enc"))
    return found


def _examine_alg(header: Mapping[str, Any], keys: Keys) -> list[Finding]:
    if "alg" not in header:
        return [finding("alg.required", f"{len(header)} members, none of them alg", "alg")]
    if isinstance(header["alg"], str) and header["alg"] in keys.algorithms:
        return []
    rule = "alg.hs256" if keys.edition == "2020" else "alg.allowed"
    return [finding(rule, shown(header["alg"]), "alg")]


def _has_registered_type(name: str, value: object) -> bool:
    if name in _STRINGS:
        return isinstance(value, str)
    if name == "jwk":
        return isinstance(value, dict)
    if name == "x5c":
        return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    return True


def _examine_crit(crit: object, header: Mapping[str, Any]) -> list[Finding]:
    """Hold crit against RFC 7515 4.1.11; no extension at all is understood here."""
    found = []
    flaw = _crit_flaw(crit, header)
    if flaw:
        found.append(finding("crit.form", flaw, "crit"))
    names = [name for name in crit if isinstance(name, str)] if isinstance(crit, list) else []
    strange = [name for name in names if name not in _OF_JWS]
    if strange:
        found.append(finding("crit.understood", shown(strange), "crit"))
    return found


def _crit_flaw(crit: object, header: Mapping[str, Any]) -> str | None:
    if not isinstance(crit, list):
        return f"a JSON {type_name(crit)}"
    if not crit:
        return "an empty array"
    if not all(isinstance(name, str) for name in crit):
        return "an entry that is not a string"
    if len(set(crit)) < len(crit):
        return "a name listed twice"
    registered = [name for name in crit if name in _OF_JWS | _OF_JWA]
    if registered:
        return f"registered names: {shown(registered)}"
    absent = [name for name in crit if name not in header]
    return f"names that the header lacks: {shown(absent)}" if absent else None
