"""JWKS files: RS256 tokens that are good, and the file of keys that a verifier holds for them."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from slurm_jwt_vectors.build import Judged, token
from slurm_jwt_vectors.jwks import documents
from slurm_jwt_vectors.registry import add, case
from slurm_jwt_vectors.rs256 import rs256, with_jwks
from slurm_jwt_vectors.sources import LATER_ALG, LATER_JWKS, jwk

_NO_KEY = "No key of the file verifies RS256, so no key has the kid either."


class Row(NamedTuple):
    """A case: alice's token with this kid, by this key, for the verifier that holds this file.

    rules: those that the token breaks under the file. why: needed for a choice or for two rules.
    """

    jwks: str
    rules: tuple[str, ...] = ()
    why: str = ""
    kid: str = "one"
    signer: str = "one"
    more: str = ""


_BROKEN = ("jwks.json",)
_READERS = "RFC 8259 9 lets a reader accept more or less than this, so software differs."
_OTHER_SET = "RFC 8259 4 leaves open which of two members counts."
_ALG = "RFC 7517 4.4 makes alg optional; RFC 8725 3.1 wants one algorithm a key; many releases need it."
_PRIVATE = (
    "RFC 7517 9.2 wants private members protected; no text says that a verifier refuses the public half."
)
_EQUAL = "RFC 7517 4.5 only recommends different kids; verifiers take the first key, the last, or try both."
_LIMITS = "RFC 8017 3.1 allows the number; FIPS 186-5 and RFC 7518 2 do not."
_SIZE = "RFC 7517 sets no limit, and RFC 8259 9 lets a reader set one."

_ROWS: dict[str, Row] = {
    **{name: Row(name) for name in ("one", "no-use", "more-members", "x5c", "verify", "members-of-set")},
    "large": Row("large", kid="large", signer="large"),
    **{
        name: Row(name)
        for name in ("keycloak", "beside-ec", "beside-ec-no-alg", "beside-oct", "beside-oct-no-alg")
    },
    **{name: Row(name, _BROKEN) for name in ("empty", "html", "cut", "more-text", "comma", "latin1")},
    **{name: Row(name, ("jwks.portable",), _READERS) for name in ("mark", "surrogate", "number", "deep")},
    **{
        name: Row(name, ("jwks.object",))
        for name in ("array", "single", "no-keys", "keys-object", "keys-null", "text-key", "null")
    },
    "many": Row("many", ("jwks.size",), _SIZE),
    "keys-empty": Row("keys-empty", ("jwks.usable", "kid.known"), _NO_KEY),
    "only-ec": Row("only-ec", ("jwks.usable", "kid.known"), _NO_KEY, "ec"),
    "keys-twice": Row("keys-twice", ("jwks.duplicate",), _OTHER_SET),
    "kid-twice": Row("kid-twice", ("jwks.duplicate",), _OTHER_SET),
    "no-alg": Row("no-alg", ("jwks.alg",), _ALG),
    "no-kid": Row("no-kid", ("kid.known",)),
    "no-kid-no-alg": Row("no-kid-no-alg", ("kid.known",)),
    "second-no-kid": Row("second-no-kid", more="The token is of key one."),
    "kid-number": Row("kid-number", ("kid.known",), kid="2", signer="two"),
    "kid-number-other": Row("kid-number", more="The token is of key one."),
    **{name: Row(name, ("jwks.types",), kid="two", signer="two") for name in ("no-kty", "alg-array")},
    **{
        name: Row(name, ("kid.known",), kid="two", signer="two")
        for name in ("kty-lower", "alg-lower", "alg-rs384", "alg-ps256", "use-enc", "key-ops-sign")
    },
    "alg-rs384-other": Row("alg-rs384", more="The token is of key one."),
    "same-kid-first": Row("same-kid", ("jwks.kid-unique",), _EQUAL, more="The token is of the first."),
    "same-kid-second": Row(
        "same-kid", ("jwks.kid-unique",), _EQUAL, signer="two", more="The token is of the second."
    ),
    "x5c-only": Row(
        "x5c-only",
        ("jwks.usable", "jwks.rsa"),
        "The only key has no n and e, so no key of the file is usable.",
    ),
    **{
        name: Row(name, ("jwks.rsa",), kid="two", signer="two")
        for name in ("no-n", "no-e", "e-number", "n-empty", "n-padded", "n-base64")
    },
    "no-e-other": Row("no-e", more="The token is of key one."),
    "small": Row("small", ("jwks.modulus",), kid="two", signer="small"),
    "small-other": Row("small", more="The token is of key one."),
    "even": Row("even", ("jwks.modulus",), kid="two", signer="two"),
    **{name: Row(name, ("jwks.exponent",), kid="two", signer="two") for name in ("e-one", "e-even")},
    "e-three": Row("e-three", ("jwks.limits",), _LIMITS, "two", "exponent3"),
    "n-zero": Row("n-zero", ("jwks.limits",), _LIMITS, "two", "two"),
    "private": Row("private", ("jwks.private",), _PRIVATE, "two", "two"),
}


def _judged(row: Row) -> Judged:
    made = rs256(jwks=row.jwks, kid=row.kid, signer=row.signer)
    sources = (documents()[row.jwks].source, LATER_JWKS)
    if not row.rules:
        return made.valid(sources=sources)
    choices = {"jwks.portable", "jwks.size", "jwks.duplicate", "jwks.alg", "jwks.kid-unique"}
    if {*row.rules} <= {*choices, "jwks.limits", "jwks.private"}:
        return made.either(row.why, *row.rules, sources=sources)
    return made.invalid(*row.rules, sources=sources, why=row.why or None)


for _name, _row in _ROWS.items():
    _purpose = " ".join(filter(None, (documents()[_row.jwks].purpose, _row.more)))
    add(__name__, _name.replace("-", "_"), _purpose, partial(_judged, _row))


@case
def no_kid_in_both() -> Judged:
    """Neither the only key nor the token has a kid: one key needs none."""
    why = "RFC 7515 4.1.4 makes kid optional, and RFC 7515 D lets the only key be tried; Slurm needs kid."
    return rs256(jwks="no-kid", kid=...).either(why, "kid.required", sources=(jwk("4.5"), LATER_JWKS))


@case
def hs256_beside_html() -> Judged:
    """An HS256 token of Slurm's key, and a login page in place of the JWKS."""
    return with_jwks(token(), "html").valid(sources=(LATER_ALG,))


@case
def hs256_beside_no_kid() -> Judged:
    """An HS256 token of Slurm's key, and a JWKS whose key has no kid."""
    return with_jwks(token(), "no-kid").valid(sources=(LATER_ALG, jwk("4.5")))
