"""The signature of a token: HS256 under the key, RS256 under a key of the JWKS."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Any, NamedTuple

from slurm_jwt.strict import jws
from slurm_jwt.strict.findings import Finding, finding, shown
from slurm_jwt.strict.rules import LATER_RULES, Edition, of_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from slurm_jwt.strict.jwks import Entry, Jwks, RsaKey

HS256, RS256 = "HS256", "RS256"
OF_EDITION: dict[Edition, frozenset[str]] = {"2020": frozenset({HS256}), "later": frozenset({HS256, RS256})}

OF_JWKS = tuple(rule.id for rule in LATER_RULES if rule.layer == "key")
MISMATCH = finding("signature.match", "another key, or a token changed after signing", "signature")


class Keys(NamedTuple):
    """What a signature is checked with.

    sign: the signer of the HS256 key. jwks: the keys for RS256. algorithms: the values of alg that are
    allowed. proven: what a caller found who has checked the RS256 signature already, otherwise None.
    """

    sign: Callable[[bytes], bytes] | None = None
    jwks: Jwks | None = None
    edition: Edition = "2020"
    algorithms: frozenset[str] = OF_EDITION["2020"]
    proven: bool | None = None


EDITION_OF_2020 = Keys()


class Proof(NamedTuple):
    """The result of a check: the broken rules, whether a key signed the token, the rules left unchecked."""

    findings: list[Finding]
    is_signed: bool
    skipped: tuple[str, ...] = ()


def examine_signature(
    parts: jws.Parts, header: Mapping[str, Any] | None, keys: Keys, *, always: bool = False
) -> Proof:
    """Check a signature by the algorithm that the header names; `always`: under some key."""
    alg = None if header is None else header.get("alg")
    if header is not None and alg == RS256 and RS256 in keys.algorithms:
        proof = _examine_rs256(parts, header, keys)
        is_wrong = any(each.severity == "error" for each in proof.findings)
    else:
        proof = _examine_hs256(parts, keys.sign, is_compared=always or alg == HS256)
        is_wrong = alg != HS256
    if always and keys.jwks and is_wrong and not proof.is_signed and not _names_signature(proof):
        skipped = tuple(rule for rule in proof.skipped if rule != "signature.match")
        return Proof([*proof.findings, MISMATCH], False, skipped)
    return proof


def _names_signature(proof: Proof) -> bool:
    return any(each.rule == "signature.match" for each in proof.findings)


def _examine_hs256(parts: jws.Parts, sign: Callable[[bytes], bytes] | None, *, is_compared: bool) -> Proof:
    """Compare the signature with the HMAC-SHA256 of the signing input, where there are both."""
    skipped = () if sign else of_layers("key")
    text = parts.signature_text
    if sign is None or text is None or not is_compared:
        return Proof([], False, (*skipped, "signature.match"))
    own = sign(parts.signing_input)
    if compare_digest(own, text):
        return Proof([], True)
    signature = jws.decoded(text)
    if compare_digest(own, jws.encode(signature)):  # only the unused bits of the last character differ
        return Proof([], True)
    if len(signature) == 32:
        return Proof([MISMATCH], False)
    found = f"{len(signature)} bytes, HMAC-SHA256 makes 32"
    return Proof([finding("signature.match", found, "signature")], False)


def _examine_rs256(parts: jws.Parts, header: Mapping[str, Any], keys: Keys) -> Proof:
    """Check the signature under the keys of the JWKS that kid names; without kid under each (RFC 7515 D)."""
    found = [] if "kid" in header else [_no_kid(header)]
    if keys.jwks is None:
        return Proof(found, False, (*OF_JWKS, "kid.known", "signature.match"))
    found += keys.jwks.of_file
    if not keys.jwks.is_read:
        return Proof(found, False, ("kid.known", "signature.match"))
    entries, flaws = _candidates(keys.jwks, header)
    found += flaws
    signers = [entry.key for entry in entries if entry.key]
    if not signers or parts.signature is None:
        return Proof(found, False, ("signature.match",))
    signed = keys.proven if keys.proven is not None else _is_signed(parts, parts.signature, signers)
    return Proof(found if signed else [*found, _rs256_mismatch(parts.signature, signers)], signed)


def _candidates(jwks: Jwks, header: Mapping[str, Any]) -> tuple[list[Entry], list[Finding]]:
    """Return the RS256 keys that a header names, and the rules that they or its kid break."""
    if "kid" not in header:
        return [entry for entry in jwks.entries if entry.purpose is None], []
    kid = header["kid"]
    named = [entry for entry in jwks.entries if isinstance(kid, str) and entry.kid == kid]
    entries = [entry for entry in named if entry.purpose is None]
    if entries or not isinstance(kid, str):  # header.types is about a kid of another type
        return entries, _of_entries(entries)
    flaw = f"a key with {named[0].purpose}" if named else "not in the JWKS"
    return [], [finding("kid.known", f"{shown(kid)}, {flaw}", "kid")]


def _no_kid(header: Mapping[str, Any]) -> Finding:
    return finding("kid.required", f"{len(header)} members, none of them kid", "kid")


def _of_entries(entries: Iterable[Entry]) -> list[Finding]:
    """Return the rules that keys break, each once."""
    return list({each.rule: each for entry in entries for each in entry.findings}.values())


def _is_signed(parts: jws.Parts, signature: bytes, signers: Iterable[RsaKey]) -> bool:
    from slurm_jwt.strict.rs256 import checker  # imports cryptography

    return any(checker(key)(signature, parts.signing_input) for key in signers)


def _rs256_mismatch(signature: bytes, signers: list[RsaKey]) -> Finding:
    lengths = {(key.n.bit_length() + 7) // 8 for key in signers}
    if len(signature) in lengths:
        return MISMATCH
    return finding("signature.match", f"{len(signature)} bytes, the key makes {min(lengths)}", "signature")
