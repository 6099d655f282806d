"""alg: HS256, spelled exactly so, and nothing else, whatever the signature is."""

import base64

from slurm_jwt_vectors.build import HEADER, Judged, Raw, Token, header, token, without
from slurm_jwt_vectors.edits import become
from slurm_jwt_vectors.keys import KEYS
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import PAGE_HS256, cve, jwa, jws, jwt, practice

_RULE = (PAGE_HS256, jws("4.1.1"), jwa("3.1"))
_CONFUSION = (PAGE_HS256, practice("2.1"), practice("3.1"))
_RS256_SIGNATURE = base64.b64decode(
    "RgW3NTGj9NODpRh5cRI0iG2QY7Nc9Cn7+dw7PY7aI90/lKy1xUjmsV2rE5GxFk12dclsd8Ko0JsmvfDxINfbx3yBB8gvOjUALHVk"
    "sm1WFK457rjGwamqG8bhiwtmUswQXPMbgWkx+6iZuIMFY84G3lNITN1Z5palXSlo5U3G7Ae3q2ibzchifuNSvJNUO+HtukBIF7KP"
    "9OIGzZ59i3fjThBwe4uyo0rmXFCkt6EONJeQDrK52BCE4R/Fqf3dFXtS668RalBqX5FEqSOUfO8Bokbtq+rG9DX0uLGzraiZFkk2"
    "WCgEXNSL90/dkQjygzCm3N55BilhaVpwKJKPtjtErA=="
)
"""RSASSA-PKCS1-v1_5 with SHA-256 by pem-pkcs1 over the token of `rs256_by_pem_key`."""


def _alg(value: object) -> Token:
    """The MAC is the right HMAC-SHA256 over this very header, so alg is the only fault."""
    return token(header=header(alg=value))


@case
def missing() -> Judged:
    """A header without alg."""
    return token(header=without(HEADER, "alg")).invalid("alg.required", sources=(jws("4.1.1"),))


@case
def upper_case_name() -> Judged:
    """ALG instead of alg: names of header parameters are case-sensitive."""
    return token(header={"ALG": "HS256", "typ": "JWT"}).invalid(
        "alg.required", sources=(jws("4"), jws("4.1.1"))
    )


@case
def escaped() -> Judged:
    """Name and value with escape sequences: other JSON for the same alg and HS256."""
    return (
        token(header=b'{"\\u0061lg":"HS\\u003256","typ":"JWT"}')
        .acting_as("alice")
        .valid(sources=(jws("5.3"), "RFC 8259 8.3"))
    )


@case
def none() -> Judged:
    """An unsecured JWT: alg none and no signature."""
    return (
        _alg("none")
        .edit_mac(become(b""))
        .invalid("alg.hs256", sources=(*_RULE, jwt("6"), practice("3.2"), cve("2015-9235")))
    )


@case
def none_capital() -> Judged:
    """None with a capital and no signature: it slips by a check for "none"."""
    return (
        _alg("None").edit_mac(become(b"")).invalid("alg.hs256", sources=(*_RULE, jwt("6"), practice("3.2")))
    )


@case
def none_upper_case() -> Judged:
    """NONE and no signature."""
    return (
        _alg("NONE").edit_mac(become(b"")).invalid("alg.hs256", sources=(*_RULE, jwt("6"), practice("3.2")))
    )


@case
def none_mixed_case() -> Judged:
    """nOnE and no signature."""
    return (
        _alg("nOnE").edit_mac(become(b"")).invalid("alg.hs256", sources=(*_RULE, jwt("6"), practice("3.2")))
    )


@case
def none_with_mac() -> Judged:
    """alg none with a good HMAC-SHA256 behind it: the header says that there is none."""
    return _alg("none").invalid("alg.hs256", sources=(*_RULE, jwt("6")))


@case
def none_blank() -> Judged:
    """none with a blank behind it and no signature."""
    return _alg("none ").edit_mac(become(b"")).invalid("alg.hs256", sources=(*_RULE, practice("3.2")))


def _no_hs256(value: object) -> Judged:
    return _alg(value).invalid("alg.hs256", sources=_RULE)


table(
    __name__,
    _no_hs256,
    ("empty", "alg is an empty string.", ""),
    ("lower_case", "hs256: names of algorithms are case-sensitive; libjwt before 1.12 takes it.", "hs256"),
    ("mixed_case", "Hs256.", "Hs256"),
    ("trailing_space", "HS256 with a blank behind it.", "HS256 "),
    ("leading_space", "HS256 with a blank before it.", " HS256"),
    (
        "trailing_newline",
        "HS256 with a line feed behind it: a regular expression that ends with $ lets it pass.",
        "HS256\n",
    ),
    (
        "trailing_nul",
        "HS256 with an escaped NUL behind it: a C string ends before it.",
        Raw('"HS256\\u0000"'),
    ),
    ("hyphen", "HS-256.", "HS-256"),
    ("prefix", "HS2: only the start of the name.", "HS2"),
    ("longer", "HS2560: the name with a digit more.", "HS2560"),
    ("cyrillic", "HS256 with a Cyrillic letter in place of H (U+041D).", "\u041dS256"),
    (
        "fullwidth",
        "HS256 in fullwidth letters, which Unicode normalization turns into HS256.",
        "\uff28\uff33\uff12\uff15\uff16",
    ),
)


