"""RS256 tokens under a JWKS of two keys: kid, header and claims, for Slurm's later page."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from slurm_jwt_vectors.build import CLAIMS, NOW, Judged, Raw, claims, token, without
from slurm_jwt_vectors.build import header as hs256_header
from slurm_jwt_vectors.registry import add, case
from slurm_jwt_vectors.rs256 import rs256, with_jwks
from slurm_jwt_vectors.sources import LATER, LATER_ALG, LATER_JWKS, PAGE_SUN, jwa, jwk, jws, jwt, practice

_RS256 = (LATER_ALG, jwa("3.3"))
_KID = (LATER_JWKS, jws("4.1.4"))
_OPTIONAL = "RFC 7515 4.1.4 makes kid optional; Slurm finds a key only by its kid."
KEYCLOAK = {
    "exp": 4102444800,
    "iat": 1577836800,
    "jti": "trrtcc:4f1c6b1e-5f5a-4b77-9d6e-2f0c1c0f7a10",
    "iss": "https://sso.example.org/realms/hpc",
    "sub": "8d2f3c1e-7a56-4d1b-a0c3-94f1f3a1b2c4",
    "typ": "Bearer",
    "azp": "slurm",
    "scope": "openid profile",
    "preferred_username": "alice",
}
"""Claims of a Keycloak access token, without sun."""


@case
def plain() -> Judged:
    """RS256 with the kid of a key of the JWKS, as OpenID providers issue it."""
    return rs256().valid(sources=_RS256)


@case
def second_key() -> Judged:
    """The kid of the second key, and its signature."""
    return rs256(kid="two", signer="two").valid(sources=_KID)


@case
def keycloak() -> Judged:
    """Keycloak's claims with a mapper that writes sun."""
    return rs256(claims={**KEYCLOAK, "sun": "alice"}).valid(sources=(*_RS256, PAGE_SUN))


@case
def no_typ() -> Judged:
    """No typ in the header."""
    return rs256(typ=...).valid(sources=(*_RS256, jwt("5.1")))


@case
def kid_first() -> Judged:
    """kid before alg in the header, and spaces around them."""
    raw = b'{ "kid" : "one" , "typ" : "JWT" , "alg" : "RS256" }'
    return rs256(raw_header=raw).valid(sources=(*_RS256, "RFC 8259 2"))


@case
def kid_escaped() -> Judged:
    """kid in escapes: equal strings are the same kid."""
    return rs256(kid=Raw('"\\u006fne"')).valid(sources=(*_KID, "RFC 8259 7", "RFC 7515 5.3"))


@case
def thumbprint() -> Judged:
    """x5t in the header beside kid: it changes nothing."""
    return rs256(x5t="NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg").valid(
        sources=(*_KID, jws("4.1.7"))
    )


@case
def hs256() -> Judged:
    """HS256 with Slurm's key, at a verifier that also has a JWKS."""
    return with_jwks(token()).valid(sources=(LATER_ALG,))


@case
def hs256_with_kid() -> Judged:
    """HS256 with Slurm's key, and the kid of an RSA key: kid is a hint, alg and key decide."""
    return with_jwks(token(header=hs256_header(kid="one"))).valid(sources=(LATER_ALG, jws("4.1.4")))


@case
def hs256_expired() -> Judged:
    """HS256 with Slurm's key, expired, at a verifier that also has a JWKS."""
    made = with_jwks(token(claims=claims(exp=NOW - 1))).on_edge()
    return made.invalid("exp.unexpired", sources=(LATER, jwt("4.1.4")), twin="rs256.hs256")


@case
def no_kid() -> Judged:
    """No kid, and two keys that may be meant."""
    return rs256(kid=...).either(_OPTIONAL, "kid.required", sources=_KID)


@case
def no_kid_one_key() -> Judged:
    """No kid, and only one key in the JWKS."""
    return rs256(kid=..., jwks="one").either(_OPTIONAL, "kid.required", sources=_KID)


@case
def no_kid_other_key() -> Judged:
    """No kid, and the signature of a key that is not in the JWKS."""
    why = "Whichever key is tried, none signed the token."
    return rs256(kid=..., signer="large").invalid("kid.required", "signature.match", sources=_KID, why=why)


@case
def withdrawn_key() -> Judged:
    """The kid and the signature of a key that its issuer has withdrawn: the JWKS has it no more."""
    sources = (*_KID, jwk("5"), "OpenID Connect Core 1.0 10.1.1")
    return rs256(jwks="one", kid="two", signer="two").invalid("kid.known", sources=sources)


@case
def first_key_for_all() -> Judged:
    """The kid of key two, and the signature of key one, the first of the JWKS."""
    return rs256(kid="two", signer="one").invalid("signature.match", sources=_KID)


