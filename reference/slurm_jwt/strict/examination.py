"""Examine one token: every rule that it breaks, not only the first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from slurm_jwt.strict import jws
from slurm_jwt.strict.claims import examine_claims
from slurm_jwt.strict.expected import NOTHING, Expected, expected
from slurm_jwt.strict.findings import Examination, Finding, Verdict, finding
from slurm_jwt.strict.header import examine_header
from slurm_jwt.strict.json_text import MAX_DEPTH, read_object
from slurm_jwt.strict.jwks import Jwks, read_jwks
from slurm_jwt.strict.keys import examine_key
from slurm_jwt.strict.rules import Edition, Layer, in_order, of_layers, place, those_after
from slurm_jwt.strict.signature import HS256, OF_EDITION, Keys, examine_signature

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
    jwks: bytes | str | Jwks | None = None,
    edition: Edition | None = None,
    audience: str | Collection[str] | None = None,
    issuer: str | None = None,
    leeway: int = 0,
    max_lifetime: int | None = None,
) -> Examination:
    """Return every rule of the catalogue that a token breaks, and its verdict.

    key: the signing key of HS256. jwks: the keys of RS256, a JWKS document or what `read_jwks` read of one.
    Without the key or the JWKS of its algorithm the signature is not checked and no token is valid. edition:
    "2020" allows HS256 only, "later" RS256 too; the default is "later" with a JWKS, otherwise "2020". now:
    the moment to judge at, in seconds since 1970; the clock is read if it is not given. audience, issuer,
    leeway, max_lifetime: as for `Verifier`. No token and no JWKS raises an error, whatever its bytes are. A
    TypeError reports an argument of the wrong type, a ValueError one that cannot be meant, such as a `now`
    that is no moment.
    """
    __tracebackhide__ = True
    try:
        required = expected(audience, issuer, leeway, max_lifetime)
        at = moment(now)
        flaw = None if key is None else examine_key(key)
        keys = keys_of(None if key is None else jws.signer(key), jwks, edition)
        raw = as_bytes(token)
    except (TypeError, ValueError):
        del token, key, jwks  # a report of this error may show the variables of its frames
        raise
    return examine_bytes(raw, keys, at, [flaw] if flaw else [], required)


def keys_of(
    sign: Callable[[bytes], bytes] | None, jwks: bytes | str | Jwks | None, edition: Edition | None = None
) -> Keys:
    """Return what to check signatures with. A ValueError reports an edition without RS256 beside a JWKS."""
    __tracebackhide__ = True
    read = None
    try:
        read = jwks if jwks is None or isinstance(jwks, Jwks) else read_jwks(jwks)
    finally:
        del jwks  # a report of an error may show the variables of its frames
    edition = edition or ("later" if read else "2020")
    if edition not in OF_EDITION:
        raise ValueError('edition is "2020" or "later"')
    if read and edition == "2020":
        raise ValueError("the edition of 2020 has no RS256; give no jwks, or the edition later")
    return Keys(sign, read, edition, OF_EDITION[edition])


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
    keys: Keys,
    now: float,
    known: list[Finding],
    required: Expected = NOTHING,
    *,
    signed_only: bool = False,
) -> Examination:
    """Examine a token with the keys, and add to what is known.

    The signature comes before all claims, and before a header of over 1 KiB or 64 brackets. signed_only: stop
    there if it is not the key's, so that a token that anybody can make costs a few times its HMAC.
    """
    form, parts = jws.examine_form(token)
    first = known + form
    if parts is None:
        skipped = [] if keys.sign or keys.jwks else [*of_layers("key"), "signature.match"]
        layers: tuple[Layer, ...] = ("form", "header", "signature", "claims", "time")
        skipped += those_after(form[0].rule, *layers, edition=keys.edition)
        return _sum_up(keys.edition, (first, []), [*skipped, *required.rules()], None, None)
    comes_first = parts.header_text is not None and _is_costly(parts.header_text)
    header, found, unread = None, list[Finding](), of_layers("header", edition=keys.edition)
    if not (signed_only and comes_first and not _is_proven(parts, keys)):
        header, found, unread = _examine_header(parts.header, keys)
    proof = examine_signature(parts, header, keys, always=comes_first)
    for each in proof.findings:
        (first if comes_first and each.rule == "signature.match" else found).append(each)
    skipped = [*unread, *proof.skipped]
    if signed_only and not proof.is_signed:
        claims, flaws, unread = None, list[Finding](), of_layers("claims", "time")
    else:
        claims, flaws, unread = _examine_part(
            "claims", parts.payload, lambda members: examine_claims(members, now, required)
        )
    if claims is None:
        unread += required.rules()
    return _sum_up(keys.edition, (first, found + flaws), [*skipped, *unread], header, claims)


def _is_proven(parts: jws.Parts, keys: Keys) -> bool:
    """Return whether a key signed the token, as far as this is known before its header is read."""
    if keys.proven:
        return True
    return keys.sign is not None and examine_signature(parts, None, keys, always=True).is_signed


def _is_costly(text: bytes) -> bool:
    """Return whether to read a header, given as base64url, can take many times the HMAC of its token."""
    if len(text) <= MAX_DEPTH:  # most headers are that short
        return False
    header = jws.decoded(text) if len(text) <= _MAX_PLAIN_HEADER else None
    return header is None or header.count(b"{") + header.count(b"[") > MAX_DEPTH


def _examine_header(
    raw: bytes | None, keys: Keys
) -> tuple[dict[str, Any] | None, list[Finding], tuple[str, ...]]:
    if raw == jws.USUAL_HEADER and HS256 in keys.algorithms:  # most headers are this one
        return {"alg": HS256, "typ": "JWT"}, [], ()
    return _examine_part("header", raw, lambda members: examine_header(members, keys), keys.edition)


def _examine_part(
    layer: Layer,
    raw: bytes | None,
    rules: Callable[[dict[str, Any]], list[Finding]],
    edition: Edition = "2020",
) -> tuple[dict[str, Any] | None, list[Finding], tuple[str, ...]]:
    """Read the object of a part: its members, the findings, and the ids of rules left unchecked."""
    if raw is None:
        return None, [], of_layers(*_DEPENDENT[layer], edition=edition)
    members, flaws = read_object(raw)
    found = [finding(f"{layer}.{flaw}", text, layer) for flaw, text in flaws]
    if members is None:
        return None, found, those_after(found[-1].rule, *_DEPENDENT[layer], edition=edition)
    return members, found + rules(members), ()


def _sum_up(
    edition: Edition,
    groups: tuple[list[Finding], list[Finding]],
    skipped: list[str],
    header: dict[str, Any] | None,
    claims: dict[str, Any] | None,
) -> Examination:
    """Put the groups of findings one after the other, each in catalogue order, and draw the verdict."""
    if not any(groups) and not skipped:
        return Examination("valid", (), (), header, claims, edition)
    findings = (*_sorted(groups[0]), *_sorted(groups[1]))
    verdict: Verdict = "valid"
    if any(entry.severity == "error" for entry in findings):
        verdict = "invalid"
    elif skipped:
        verdict = "undetermined"
    elif findings:
        verdict = "either"
    return Examination(verdict, findings, in_order(skipped), header, claims, edition)


def _sorted(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda entry: place(entry.rule))