@case
def java_name() -> Judged:
    """HmacSHA256, as Java calls the algorithm."""
    return _alg("HmacSHA256").invalid("alg.hs256", sources=(*_RULE, "RFC 7518 A.1"))


@case
def xml_name() -> Judged:
    """The algorithm's name in XML signatures."""
    name = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
    return _alg(name).invalid("alg.hs256", sources=(*_RULE, "RFC 7518 A.1"))


table(
    __name__,
    _no_hs256,
    ("null", "alg is null.", None),
    ("number", "alg is the number 256.", 256),
    ("true", "alg is true, which is equal to much in lax languages.", True),
    ("array", "alg is an array that holds HS256.", ["HS256"]),
    ("object_", "alg is an object.", {"name": "HS256"}),
)


@case
def empty_without_signature() -> Judged:
    """alg is an empty string and there is no signature."""
    return _alg("").edit_mac(become(b"")).invalid("alg.hs256", sources=_RULE)


@case
def false_without_signature() -> Judged:
    """alg is false and there is no signature."""
    return _alg(False).edit_mac(become(b"")).invalid("alg.hs256", sources=_RULE)


@case
def array_with_none() -> Judged:
    """alg is an array of HS256 and none: a search for HS256 in it succeeds."""
    return _alg(["HS256", "none"]).edit_mac(become(b"")).invalid("alg.hs256", sources=_RULE)


@case
def hs384() -> Judged:
    """HS384, truly signed with HMAC-SHA384 under the same key; Slurm 20.11 takes it."""
    return _alg("HS384").signed_with("sha384").invalid("alg.hs256", sources=_RULE)


@case
def hs512() -> Judged:
    """HS512, truly signed with HMAC-SHA512 under the same key; Slurm 20.11 takes it."""
    return _alg("HS512").signed_with("sha512").invalid("alg.hs256", sources=_RULE)


@case
def hs512_with_hs256_mac() -> Judged:
    """The header says HS512, the signature is HMAC-SHA256: software that never compares alg takes it."""
    return _alg("HS512").invalid("alg.hs256", sources=(*_RULE, practice("3.1")))


@case
def hs1() -> Judged:
    """HS1, truly signed with HMAC-SHA1 under the same key."""
    return _alg("HS1").signed_with("sha1").invalid("alg.hs256", sources=(*_RULE, practice("3.2")))


@case
def rs256_by_pem_key() -> Judged:
    """RS256, truly signed with the RSA key whose PEM text is Slurm's key file."""
    return (
        token(header=header(alg="RS256"), key="pem-pkcs1")
        .edit_mac(become(_RS256_SIGNATURE))
        .invalid("alg.hs256", sources=_RULE, twin="key.pem-pkcs1")
    )


@case
def rs256_with_mac() -> Judged:
    """RS256 in the header over a good HMAC-SHA256."""
    return _alg("RS256").invalid("alg.hs256", sources=_CONFUSION)


@case
def rs256_by_public_key() -> Judged:
    """RS256 in the header, and a MAC keyed with the RSA public key: the old confusion, turned round."""
    return (
        token(header=header(alg="RS256"), key="pem-pkcs1")
        .signed_by(KEYS["pem-public"].bytes)
        .invalid(
            "alg.hs256", sources=(*_CONFUSION, cve("2016-10555"), cve("2022-29217")), twin="key.pem-pkcs1"
        )
    )


@case
def ps256() -> Judged:
    """PS256 in the header over a good HMAC-SHA256."""
    return _alg("PS256").invalid("alg.hs256", sources=_CONFUSION)


@case
def es256() -> Judged:
    """ES256 in the header over a good HMAC-SHA256."""
    return _alg("ES256").invalid("alg.hs256", sources=_CONFUSION)


@case
def es256_zeros() -> Judged:
    """ES256 with a signature of 64 zero bytes, which broken ECDSA code once took for good."""
    return _alg("ES256").edit_mac(become(bytes(64))).invalid("alg.hs256", sources=(*_RULE, cve("2022-21449")))


@case
def eddsa() -> Judged:
    """EdDSA in the header over a good HMAC-SHA256."""
    return _alg("EdDSA").invalid("alg.hs256", sources=(*_CONFUSION, "RFC 8037 3.1"))


@case
def dir_() -> Judged:
    """alg dir, which belongs to encryption, over a good HMAC-SHA256."""
    return _alg("dir").invalid("alg.hs256", sources=(*_RULE, jwa("4.1")))


@case
def unknown() -> Judged:
    """An algorithm that nobody knows, and no signature."""
    return _alg("XYZ").edit_mac(become(b"")).invalid("alg.hs256", sources=(*_RULE, practice("3.1")))
