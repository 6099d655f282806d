"""Examine one token: every rule that it breaks, not only the first."""

from __future__ import annotations

import time
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from slurm_jwt.strict import jws
from slurm_jwt.strict.claims import examine_claims
from slurm_jwt.strict.findings import Examination, Finding, Verdict, finding
from slurm_jwt.strict.header import ALGORITHM, examine_header
from slurm_jwt.strict.json_text import read_object
from slurm_jwt.strict.keys import examine_key
from slurm_jwt.strict.rules import Layer, in_order, of_layers, place, those_after

if TYPE_CHECKING:
    from collections.abc import Callable

_END_OF_TIME = 2**63
_DEPENDENT: dict[str, tuple[Layer, ...]] = {"header": ("header",), "claims": ("claims", "time")}


def examine(token: str | bytes, key: bytes | None = None, now: float | None = None) -> Examination:
    """Hold a token against every rule of the catalogue.

    key: the signing key; without it the signature is not checked and no token is
    valid. now: the moment to judge at, in seconds since 1970; the clock is read if
    it is not given. No token raises an error, whatever its bytes are. A TypeError
    tells of an argument of the wrong type, a ValueError of a `now` that is no
    moment.
    """
    raw = as_bytes(token)
    if key is None:
        return examine_bytes(raw, None, moment(now), [])
    flaw = examine_key(key)
    return examine_bytes(raw, jws.signer(key), moment(now), [flaw] if flaw else [])


def as_bytes(token: str | bytes) -> bytes:
    """Return a token's bytes. What no ASCII text can be stays visible as foreign bytes."""
    if isinstance(token, bytes):
        return token
    if isinstance(token, str):
        return token.encode("utf-8", "surrogatepass")
    raise TypeError(f"a token is str or bytes, not {type(token).__name__}")


def moment(now: float | None) -> float:
    """Return the moment to judge at, the clock's if none is given."""
    if now is None:
        return time.time()
    if isinstance(now, bool) or not isinstance(now, int | float):
        raise TypeError(f"now is a number of seconds, not {type(now).__name__}")
    if not -_END_OF_TIME <= now <= _END_OF_TIME:  # so is NaN refused
        raise ValueError("now is no moment: it is a number of seconds within 2^63 of 1970")
    return now


def examine_bytes(
    token: bytes, sign: Callable[[bytes], bytes] | None, now: float, known: list[Finding]
) -> Examination:
    """Examine a token with the signer of the key, if there is one, and add to what is known."""
    form, parts = jws.examine_form(token)
    found = known + form
    skipped = [] if sign else [*of_layers("key"), "signature.match"]
    if parts is None:
        skipped += those_after(form[0].rule, "form", "header", "signature", "claims", "time")
        return _sum_up(found, skipped, None, None)
    header, flaws, unread = _read_part("header", parts.header)
    found += flaws
    skipped += unread
    if header is not None:
        found += examine_header(header)
    if header is None or header.get("alg") != ALGORITHM or parts.signature is None:
        skipped.append("signature.match")  # nothing says that HMAC-SHA256 is what to compare with
    elif sign and not compare_digest(sign(parts.signing_input), jws.encode(parts.signature)):
        found.append(finding("signature.match", _mismatch(parts.signature), "signature"))
    claims, flaws, unread = _read_part("claims", parts.payload)
    found += flaws
    skipped += unread
    if claims is not None:
        found += examine_claims(claims, now)
    return _sum_up(found, skipped, header, claims)


def _read_part(
    layer: Layer, raw: bytes | None
) -> tuple[dict[str, Any] | None, list[Finding], tuple[str, ...]]:
    """Read the object of a part: its members, the findings, and the ids of rules left unchecked."""
    if raw == jws.USUAL_HEADER:  # most headers are this one
        return {"alg": ALGORITHM, "typ": "JWT"}, [], ()
    if raw is None:
        return None, [], of_layers(*_DEPENDENT[layer])
    members, flaws = read_object(raw)
    found = [finding(f"{layer}.{flaw}", text, layer) for flaw, text in flaws]
    unread = those_after(found[-1].rule, *_DEPENDENT[layer]) if members is None else ()
    return members, found, unread


def _mismatch(signature: bytes) -> str:
    if len(signature) != 32:
        return f"{len(signature)} bytes, HMAC-SHA256 makes 32"
    return "another key, or a token changed after signing"


def _sum_up(
    found: list[Finding],
    skipped: list[str],
    header: dict[str, Any] | None,
    claims: dict[str, Any] | None,
) -> Examination:
    """Put everything in catalogue order and draw the verdict."""
    if not found and not skipped:
        return Examination("valid", (), (), header, claims)
    findings = tuple(sorted(found, key=lambda entry: place(entry.rule)))
    verdict: Verdict = "valid"
    if any(entry.severity == "error" for entry in findings):
        verdict = "invalid"
    elif skipped:
        verdict = "undetermined"
    elif findings:
        verdict = "either"
    return Examination(verdict, findings, in_order(skipped), header, claims)
