"""The tokens are what their cases say: signed with the key or not, and one change away from their twins."""

import base64
import hashlib
import json
import re
from contextlib import suppress

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from slurm_jwt_vectors import Case, load
from slurm_jwt_vectors.sides import sides

SUITE = load()
CASES = list(SUITE.cases.values())
BROKEN_FORM = {"form.compact", "form.jws"}
OF_JWKS = ("kid.", "jwks.", "alg.", "header.types")
UNSIGNED = {"alg.hs256", "alg.required", "header.json", "header.object", "header.utf8"}


def own_hmac(key: bytes, message: bytes) -> bytes:
    """RFC 2104 2 by the letter, so that no code of the builder judges the builder's tokens."""
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()


def own_signature(case: Case) -> bytes:
    """The signature's text that the verifier's key gives for this token."""
    mac = own_hmac(SUITE.keys[case.key].bytes, case.token_bytes.rpartition(b".")[0])
    return base64.urlsafe_b64encode(mac).rstrip(b"=")


def header_of(case: Case) -> dict[str, object]:
    """The members of the header, none if it cannot be read."""
    text = case.token_bytes.partition(b".")[0]
    try:
        members = json.loads(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}


def is_signed(case: Case) -> bool:
    """Whether the key, or for RS256 a key of the JWKS that kid names, signed the token.

    cryptography checks RS256, so that no code of the builder judges the builder's tokens.
    """
    if case.jwks is None or header_of(case).get("alg") != "RS256":
        return parts(case)[2] == own_signature(case)
    signing_input, _, text = case.token_bytes.rpartition(b".")
    signature = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    for jwk in json.loads(SUITE.jwks[case.jwks].bytes)["keys"]:
        if jwk["kid"] == header_of(case).get("kid") and "n" in jwk:
            with suppress(InvalidSignature):
                public_key(jwk).verify(signature, signing_input, padding.PKCS1v15(), hashes.SHA256())
                return True
    return False


def public_key(jwk: dict[str, str]) -> rsa.RSAPublicKey:
    """The RSA key of a JWK."""
    e, n = (int.from_bytes(base64.urlsafe_b64decode(jwk[name] + "==")) for name in ("e", "n"))
    return rsa.RSAPublicNumbers(e, n).public_key()


def parts(case: Case) -> list[bytes]:
    return case.token_bytes.split(b".")


def test_there_are_enough_cases():
    assert len(CASES) >= 450


def test_valid_tokens_are_signed_with_the_key():
    valid = [case for case in CASES if case.verdict == "valid"]
    assert valid
    assert [case.id for case in valid if not is_signed(case)] == []


def test_tokens_without_a_fault_of_signature_or_form_are_signed_with_the_key():
    faults = {"signature.match", "form.base64url", "form.pad-bits", *BROKEN_FORM, *UNSIGNED}
    good = [
        case
        for case in CASES
        if not faults.intersection(case.rules)
        and not (case.jwks and any(rule.startswith(OF_JWKS) for rule in case.rules))
    ]
    assert [case.id for case in good if not is_signed(case)] == []


def test_wrong_signatures_are_wrong():
    wrong = [case for case in CASES if "signature.match" in case.rules]
    assert wrong
    assert [case.id for case in wrong if is_signed(case)] == []


def test_valid_tokens_hold_three_required_claims_for_their_user():
    for case in CASES:
        if case.verdict == "valid":
            text = parts(case)[1]
            members = json.loads(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
            assert members["sun"] == case.user
            assert {"exp", "iat"} <= set(members)


def test_twins_are_valid_cases_with_the_same_key():
    for case in CASES:
        if case.verdict != "valid":
            twin = SUITE.cases[case.twin or ""]
            assert twin.verdict == "valid", case.id
            assert twin.key == case.key or case.rules[0].startswith("key."), case.id
            assert twin.now == case.now


def test_twins_differ_in_one_part():
    """A case of one rule shares its header or its payload with its twin.

    Apart from tokens wrapped as a whole, and from those that the RFCs print: they are as they are.
    """
    strangers = []
    for case in CASES:
        wrapped = case.topic in {"serialization", "rfc"} or case.rules[:1] in {
            (rule,) for rule in BROKEN_FORM
        }
        if len(case.rules) == 1 and not wrapped:
            twin = parts(SUITE.cases[case.twin or ""])
            if parts(case)[0] != twin[0] and parts(case)[1] != twin[1]:
                strangers.append(case.id)
    assert strangers == []


def test_no_token_is_in_the_suite_twice():
    """The same token under the same key is one case, except for where HMAC makes two keys alike."""
    seen: dict[tuple[bytes, str, str | None, bool], str] = {}
    doubles = []
    for case in CASES:
        first = seen.setdefault((case.token_bytes, case.key, case.jwks, case.any_time), case.id)
        if first != case.id:
            doubles.append((first, case.id))
    assert [
        pair for pair in doubles if not {case.partition(".")[0] for case in pair} <= {"key", "claims"}
    ] == []


def test_every_declared_rule_has_both_sides():
    of_files = {rule for each in SUITE.jwks.values() for rule in each.rules if len(each.rules) == 1}
    table = sides(SUITE).items()
    lonely = [rule for rule, both in table if not all(both) and rule not in of_files]
    assert lonely == []


def test_purposes_are_sentences():
    odd = [case.id for case in CASES if not re.search(r"[.\"]$", case.purpose) or len(case.purpose) < 5]
    assert odd == []


def test_links_are_links():
    for case in CASES:
        for source in case.sources:
            assert "http" not in source or re.search(r"https://[a-z.]+/\S+$", source), case.id
