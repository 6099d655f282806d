"""Wrong verifiers as seen in the wild. A function's name is the mutant's, its docstring the mistake."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re

from slurm_jwt.strict.errors import Refused
from slurm_jwt.strict.findings import finding
from slurm_jwt_conformance.harness.mutants.mutant import mutants_of, unchecked, verifier
from slurm_jwt_conformance.harness.mutants.steps import Members, Signed, is_hs256, mac, matches

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

# The form of the token


@verifier("token", "form.base64url")
def whitespace_stripped(token: bytes) -> bytes:
    """Strip whitespace around the token."""
    return token.strip()


@verifier("token", "form.base64url")
def bearer_prefix_stripped(token: bytes) -> bytes:
    """Strip the prefix "Bearer "."""
    return token.removeprefix(b"Bearer ")


@verifier("token", "form.compact", "python-jwt before 3.3.4 (CVE-2022-39227)")
def json_serialization_accepted(token: bytes) -> bytes:
    """Accept a token in the flattened JSON serialization."""
    fields = dict(re.findall(rb'"([a-z]+)":"([A-Za-z0-9_-]*)"', token))
    names = (b"protected", b"payload", b"signature")
    return b".".join(fields[name] for name in names) if fields.keys() >= set(names) else token


@verifier("part", "form.base64url", "libjwt 1.x, Authlib, python-jose, Gehirn's jwt")
def padding_accepted(text: bytes) -> bytes:
    """Accept parts with the padding =."""
    return text.rstrip(b"=")


@verifier("part", "form.base64url", "libjwt 1.10.2 of Debian, Authlib, python-jose, Gehirn's jwt")
def foreign_characters_skipped(text: bytes) -> bytes:
    """Skip characters that are not base64url, as Python's urlsafe_b64decode does."""
    return bytes(byte for byte in text if byte in _ALPHABET)


spare_bits_ignored = unchecked(
    "spare-bits-ignored",
    "Accept a part whose last character has unused bits that are not zero.",
    "form.pad-bits",
    seen="Authlib, jwcrypto, python-jose, golang-jwt",
)

# JSON


@verifier("json", "claims.utf8", "jsonwebtoken, fast-jwt, golang-jwt")
def bad_utf8_replaced(raw: bytes) -> bytes:
    """Replace bytes that are not UTF-8 by U+FFFD."""
    return raw.decode("utf-8", "replace").encode()


bom_ignored = unchecked(
    "bom-ignored",
    "Ignore a byte order mark.",
    "claims.bom",
    "header.bom",
    seen="PyJWT, joserfc, panva's jose",
)


@verifier("json", "claims.json")
def trailing_bytes_ignored(raw: bytes) -> bytes:
    """Ignore all bytes after the JSON value."""
    text = raw.decode("latin-1")
    try:
        return raw[: json.JSONDecoder().raw_decode(text.lstrip())[1] + len(text) - len(text.lstrip())]
    except (ValueError, RecursionError):
        return raw


@verifier("json", "claims.json", "json-c")
def comments_accepted(raw: bytes) -> bytes:
    """Skip comments in the style of C."""
    return re.sub(rb'("(?:[^"\\]|\\.)*")|/\*.*?\*/|//[^\n]*', rb"\1", raw)


@verifier("json", "claims.json", "Authlib")
def nan_accepted(raw: bytes) -> bytes:
    """Accept NaN and Infinity as numbers, as Python's json.loads does."""
    return re.sub(rb"(?<=:)(?:NaN|-?Infinity)\b", b"0", raw)


last_duplicate_wins = unchecked(
    "last-duplicate-wins",
    "Use the last of two members with the same name.",
    "claims.duplicate",
    "header.duplicate",
    seen="slurmctld, all measured libraries except tink",
)


@verifier("json", "claims.duplicate")
def first_duplicate_wins(raw: bytes) -> bytes:
    """Use the first of two members with the same name."""
    return _rewritten(raw, lambda pairs: dict(reversed(pairs)))


@verifier("json", "sun.required", "encoding/json of Go")
def names_without_case(raw: bytes) -> bytes:
    """Compare the names of members without case."""
    return _rewritten(raw, lambda pairs: {name.lower(): value for name, value in pairs})


def _rewritten(raw: bytes, hook: object) -> bytes:
    """Return a JSON text with the names of its members changed; a text that Python cannot read stays."""
    try:
        value = json.loads(raw.decode(), object_pairs_hook=hook)  # type: ignore[arg-type]  # a hook of json
        return json.dumps(value).encode()
    except (ValueError, RecursionError):
        return raw


depth_unlimited = unchecked(
    "depth-unlimited",
    "Accept values that nest at any depth.",
    "claims.depth",
    "header.depth",
    seen="most JSON libraries",
)


