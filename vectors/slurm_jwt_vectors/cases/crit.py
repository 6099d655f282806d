"""crit: extensions that a verifier must understand or refuse; and b64, the extension that no JWT may use."""

from slurm_jwt_vectors.build import CLAIMS, Judged, Token, header, json_text, token
from slurm_jwt_vectors.edits import become
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import cve, issue, jws

_MUST = (jws("4.1.11"), cve("2026-32597"))
_MAY = "RFC 7515 4.1.11: a recipient may consider the JWS invalid when crit breaks the rules of its form."
_FORM = (jws("4.1.11"),)
_B64 = ("RFC 7797 7", "RFC 7797 6")
_BOTH = "The list breaks the rules of crit's form, and it names an extension that Slurm does not know."


def _header(**members: object) -> Token:
    return token(header=header(members))


@case
def unknown() -> Judged:
    """crit lists an extension that is in the header and that nobody knows."""
    return _header(crit=["example"], example=True).invalid(
        "crit.understood",
        sources=(*_MUST, cve("2026-35042"), issue("mpdavis/python-jose", 413)),
        twin="crit.not-listed",
    )


@case
def not_listed() -> Judged:
    """The same extension without crit: what is not understood is ignored."""
    return _header(example=True).valid(sources=(jws("4"), jws("4.1.11")))


@case
def uri() -> Judged:
    """crit lists an extension named by a URI, as the RFC's own example does."""
    name = "http://example.invalid/UNDEFINED"
    return token(header=header({"crit": [name], name: True})).invalid(
        "crit.understood", sources=(*_MUST, "RFC 7515 E")
    )


@case
def exp() -> Judged:
    """crit lists exp, which the RFC's own example does; in Slurm exp is a claim, not a header parameter."""
    return _header(crit=["exp"], exp=4102444800).invalid("crit.understood", sources=_MUST)


@case
def sun() -> Judged:
    """crit lists sun, with another user in the header than in the claims."""
    return _header(crit=["sun"], sun="root").invalid("crit.understood", sources=_MUST)


@case
def cnf() -> Judged:
    """crit lists cnf: a verifier that ignores it drops the binding of the token to its holder's key."""
    return _header(crit=["cnf"], cnf={"kid": "holder"}).invalid(
        "crit.understood",
        sources=(*_MUST, cve("2025-59420")),
    )


@case
def two_unknown() -> Judged:
    """crit lists two extensions, both in the header, both unknown."""
    return _header(crit=["one", "two"], one=1, two=2).invalid("crit.understood", sources=_MUST)


@case
def null_extension() -> Judged:
    """The listed extension is present with the value null."""
    return _header(crit=["example"], example=None).invalid("crit.understood", sources=_MUST)


@case
def upper_case() -> Judged:
    """CRIT with an unknown extension: names are case-sensitive, so this is just another unknown member."""
    return _header(CRIT=["example"], example=True).valid(sources=(jws("4"),))


@case
def upper_case_kid() -> Judged:
    """crit lists KID, which is there and is not kid: an unknown extension."""
    return _header(crit=["KID"], KID="1", kid="1").invalid("crit.understood", sources=_MUST)


@case
def absent_extension() -> Judged:
    """crit lists an unknown extension that is not in the header."""
    return _header(crit=["example"]).invalid("crit.form", "crit.understood", sources=_MUST, why=_BOTH)


@case
def empty_name() -> Judged:
    """crit lists an empty name."""
    return _header(crit=[""]).invalid("crit.form", "crit.understood", sources=_MUST, why=_BOTH)


@case
def twice() -> Judged:
    """crit lists the same unknown extension twice."""
    return _header(crit=["example", "example"], example=True).invalid(
        "crit.form", "crit.understood", sources=_MUST, why=_BOTH
    )


@case
def registered_and_unknown() -> Judged:
    """crit lists alg and an unknown extension."""
    return _header(crit=["alg", "example"], example=True).invalid(
        "crit.form", "crit.understood", sources=_MUST, why=_BOTH
    )


@case
def number_and_unknown() -> Judged:
    """crit lists a number and an unknown extension."""
    return _header(crit=[1, "example"], example=True).invalid(
        "crit.form", "crit.understood", sources=_MUST, why=_BOTH
    )


@case
def empty() -> Judged:
    """crit is an empty array."""
    return _header(crit=[]).either(_MAY, "crit.form", sources=_FORM)


@case
def alg() -> Judged:
    """crit lists alg, which every verifier understands and nobody may list."""
    return _header(crit=["alg"]).either(_MAY, "crit.form", sources=_FORM)


@case
def alg_twice() -> Judged:
    """crit lists alg twice."""
    return _header(crit=["alg", "alg"]).either(_MAY, "crit.form", sources=_FORM)


@case
def absent_kid() -> Judged:
    """crit lists kid, which is registered and not in the header."""
    return _header(crit=["kid"]).either(_MAY, "crit.form", sources=_FORM)


