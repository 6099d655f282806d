"""Examine one token: every rule that it breaks, not only the first."""

from __future__ import annotations

import time
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

from slurm_jwt.strict import jws
from slurm_jwt.strict.claims import examine_claims
from slurm_jwt.strict.expected import NOTHING, Expected, expected
from slurm_jwt.strict.findings import Examination, Finding, Verdict, finding
from slurm_jwt.strict.header import ALGORITHM, examine_header
from slurm_jwt.strict.json_text import MAX_DEPTH, read_object
from slurm_jwt.strict.keys import examine_key
from slurm_jwt.strict.rules import Layer, in_order, of_layers, place, those_after

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_MAX_PLAIN_HEADER = 1366

_END_OF_TIME = 2**63
_DEPENDENT: dict[str, tuple[Layer, ...]] = {"header": ("header",), "claims": ("claims", "time")}


def examine(  # noqa: PLR0913 - the settings of Verifier, by keyword
    token: str | bytes,
    key: bytes | None = None,
    now: float | None = None,
    *,
    audience: str | Collection[str] | None = None,
    issuer: str | None = None,
    leeway: int = 0,
    max_lifetime: int | None = None,
) -> Examination:
    """Return every rule of the catalogue that a token breaks, and its verdict.

    key: the signing key; without it the signature is not checked and no token is
    valid. now: the moment to judge at, in seconds since 1970; the clock is read if
    it is not given. audience, issuer, leeway, max_lifetime: as for `Verifier`. No
    token raises an error, whatever its bytes are. A TypeError reports an argument of
    the wrong type, a ValueError one that cannot be meant, such as a `now` that is no
    moment.
    """
    __tracebackhide__ = True
    try:
        required = expected(audience, issuer, leeway, max_lifetime)
        at = moment(now)
        flaw = None if key is None else examine_key(key)
        raw = as_bytes(token)
    except (TypeError, ValueError):
        del token, key  # a report of this error may show the variables of its frames
        raise
    sign = None if key is None else jws.signer(key)
    return examine_bytes(raw, sign, at, [flaw] if flaw else [], required)


def as_bytes(token: object) -> bytes:
    """Return a token's bytes. What no ASCII text can be stays visible as foreign bytes."""
    if isinstance(token, bytes):
        return token
    if isinstance(token, str):
        return token.encode("utf-8", "surrogatepass")
    kind = type(token).__name__
    del token  # a report of this error may show the variables of its frames
    raise TypeError(f"a token is str or bytes, not {kind}")


def moment(now: float | None) -> float:
    """Return the moment to judge at, the clock's if none is given."""
    if now is None:
        return time.time()
    if isinstance(now, bool) or not isinstance(now, int | float):
        raise TypeError(f"now is a number of seconds, not {type(now).__name__}")
    if type(now) is not int and type(now) is not float:  # a subclass may compare in any other way
        now = int.__index__(now) if isinstance(now, int) else float.__float__(now)
    if not -_END_OF_TIME <= now <= _END_OF_TIME:  # so is NaN refused
        raise ValueError("now is no moment: it is a number of seconds within 2^63 of 1970")
    return now