@case
def other_key() -> Judged:
    """The kid of key one, and the signature of key two."""
    return rs256(signer="two").invalid("signature.match", sources=_KID)


_KIDS = {
    "kid_unknown": ("A kid that the JWKS does not have.", "three"),
    "kid_case": ("The kid in other case: kid is case-sensitive.", "ONE"),
    "kid_empty": ("An empty kid.", ""),
    "kid_space": ("A space after the kid.", "one "),
    "kid_nul": ("A NUL after the kid, where a C string ends.", "one\0two"),
    "kid_path": ("A kid that names a file without content.", "../../../../dev/null"),
    "kid_query": ("A kid that is a database query.", "x' UNION SELECT 'one"),
    "kid_address": ("A kid that is an address.", "https://attacker.example/jwks.json"),
    "kid_prefix": ("The start of a kid.", "on"),
    "kid_long": ("A kid of 512 characters.", "one" + "x" * 509),
}
for _name, (_purpose, _kid) in _KIDS.items():
    add(
        __name__,
        _name,
        _purpose,
        partial(lambda kid: rs256(kid=kid).invalid("kid.known", sources=(*_KID, practice("3.10"))), _kid),
    )

_ODD_KIDS = {"number": 1, "null": None, "array": ["one"], "object": {"kid": "one"}, "true": True}
for _name, _value in _ODD_KIDS.items():
    add(
        __name__,
        f"kid_{_name}",
        f"kid is {'true' if _value is True else f'a JSON {_name}'}, not a string.",
        partial(lambda kid: rs256(kid=kid).invalid("header.types", sources=_KID), _value),
    )


@case
def kid_twice() -> Judged:
    """Two kids, the right one last: RFC 7515 forbids it, though lets a parser take the last."""
    raw = b'{"alg":"RS256","kid":"two","kid":"one"}'
    why = "RFC 7515 4 lets a parser refuse the header or take the last of the two."
    return rs256(raw_header=raw).either(why, "header.duplicate", sources=(jws("4"), LATER_JWKS))


@case
def access_token() -> Judged:
    """typ at+jwt, as RFC 9068 has it for access tokens."""
    why = "RFC 7519 5.1 recommends JWT, RFC 9068 2.1 requires at+jwt; Slurm's page is silent."
    return rs256(typ="at+jwt").either(why, "typ.jwt", sources=(jwt("5.1"), "RFC 9068 2.1"))


class Claims(NamedTuple):
    """A case of claims. rules: those that they break; choice: why a verifier may accept them."""

    purpose: str
    claims: dict[str, object]
    rules: tuple[str, ...]
    choice: str = ""
    why: str = ""


_AUDIENCE = "RFC 7519 4.1.3 has a verifier refuse an audience that it is not; Slurm's page asks for none."
_CLAIMS = {
    "audience": Claims("aud is a list.", claims(aud=["slurm", "account"]), ("aud.unasked",), _AUDIENCE),
    "expired": Claims("It expired a second ago.", claims(exp=NOW - 1), ("exp.unexpired",)),
    "expired_long": Claims("It expired in 2020.", claims(exp=1577836801), ("exp.unexpired",)),
    "exp_fraction": Claims(
        "exp has a fraction.",
        claims(exp=Raw("4102444800.5")),
        ("exp.integer",),
        "RFC 7519 2 allows a fraction; Slurm's libjwt reads an integer.",
    ),
    "exp_text": Claims("exp is a string.", claims(exp="4102444800"), ("exp.number",)),
    "no_exp": Claims("No exp.", without(CLAIMS, "exp"), ("exp.required",)),
    "not_yet": Claims("nbf is a second away.", claims(nbf=NOW + 1), ("nbf.reached",)),
    "only_preferred_username": Claims("Keycloak's claims without a mapper.", KEYCLOAK, ("sun.required",)),
    "username": Claims(
        "username in place of sun.", {**without(CLAIMS, "sun"), "username": "alice"}, ("sun.required",)
    ),
    "sub_only": Claims("sub in place of sun.", {**without(CLAIMS, "sun"), "sub": "alice"}, ("sun.required",)),
    "sun_number": Claims("sun is a number.", claims(sun=0), ("sun.string",)),
}
_EDGES = {"expired", "not_yet"}


def _of_claims(name: str, row: Claims) -> Judged:
    made = rs256(claims=row.claims)
    made = made.on_edge() if name in _EDGES else made
    sources = (LATER, jwt("4.1"))
    if row.choice:
        return made.either(row.choice, *row.rules, sources=sources)
    return made.invalid(*row.rules, sources=sources, why=row.why or None)


for _name, _row in _CLAIMS.items():
    add(__name__, _name, _row.purpose, partial(_of_claims, _name, _row))