@case
def itself() -> Judged:
    """crit lists crit."""
    return _header(crit=["crit"]).either(_MAY, "crit.form", sources=_FORM)


@case
def string() -> Judged:
    """crit is a string: a loop over it finds letters."""
    return _header(crit="example", example=True).either(_MAY, "crit.form", sources=_FORM)


@case
def object_() -> Judged:
    """crit is an object: a loop over it finds its names."""
    return _header(crit={"example": True}, example=True).either(_MAY, "crit.form", sources=_FORM)


@case
def null() -> Judged:
    """crit is null."""
    return _header(crit=None).either(_MAY, "crit.form", sources=_FORM)


@case
def false() -> Judged:
    """crit is false."""
    return _header(crit=False).either(_MAY, "crit.form", sources=_FORM)


@case
def number() -> Judged:
    """crit is a number: a loop over it fails."""
    return _header(crit=1).either(_MAY, "crit.form", sources=_FORM)


@case
def array_of_numbers() -> Judged:
    """crit is an array that holds a number."""
    return _header(crit=[1]).either(_MAY, "crit.form", sources=_FORM)


@case
def array_of_null() -> Judged:
    """crit is an array that holds null."""
    return _header(crit=[None]).either(_MAY, "crit.form", sources=_FORM)


@case
def nested_array() -> Judged:
    """crit holds an array that holds the name: no hashable thing to look up."""
    return _header(crit=[["example"]], example=True).either(_MAY, "crit.form", sources=_FORM)


@case
def b64_true() -> Judged:
    """b64 true: the payload is encoded, as always."""
    return _header(b64=True).valid(sources=("RFC 7797 3", *_B64))


@case
def b64_false() -> Judged:
    """b64 false without crit, the payload encoded all the same: a JWT must not say so."""
    return _header(b64=False).invalid("b64.absent", sources=_B64, twin="crit.b64-true")


@case
def b64_false_and_crit() -> Judged:
    """b64 false, listed in crit, the payload encoded all the same."""
    return _header(b64=False, crit=["b64"]).invalid(
        "crit.understood",
        "b64.absent",
        sources=(*_MUST, *_B64),
        why="b64 is an extension that Slurm does not know, and false is a value that no JWT may give it.",
    )


@case
def b64_false_unencoded() -> Judged:
    """RFC 7797 as it is meant: b64 false in crit, and the claims between the periods as plain JSON."""
    return (
        _header(b64=False, crit=["b64"])
        .edit_payload(become(json_text(CLAIMS)))
        .invalid(
            "form.base64url",
            "crit.understood",
            "b64.absent",
            sources=(*_MUST, *_B64),
            why="The payload is no base64url, and the header asks for an extension that no JWT may use.",
        )
    )


@case
def b64_text() -> Judged:
    """b64 is the text "false", which is true in most languages."""
    return _header(b64="false").invalid("b64.absent", sources=_B64, twin="crit.b64-true")


@case
def b64_null() -> Judged:
    """b64 is null."""
    return _header(b64=None).invalid("b64.absent", sources=_B64, twin="crit.b64-true")


@case
def b64_zero() -> Judged:
    """b64 is 0."""
    return _header(b64=0).invalid("b64.absent", sources=_B64, twin="crit.b64-true")


@case
def b64_one() -> Judged:
    """b64 is 1, which equals true in Python, and is no boolean."""
    return _header(b64=1).invalid("b64.absent", sources=_B64, twin="crit.b64-true")


@case
def b64_true_and_crit() -> Judged:
    """crit lists b64, whose value true changes nothing."""
    return _header(b64=True, crit=["b64"]).invalid(
        "crit.understood",
        sources=(*_MUST, *_B64),
        why="RFC 7515 4.1.11 makes it invalid for who does not support the extension, and Slurm's page "
        "promises none; a library that implements RFC 7797 has understood it and may accept.",
        twin="crit.b64-true",
    )


@case
def jwe_parameter() -> Judged:
    """crit lists epk, which RFC 7518 registers for encryption: no parameter of a signed token."""
    return _header(crit=["epk"], epk={"kty": "EC"}).invalid(
        "crit.form",
        "crit.understood",
        sources=(*_MUST, "RFC 7518 4.6.1"),
        why="RFC 7515 4.1.11 forbids names of RFC 7518, though it adds `for use with JWS`; without that "
        "prohibition epk is an extension that nobody understands here. Both readings end in refusal.",
    )


@case
def enc() -> Judged:
    """crit lists enc, which RFC 7516 registers for encryption."""
    return _header(crit=["enc"], enc="A256GCM").invalid(
        "crit.understood",
        "enc.absent",
        sources=(*_MUST, "RFC 7516 9"),
        why="enc is no parameter of a signed token: neither understood nor expected.",
    )