def examine_bytes(  # noqa: PLR0913 - what is known of a token, and how to read it
    token: bytes,
    sign: Callable[[bytes], bytes] | None,
    now: float,
    known: list[Finding],
    required: Expected = NOTHING,
    *,
    signed_only: bool = False,
) -> Examination:
    """Examine a token with the signer of the key, if there is one, and add to what is known.

    The signature comes before all claims, and before a header of over 1 KiB or 64 brackets. signed_only: stop
    there if it is not the key's, so that a token that anybody can make costs a few times its HMAC.
    """
    form, parts = jws.examine_form(token)
    first, skipped = known + form, [] if sign else [*of_layers("key"), "signature.match"]
    if parts is None:
        skipped += those_after(form[0].rule, "form", "header", "signature", "claims", "time")
        return _sum_up(first, [], [*skipped, *required.rules()], None, None)
    wrong = _examine_signature(parts, sign)
    is_signed = parts.signature_text is not None and not wrong
    comes_first = parts.header_text is not None and _is_costly(parts.header_text)
    if signed_only and sign and comes_first and not is_signed:
        header, found, unread = None, list[Finding](), of_layers("header")
    else:
        header, found, unread = _examine_part("header", parts.header, examine_header)
    is_compared = comes_first or (header is not None and header.get("alg") == ALGORITHM)
    if not is_compared or parts.signature_text is None:
        unread += ("signature.match",)  # nothing says that HMAC-SHA256 is what to compare with
    elif comes_first:
        first += wrong
    else:
        found += wrong
    skipped += unread
    if signed_only and sign and not (is_signed and is_compared):
        claims, flaws, unread = None, list[Finding](), of_layers("claims", "time")
    else:
        claims, flaws, unread = _examine_part(
            "claims", parts.payload, lambda members: examine_claims(members, now, required)
        )
    if claims is None:
        unread += required.rules()
    return _sum_up(first, found + flaws, [*skipped, *unread], header, claims)


def _examine_signature(parts: jws.Parts, sign: Callable[[bytes], bytes] | None) -> list[Finding]:
    """Compare the signature with the HMAC-SHA256 of the signing input, where there are both."""
    text = parts.signature_text
    if sign is None or text is None:
        return []
    own = sign(parts.signing_input)
    if compare_digest(own, text):
        return []
    signature = jws.decoded(text)
    if compare_digest(own, jws.encode(signature)):  # only the unused bits of the last character differ
        return []
    return [finding("signature.match", _mismatch(signature), "signature")]


def _is_costly(text: bytes) -> bool:
    """Return whether to read a header, given as base64url, can take many times the HMAC of its token."""
    if len(text) <= MAX_DEPTH:  # most headers are that short
        return False
    header = jws.decoded(text) if len(text) <= _MAX_PLAIN_HEADER else None
    return header is None or header.count(b"{") + header.count(b"[") > MAX_DEPTH


def _examine_part(
    layer: Layer, raw: bytes | None, rules: Callable[[dict[str, Any]], list[Finding]]
) -> tuple[dict[str, Any] | None, list[Finding], tuple[str, ...]]:
    """Read the object of a part: its members, the findings, and the ids of rules left unchecked."""
    if layer == "header" and raw == jws.USUAL_HEADER:  # most headers are this one
        return {"alg": ALGORITHM, "typ": "JWT"}, [], ()
    if raw is None:
        return None, [], of_layers(*_DEPENDENT[layer])
    members, flaws = read_object(raw)
    found = [finding(f"{layer}.{flaw}", text, layer) for flaw, text in flaws]
    if members is None:
        return None, found, those_after(found[-1].rule, *_DEPENDENT[layer])
    return members, found + rules(members), ()


def _mismatch(signature: bytes) -> str:
    if len(signature) != 32:
        return f"{len(signature)} bytes, HMAC-SHA256 makes 32"
    return "another key, or a token changed after signing"


def _sum_up(
    first: list[Finding],
    found: list[Finding],
    skipped: list[str],
    header: dict[str, Any] | None,
    claims: dict[str, Any] | None,
) -> Examination:
    """Put what was found first before the rest, each in catalogue order, and draw the verdict."""
    if not first and not found and not skipped:
        return Examination("valid", (), (), header, claims)
    findings = (*_sorted(first), *_sorted(found))
    verdict: Verdict = "valid"
    if any(entry.severity == "error" for entry in findings):
        verdict = "invalid"
    elif skipped:
        verdict = "undetermined"
    elif findings:
        verdict = "either"
    return Examination(verdict, findings, in_order(skipped), header, claims)


def _sorted(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda entry: place(entry.rule))