large_integers_accepted = unchecked(
    "large-integers-accepted",
    "Accept integers of any size.",
    "claims.numbers",
    "header.numbers",
    seen="PyJWT, Authlib, joserfc, jwcrypto",
)

# The header


@verifier("matches", "alg.hs256", "libjwt before 1.12, ruby-jwt")
def alg_without_case(signed: Signed) -> bool:
    """Compare alg without case."""
    return _with_alg(signed, str(signed.header.get("alg")).upper())


@verifier("matches", "alg.hs256", "jwt-simple and jwskate with a fixed algorithm")
def alg_ignored(signed: Signed) -> bool:
    """Ignore alg and check the HMAC-SHA256."""
    return _with_alg(signed, "HS256")


@verifier("matches", "alg.hs256", "many libraries in 2015 (CVE-2015-9235)")
def alg_none_accepted(signed: Signed) -> bool:
    """Accept alg none without a signature."""
    return signed.header.get("alg") == "none" or matches(signed)


@verifier("matches", "alg.hs256", "filters for none that nOnE passes")
def alg_none_in_other_case_accepted(signed: Signed) -> bool:
    """Refuse alg none only in this spelling: nOnE needs no signature."""
    alg = signed.header.get("alg")
    return matches(signed) or (isinstance(alg, str) and alg != "none" and alg.lower() == "none")


@verifier("matches", "alg.hs256", "libraries that accept the whole HMAC family")
def hs384_accepted(signed: Signed) -> bool:
    """Accept HS384 and HS512 with their own hashes."""
    name = {"HS384": "sha384", "HS512": "sha512"}.get(str(signed.header.get("alg")))
    if name is None:
        return matches(signed)
    return hmac.compare_digest(hmac.digest(signed.key, signed.text, name), signed.signature)


def _with_alg(signed: Signed, alg: object) -> bool:
    return matches(signed._replace(header=signed.header | {"alg": alg}))


crit_ignored = unchecked(
    "crit-ignored",
    "Ignore crit.",
    "crit.understood",
    "crit.form",
    seen="python-jose, Gehirn's jwt, slurmctld",
)

typ_ignored = unchecked(
    "typ-ignored", "Accept any typ.", "typ.jwt", seen="slurmctld with libjwt 1.12 or later"
)


@verifier("header", "typ.jwt")
def typ_without_case(header: Members) -> Members:
    """Compare typ without case."""
    typ = header.get("typ")
    return header | {"typ": typ.upper()} if isinstance(typ, str) else header


