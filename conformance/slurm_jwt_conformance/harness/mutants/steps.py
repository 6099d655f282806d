"""The strict verifier and the strict issuer in steps, composed of the reference's functions.

With the right steps both do what `slurm_jwt.Verifier` and `slurm_jwt.Issuer` do; the tests compare them on
all cases. A mutant replaces one step.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from slurm_jwt.strict.claims import examine_claims
from slurm_jwt.strict.errors import Refused
from slurm_jwt.strict.findings import Finding, finding
from slurm_jwt.strict.header import examine_header
from slurm_jwt.strict.json_text import read_object
from slurm_jwt.strict.jws import encode, examine_form
from slurm_jwt.strict.keys import examine_key
from slurm_jwt_conformance.adapters.python import reference

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_ALG = frozenset({"alg.required", "alg.hs256"})  # the step matches decides about alg
Members = dict[str, Any]
"""A decoded header, or decoded claims."""


class Signed(NamedTuple):
    """All that a comparison of signatures needs: text is what the signature is made of."""

    header: Members
    text: bytes
    signature: bytes
    key: bytes


def unchanged(value: T) -> T:
    """Return the value itself: the right step."""
    return value


def mac(signed: Signed) -> bytes:
    """Return the right signature, HMAC-SHA256."""
    return hmac.digest(signed.key, signed.text, "sha256")


def is_hs256(signed: Signed) -> bool:
    """Return whether alg is HS256."""
    return signed.header.get("alg") == "HS256"


def matches(signed: Signed) -> bool:
    """Return whether alg is HS256 and the signature is the right one."""
    return is_hs256(signed) and hmac.compare_digest(mac(signed), signed.signature)


def sign(key: bytes, text: bytes) -> bytes:
    """Return the text of the right signature."""
    return encode(hmac.digest(key, text, "sha256"))


@dataclass(frozen=True)
class VerifierSteps:
    """The steps of a verifier, in their order.

    token: changes the token before it is split. part: changes the text of each part before it is decoded;
    the signature is still compared with that of the original text. json: changes the JSON text of header
    and claims. header, claims: change the decoded objects. key: changes the key. matches: decides about alg
    and signature. unchecked: ids of rules that are not checked.
    """

    token: Callable[[bytes], bytes] = unchanged
    part: Callable[[bytes], bytes] = unchanged
    json: Callable[[bytes], bytes] = unchanged
    header: Callable[[Members], Members] = unchanged
    claims: Callable[[Members], Members] = unchanged
    key: Callable[[bytes], bytes] = unchanged
    matches: Callable[[Signed], bool] = matches
    unchecked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class IssuerSteps:
    """The steps of an issuer, in their order.

    unchecked: ids of rules that a request may break. header, claims: change the objects before they are
    written. json: changes the JSON text of the claims. key: changes the key. sign: (key, text) to the text
    of the signature. token: changes the token before it is handed out.
    """

    unchecked: frozenset[str] = frozenset()
    header: Callable[[Members], Members] = unchanged
    claims: Callable[[Members], Members] = unchanged
    json: Callable[[str], str] = unchanged
    key: Callable[[bytes], bytes] = unchanged
    sign: Callable[[bytes, bytes], bytes] = sign
    token: Callable[[str], str] = unchanged


def verify(steps: VerifierSteps, token: bytes, key: bytes, now: int) -> Members:
    """Return the claims of an accepted token; raise Refused otherwise."""
    text = steps.token(token)
    form, parts = examine_form(b".".join(map(steps.part, text.split(b"."))))
    if parts is None:
        raise Refused(form[0])
    flaw = examine_key(key)
    found = [flaw, *form] if flaw else form
    header, flaws = _read(steps, "header", parts.header)
    header = steps.header(header)
    found += flaws + [entry for entry in examine_header(header) if entry.rule not in _ALG]
    signed = Signed(header, text.rpartition(b".")[0], parts.signature or b"", steps.key(key))
    if not steps.matches(signed):
        found.append(finding("signature.match", "another alg or another signature", "signature"))
    claims, flaws = _read(steps, "claims", parts.payload)
    claims = steps.claims(claims)
    found += flaws + examine_claims(claims, now)
    for broken in found:
        if broken.rule not in steps.unchecked:
            raise Refused(broken)
    return claims


def _read(steps: VerifierSteps, layer: str, raw: bytes | None) -> tuple[Members, list[Finding]]:
    """Return the object of a part and its flaws; an empty object if the part is not a JSON object."""
    if raw is None:
        return {}, []
    members, flaws = read_object(steps.json(raw))
    return members or {}, [finding(f"{layer}.{flaw}", text, layer) for flaw, text in flaws]


def issue(steps: IssuerSteps, claims: Members, key: bytes) -> str:
    """Return the token of these claims; raise what the reference's adapter raises."""
    try:
        reference.issue(claims, key, "")
    except Refused as refusal:
        if refusal.rule not in steps.unchecked:
            raise
    header = _written(steps.header({"alg": "HS256", "typ": "JWT"}))
    body = steps.json(_written(steps.claims({name: claims[name] for name in ("exp", "iat", "sun")})))
    text = encode(header.encode()) + b"." + encode(body.encode())
    return steps.token((text + b"." + steps.sign(steps.key(key), text)).decode())


def _written(members: Members) -> str:
    return json.dumps(members, separators=(",", ":"))
