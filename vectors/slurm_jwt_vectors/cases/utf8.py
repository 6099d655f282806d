"""The claims as text: UTF-8, whole and shortest, without a byte order mark."""

from slurm_jwt_vectors.build import CLAIMS, Judged, claims, json_text, token
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import json, jwt

_JSON = (jwt("7.2"), json("2"))
_UTF8 = (jwt("7.2"), json("8.1"), "RFC 3629 3")
_TEXT = json_text(CLAIMS)
_DEFLATED = bytes.fromhex(
    "ab564aad2850b232313430323131b13030d051ca4c2c51b232343537b73036030b1497e629592925e66426a72ad50200"
)
"""_TEXT by raw DEFLATE, as a JWE with zip DEF would hold it."""


def _valid(text: bytes, *sources: str) -> Judged:
    return token(claims=text).acting_as("alice").valid(sources=(*_JSON, *sources))


def _broken(text: bytes, *sources: str) -> Judged:
    return token(claims=text).invalid("claims.json", sources=(*_JSON, *sources))


def _member(spelling: bytes) -> bytes:
    """The usual claims with one more member, spelled as given."""
    return _TEXT[:-1] + b"," + spelling + b"}"


def _not_utf8(text: bytes) -> Judged:
    return token(claims=text).invalid("claims.utf8", sources=_UTF8, twin="utf8.beyond-ascii")


@case
def beyond_ascii() -> Judged:
    """A claim with letters beyond ASCII, in UTF-8."""
    return token(claims=claims(name="Alic\u00e9 \u5f20")).valid(sources=_UTF8)


@case
def delete_character() -> Judged:
    """U+007F inside a string: no control character by JSON's rules."""
    return _valid(_member(b'"x":"a\x7fb"'), json("7"))


@case
def line_separator() -> Judged:
    """U+2028 inside a string: JSON allows it, old JavaScript did not."""
    return token(claims=claims(x="a\u2028b")).valid(sources=(*_JSON, json("7")))


@case
def noncharacter() -> Judged:
    """U+FFFF inside a string: no character, yet UTF-8 and JSON carry it."""
    return token(claims=claims(x="\uffff")).valid(sources=(*_JSON, json("8.2")))


table(
    __name__,
    _not_utf8,
    ("latin_1", "A claim with an accent in Latin-1.", _member(b'"name":"Alic\xe9"')),
    (
        "overlong",
        "A claim with a solidus as the overlong UTF-8 sequence C0 AF.",
        _member(b'"name":"\xc0\xaf"'),
    ),
    (
        "overlong_name",
        "root in sun, its first letter as an overlong sequence: a check for root does not see it.",
        _TEXT.replace(b"alice", b"\xc1\xb2oot"),
    ),
    (
        "surrogate_bytes",
        "A pair of surrogates as two UTF-8 sequences, as CESU-8 and old Java write it.",
        _member(b'"name":"\xed\xa0\xbd\xed\xb8\x80"'),
    ),
    (
        "beyond_unicode",
        "The UTF-8 sequence of U+110000, which is beyond Unicode.",
        _member(b'"name":"\xf4\x90\x80\x80"'),
    ),
    ("cut_sequence", "A UTF-8 sequence that ends too early.", _member(b'"name":"\xe5\xbc"')),
    (
        "modified_nul",
        "A NUL as C0 80, as Java's modified UTF-8 writes it.",
        _TEXT.replace(b"alice", b"alice\xc0\x80"),
    ),
)


@case
def bom() -> Judged:
    """A UTF-8 byte order mark before the claims."""
    return (
        token(claims=b"\xef\xbb\xbf" + _TEXT)
        .acting_as("alice")
        .either(
            "RFC 8259 8.1: a byte order mark must not be added, and may be ignored or refused.",
            "claims.bom",
            sources=(json("8.1"),),
        )
    )


@case
def two_boms() -> Judged:
    """Two byte order marks: even who ignores the first finds no JSON."""
    return token(claims=b"\xef\xbb\xbf" * 2 + _TEXT).invalid(
        "claims.bom",
        "claims.json",
        sources=(*_JSON, json("8.1")),
        why="A verifier may ignore the first mark; the second is no JSON.",
    )


@case
def utf16() -> Judged:
    """The claims in UTF-16 with its byte order mark: Python's json.loads reads it."""
    return _not_utf8(b"\xff\xfe" + _TEXT.decode().encode("utf-16-le"))


@case
def utf16_without_bom() -> Judged:
    """The claims in UTF-16 without a mark: valid UTF-8 by chance, full of NULs; json.loads reads it."""
    return _broken(_TEXT.decode().encode("utf-16-be"), json("8.1"))


@case
def utf32() -> Judged:
    """The claims in UTF-32 without a mark: json.loads reads it too."""
    return _broken(_TEXT.decode().encode("utf-32-le"), json("8.1"))


@case
def compressed() -> Judged:
    """The claims compressed with DEFLATE."""
    return token(claims=_DEFLATED).invalid("claims.utf8", sources=(*_UTF8, "RFC 7516 4.1.3"))


@case
def cbor() -> Judged:
    """The claims in CBOR, as a CWT holds them."""
    text = b"\xa3cexp\x1a\xf4\x86W\x00ciat\x1a^\x0b\xe1\x00csunealice"
    return token(claims=text).invalid("claims.utf8", sources=(*_UTF8, "RFC 8392 1"))


@case
def bom_and_blank() -> Judged:
    """A byte order mark and a blank before the claims."""
    return (
        token(claims=b"\xef\xbb\xbf " + _TEXT)
        .acting_as("alice")
        .either(
            "RFC 8259 8.1: a byte order mark must not be added, and may be ignored or refused.",
            "claims.bom",
            sources=(json("8.1"),),
        )
    )


@case
def bom_in_string() -> Judged:
    """U+FEFF inside a string: a character like any other."""
    return token(claims=claims(x="\ufeffb")).valid(sources=(*_JSON, json("8.1")))


@case
def bom_at_end() -> Judged:
    """A byte order mark behind the claims: no white space, so the text goes on after its end."""
    return _broken(_TEXT + b"\xef\xbb\xbf", json("8.1"))


@case
def bom_before_last_brace() -> Judged:
    """A byte order mark before the last brace, as files joined by a script have it."""
    return _broken(_TEXT[:-1] + b"\xef\xbb\xbf}", json("8.1"))