@verifier("header", "header.types", "joserfc")
def unknown_parameter_refused(header: Members) -> Members:
    """Refuse a header parameter that RFC 7515 does not register."""
    if header.keys() - {"alg", "typ", "cty", "kid", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit"}:
        raise Refused(finding("header.types", "an unknown parameter"))
    return header


# The signature and the key


@verifier("matches", "signature.match", "jwt.decode of jsonwebtoken, verify_signature=False of PyJWT")
def signature_not_compared(signed: Signed) -> bool:
    """Compare no signature."""
    return is_hs256(signed)


@verifier("matches", "signature.match")
def signature_prefix_compared(signed: Signed) -> bool:
    """Compare as many bytes as the token's signature has: an empty one is right."""
    return is_hs256(signed) and mac(signed).startswith(signed.signature)


@verifier("matches", "signature.match", "node-jose before 0.11.0 (CVE-2018-0114)")
def key_in_header_trusted(signed: Signed) -> bool:
    """Use the key that the header carries as jwk."""
    jwk = signed.header.get("jwk")
    text = jwk.get("k") if isinstance(jwk, dict) else None
    if not isinstance(text, str):
        return matches(signed)
    try:
        return matches(signed._replace(key=base64.urlsafe_b64decode(text + "==")))
    except ValueError:
        return False


@verifier("key", "signature.match", "$(cat key) in a shell, .strip() in Python")
def key_stripped(key: bytes) -> bytes:
    """Strip the newlines after the key."""
    return key.rstrip(b"\r\n")


@verifier("key", "signature.match", "jwt.io's option for a base64 secret")
def key_base64_decoded(key: bytes) -> bytes:
    """Decode a key that is a line of base64."""
    try:
        return base64.b64decode(key.strip(), validate=True) or key
    except binascii.Error:
        return key


key_length_unchecked = unchecked(
    "key-length-unchecked",
    "Accept a key shorter than 32 bytes.",
    "key.length",
    seen="slurmctld, PyJWT by default, Authlib, python-jose",
)


@verifier("key", "key.length", "PyJWT, Authlib, python-jose, jsonwebtoken")
def pem_key_refused(key: bytes) -> bytes:
    """Refuse a PEM text as a key for HMAC."""
    if key.startswith(b"-----BEGIN"):
        raise Refused(finding("key.length", "a PEM text"))
    return key


# The claims


@verifier("claims", "sun.required", "slurmctld 21.08 and later")
def username_instead_of_sun(claims: Members) -> Members:
    """Use the claim username if the token has no sun."""
    return {"sun": claims.get("username"), **claims}


@verifier("claims", "sun.required", "portals of OpenID Connect")
def sub_instead_of_sun(claims: Members) -> Members:
    """Use the claim sub if the token has no sun."""
    return {"sun": claims.get("sub"), **claims}


@verifier("claims", "sun.string")
def sun_number_accepted(claims: Members) -> Members:
    """Read a number in sun as the text of its digits."""
    return claims | {"sun": str(claims["sun"])} if type(claims.get("sun")) is int else claims


any_sun_accepted = unchecked(
    "any-sun-accepted", "Accept any text as a user name.", "sun.posix", seen="slurmctld"
)


@verifier("claims", "sun.posix")
def sun_stripped(claims: Members) -> Members:
    """Strip whitespace around sun."""
    sun = claims.get("sun")
    return claims | {"sun": sun.strip()} if isinstance(sun, str) else claims


@verifier("claims", "sun.posix", "case-insensitive directories")
def sun_lower_cased(claims: Members) -> Members:
    """Read sun in lower case."""
    sun = claims.get("sun")
    return claims | {"sun": sun.lower()} if isinstance(sun, str) else claims


aud_ignored = unchecked(
    "aud-ignored",
    "Ignore aud.",
    "aud.unasked",
    "aud.form",
    seen="slurmctld, Authlib, joserfc, jwcrypto",
)

# The times

exp_ignored = unchecked(
    "exp-ignored",
    "Do not compare exp with the clock.",
    "exp.unexpired",
    seen="decode() of joserfc and Authlib without a claims check, libjwt",
)


@verifier("claims", "exp.required", "nearly all libraries by default")
def exp_not_required(claims: Members) -> Members:
    """Accept a token without exp for ever."""
    return {"exp": 2**53 - 1, **claims}


@verifier("claims", "exp.number", "PyJWT, python-jose, ruby-jwt")
def exp_text_accepted(claims: Members) -> Members:
    """Accept exp as a string of digits."""
    exp = claims.get("exp")
    return claims | {"exp": int(exp)} if isinstance(exp, str) and exp.isdecimal() else claims


@verifier("claims", "exp.integer", "int(exp) in Python")
def exp_fraction_truncated(claims: Members) -> Members:
    """Cut off the fraction of exp."""
    exp = claims.get("exp")
    return claims | {"exp": int(exp)} if isinstance(exp, float) and abs(exp) < 2**63 else claims


@verifier("claims", "exp.unexpired")
def exp_in_milliseconds_accepted(claims: Members) -> Members:
    """Read a large exp as milliseconds."""
    exp = claims.get("exp")
    return claims | {"exp": exp // 1000} if type(exp) is int and exp > 10**11 else claims


@verifier("claims", "exp.unexpired", "jwcrypto, jsonwebtoken of Rust")
def exp_leeway_60(claims: Members) -> Members:
    """Accept a token for 60 seconds after exp."""
    return _shifted(claims, 60)


@verifier("claims", "exp.unexpired", "slurmctld, Authlib, python-jose, jsonwebtoken of Rust")
def exp_now_accepted(claims: Members) -> Members:
    """Accept a token in the second of exp."""
    return _shifted(claims, 1)


nbf_ignored = unchecked(
    "nbf-ignored",
    "Do not compare nbf with the clock.",
    "nbf.reached",
    seen="slurmctld, jsonwebtoken of Rust",
)


@verifier("claims", "iat.required", "slurmctld, nearly all libraries by default")
def iat_not_required(claims: Members) -> Members:
    """Accept a token without iat."""
    return {"iat": 0, **claims}


future_iat_accepted = unchecked(
    "future-iat-accepted",
    "Accept an iat in the future.",
    "iat.reached",
    seen="slurmctld, jwcrypto, python-jose",
)


@verifier("claims", "iat.number", "isinstance(iat, int) in Python")
def booleans_are_numbers(claims: Members) -> Members:
    """Read true as 1 and false as 0 in the times."""
    times = {name: claims[name] for name in ("exp", "iat", "nbf") if isinstance(claims.get(name), bool)}
    return claims | {name: int(value) for name, value in times.items()}


def _shifted(claims: Members, seconds: int) -> Members:
    """Return the claims with a later exp."""
    exp = claims.get("exp")
    return claims | {"exp": exp + seconds} if isinstance(exp, int | float) else claims


MUTANTS = mutants_of(vars())
