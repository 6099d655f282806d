"""Wrong issuers as seen in the wild. A function's name is the mutant's, its docstring the mistake."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from slurm_jwt.strict.jws import encode
from slurm_jwt_conformance.harness.mutants.mutant import issuer, mutants_of, unchecked
from slurm_jwt_conformance.harness.mutants.steps import sign

if TYPE_CHECKING:
    from slurm_jwt_conformance.harness.mutants.steps import Members


@issuer("claims", "iat.required", "most libraries unless the caller sets iat")
def without_iat(claims: Members) -> Members:
    """Write no iat."""
    return {name: value for name, value in claims.items() if name != "iat"}


@issuer("claims", "exp.required", "golang-jwt without ExpiresAt")
def without_exp(claims: Members) -> Members:
    """Write no exp."""
    return {name: value for name, value in claims.items() if name != "exp"}


@issuer("claims", "sun.required")
def username_instead_of_sun(claims: Members) -> Members:
    """Write the user as username, not as sun."""
    return {("username" if name == "sun" else name): value for name, value in claims.items()}


@issuer("claims", "exp.integer", "time.time() + 1800 in Python")
def exp_as_float(claims: Members) -> Members:
    """Write exp as a float."""
    return claims | {"exp": float(claims["exp"])}


@issuer("claims", "exp.number")
def exp_as_text(claims: Members) -> Members:
    """Write exp as a string."""
    return claims | {"exp": str(claims["exp"])}


@issuer("claims", "claims.numbers", "Date.now() in JavaScript")
def times_in_milliseconds(claims: Members) -> Members:
    """Write both times in milliseconds."""
    return claims | {"exp": claims["exp"] * 1000, "iat": claims["iat"] * 1000}


@issuer("json", "claims.duplicate", "templates that write JSON by hand")
def sun_twice(text: str) -> str:
    """Write sun twice."""
    return text.replace('"sun":', '"sun":"root","sun":', 1)


any_sun_issued = unchecked(
    "issuer-any-sun-issued", "Write any text as sun.", "sun.posix", "sun.empty", seen="scontrol"
)

negative_lifespan_issued = unchecked(
    "issuer-negative-lifespan-issued",
    "Issue a token with a negative lifespan.",
    "exp.unexpired",
    seen="scontrol up to 22.05",
)

short_key_used = unchecked(
    "issuer-short-key-used", "Sign with a short or empty key.", "key.length", "key.empty", seen="scontrol"
)


@issuer("header", "typ.jwt", "issuers of RFC 9068 access tokens")
def typ_at_jwt(header: Members) -> Members:
    """Write typ at+jwt."""
    return header | {"typ": "at+jwt"}


@issuer("sign", "alg.hs256", "libraries that pick the hash by the key's length")
def hs512_mac_with_long_keys(key: bytes, text: bytes) -> bytes:
    """Sign with HMAC-SHA512 if the key has 64 bytes or more."""
    return encode(hmac.digest(key, text, "sha512")) if len(key) >= 64 else sign(key, text)


@issuer("sign", "form.base64url", "base64.urlsafe_b64encode in Python")
def signature_padded(key: bytes, text: bytes) -> bytes:
    """Pad the signature with =."""
    return sign(key, text) + b"="


@issuer("key", "signature.match", "$(cat key) in a shell")
def key_stripped(key: bytes) -> bytes:
    """Strip whitespace around the key."""
    return key.strip()


@issuer("key", "signature.match", "keys as C strings")
def key_ends_at_nul(key: bytes) -> bytes:
    """End the key at its first NUL."""
    return key.partition(b"\0")[0]


@issuer("token", "form.base64url", "print() in a pipe")
def newline_after_token(token: str) -> str:
    """Write a newline after the token."""
    return token + "\n"


@issuer("token", "form.base64url", "scontrol token")
def variable_before_token(token: str) -> str:
    """Write SLURM_JWT= before the token."""
    return "SLURM_JWT=" + token


MUTANTS = mutants_of(vars())
