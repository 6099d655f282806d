"""The JOSE header as JSON: one complete object in UTF-8, and what parsers of JSON disagree about."""

from slurm_jwt_vectors.build import HEADER, Judged, Raw, Token, header, json_text, token
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import ijson, json, jws, jwt

_UTF8 = (jws("4"), jwt("7.2"), json("8.1"))
_JSON = (jws("5.2"), json("2"))
_OBJECT = (jws("4"), jws("5.2"))
_TEXT = json_text(HEADER)
_DUPLICATE = "RFC 7515 4 lets a parser refuse a repeated name or keep the last one."
_DEPTH = "RFC 8259 9 lets a parser set limits on the depth of nesting."
_NUMBERS = "RFC 8259 6 lets a parser set limits on numbers; RFC 7493 2.2 asks for integers within 2^53 - 1."
_UNICODE = "RFC 8259 8.2 allows lone surrogates and calls what parsers do with them unpredictable."


def _broken(text: bytes) -> Judged:
    return token(header=text).invalid("header.json", sources=_JSON)


def _with(value: str) -> Token:
    """The usual header and a member x, whose value is spelled as given."""
    return token(header=header(x=Raw(value)))


def _nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@case
def white_space() -> Judged:
    """White space wherever JSON allows it."""
    text = b' \t\r\n{ "alg" : "HS256" ,\n\t"typ" : "JWT" }\r\n'
    return token(header=text).valid(sources=(json("2"), jws("5.3")))


@case
def utf8_text() -> Judged:
    """A key id with letters beyond ASCII, in UTF-8."""
    return token(header=header(kid="cl\u00e9")).valid(sources=_UTF8)


@case
def latin_1() -> Judged:
    """The same key id in Latin-1."""
    return token(header=json_text(header(kid="cl\u00e9")).decode().encode("latin-1")).invalid(
        "header.utf8", sources=_UTF8, twin="header-json.utf8-text"
    )


@case
def overlong() -> Judged:
    """A slash as the overlong UTF-8 sequence C0 AF."""
    return token(header=b'{"alg":"HS256","typ":"JWT","kid":"\xc0\xaf"}').invalid(
        "header.utf8", sources=(*_UTF8, "RFC 3629 3"), twin="header-json.utf8-text"
    )


@case
def surrogate_bytes() -> Judged:
    """A lone surrogate as the UTF-8 sequence ED A0 80."""
    return token(header=b'{"alg":"HS256","typ":"JWT","kid":"\xed\xa0\x80"}').invalid(
        "header.utf8", sources=(*_UTF8, "RFC 3629 3"), twin="header-json.utf8-text"
    )


@case
def utf16() -> Judged:
    """The header in UTF-16 with its byte order mark."""
    return token(header=b"\xff\xfe" + _TEXT.decode().encode("utf-16-le")).invalid(
        "header.utf8", sources=_UTF8
    )


@case
def utf16_without_bom() -> Judged:
    """The header in UTF-16 without a byte order mark: valid UTF-8 by chance, full of NULs."""
    return _broken(_TEXT.decode().encode("utf-16-le"))


@case
def bom() -> Judged:
    """A UTF-8 byte order mark before the header."""
    return token(header=b"\xef\xbb\xbf" + _TEXT).either(
        "RFC 8259 8.1: a byte order mark must not be added, and may be ignored or refused.",
        "header.bom",
        sources=(json("8.1"),),
    )


table(
    __name__,
    _broken,
    ("empty", "No header at all: the token starts with a period.", b""),
    ("blank", "The header is a blank.", b" "),
    ("truncated", "The closing brace is missing.", _TEXT[:-1]),
    ("second_brace", "A second closing brace.", _TEXT + b"}"),
    ("second_object", "A second object behind the header.", _TEXT + b'{"alg":"none"}'),
    ("trailing_nul", "A NUL behind the header: a C string ends before it.", _TEXT + b"\0"),
    ("nul_and_object", "A NUL and another object behind the header.", _TEXT + b'\0{"alg":"none"}'),
    ("trailing_comma", "A comma behind the last member.", b'{"alg":"HS256","typ":"JWT",}'),
    ("single_quotes", "Single quotes, as Python prints a dict.", b"{'alg':'HS256','typ':'JWT'}"),
    ("bare_names", "Names without quotes, as JavaScript allows.", b'{alg:"HS256",typ:"JWT"}'),
    ("comment", "A comment inside the header.", b'{"alg":"HS256",/* */"typ":"JWT"}'),
    ("nan", "A member with the value NaN.", b'{"alg":"HS256","typ":"JWT","x":NaN}'),
    ("raw_newline", "A line feed inside a string.", b'{"alg":"HS256","typ":"JWT","x":"a\nb"}'),
    ("bad_escape", "An escape sequence that JSON does not have.", b'{"alg":"HS256","typ":"JWT","x":"\\x41"}'),
    ("name_alone", "The bare word HS256.", b"HS256"),
)


@case
def array() -> Judged:
    """An array that holds the header."""
    return token(header=b"[" + _TEXT + b"]").invalid("header.object", sources=_OBJECT)


@case
def array_of_pairs() -> Judged:
    """An array of pairs, which dict() and Object.fromEntries take."""
    return token(header=b'[["alg","HS256"],["typ","JWT"]]').invalid("header.object", sources=_OBJECT)


@case
def string() -> Judged:
    """A JSON string."""
    return token(header=b'"HS256"').invalid("header.object", sources=_OBJECT)


@case
def string_of_header() -> Judged:
    """The header as JSON within a JSON string: encoded twice."""
    return token(header=b'"{\\"alg\\":\\"HS256\\",\\"typ\\":\\"JWT\\"}"').invalid(
        "header.object", sources=_OBJECT
    )


@case
def null() -> Judged:
    """null."""
    return token(header=b"null").invalid("header.object", sources=_OBJECT)


@case
def number() -> Judged:
    """A number."""
    return token(header=b"256").invalid("header.object", sources=_OBJECT)


@case
def depth_64() -> Judged:
    """64 levels: the header and 63 arrays within."""
    return _with(_nested(63)).valid(sources=(json("9"),))


@case
def depth_65() -> Judged:
    """65 levels: the header and 64 arrays within."""
    return _with(_nested(64)).either(
        _DEPTH, "header.depth", sources=(json("9"),), twin="header-json.depth-64"
    )


@case
def depth_3001() -> Judged:
    """3,001 levels: recursive parsers meet their limit."""
    return _with(_nested(3000)).either(
        _DEPTH, "header.depth", sources=(json("9"),), twin="header-json.depth-64"
    )


@case
def brackets_in_string() -> Judged:
    """A hundred brackets inside a string: text, no nesting."""
    return token(header=header(kid="[" * 100)).valid(sources=(json("7"), json("9")))


@case
def largest_exact_integer() -> Judged:
    """2^53 - 1 in an unknown member."""
    return _with(str(2**53 - 1)).valid(sources=(json("6"), ijson("2.2")))


@case
def integer_2_53() -> Judged:
    """2^53 in an unknown member: doubles cannot tell it from the next."""
    return _with(str(2**53)).either(
        _NUMBERS, "header.numbers", sources=(json("6"),), twin="header-json.largest-exact-integer"
    )


@case
def integer_minus_2_53() -> Judged:
    """-2^53 in an unknown member."""
    return _with(str(-(2**53))).either(
        _NUMBERS, "header.numbers", sources=(json("6"),), twin="header-json.largest-exact-integer"
    )


@case
def overflow() -> Judged:
    """1e400 in an unknown member: doubles end before it."""
    return _with("1e400").either(
        _NUMBERS, "header.numbers", sources=(json("6"),), twin="header-json.largest-exact-integer"
    )


@case
def five_thousand_digits() -> Judged:
    """An integer of 5,000 digits in an unknown member: Python's int() refuses to read it."""
    return _with("9" * 5000).either(
        _NUMBERS, "header.numbers", sources=(json("6"),), twin="header-json.largest-exact-integer"
    )


@case
def surrogate_pair() -> Judged:
    """An escaped pair of surrogates in the key id: one character beyond the basic plane."""
    return token(header=header(kid=Raw('"\\ud83d\\ude00"'))).valid(sources=(json("7"),))


@case
def lone_surrogate() -> Judged:
    """An escaped surrogate without its other half in the key id."""
    return token(header=header(kid=Raw('"\\ud83d"'))).either(
        _UNICODE, "header.unicode", sources=(json("8.2"), ijson("2.1")), twin="header-json.surrogate-pair"
    )


@case
def lone_surrogate_in_name() -> Judged:
    """An escaped surrogate without its other half in the name of an unknown member."""
    return token(header=b'{"alg":"HS256","typ":"JWT","\\udc00":1}').either(
        _UNICODE, "header.unicode", sources=(json("8.2"), ijson("2.1"))
    )


@case
def duplicate_alg() -> Judged:
    """alg twice, HS256 both times."""
    return token(header=b'{"alg":"HS256","alg":"HS256","typ":"JWT"}').either(
        _DUPLICATE, "header.duplicate", sources=(jws("4"),)
    )


@case
def none_then_hs256() -> Judged:
    """alg none and then alg HS256: who keeps the last one reads HS256."""
    return token(header=b'{"alg":"none","alg":"HS256","typ":"JWT"}').either(
        _DUPLICATE, "header.duplicate", sources=(jws("4"),)
    )


@case
def hs256_then_none() -> Judged:
    """alg HS256 and then alg none: refused by who refuses repeated names and by who keeps the last one."""
    return token(header=b'{"alg":"HS256","alg":"none","typ":"JWT"}').invalid(
        "header.duplicate",
        "alg.hs256",
        sources=(jws("4"), jws("4.1.1")),
        why="The two ways that RFC 7515 4 leaves open both end in refusal.",
    )


@case
def hs256_then_escaped_none() -> Judged:
    """alg HS256 and then an alg none whose name is written with an escape sequence."""
    return token(header=b'{"alg":"HS256","\\u0061lg":"none","typ":"JWT"}').invalid(
        "header.duplicate",
        "alg.hs256",
        sources=(jws("4"), jws("4.1.1"), json("8.3")),
        why="The two ways that RFC 7515 4 leaves open both end in refusal.",
    )


@case
def duplicate_typ() -> Judged:
    """typ JOSE and then typ JWT."""
    return token(header=b'{"alg":"HS256","typ":"JOSE","typ":"JWT"}').either(
        _DUPLICATE, "header.duplicate", sources=(jws("4"),)
    )


@case
def duplicate_unknown() -> Judged:
    """An unknown member twice."""
    return token(header=b'{"alg":"HS256","typ":"JWT","x":1,"x":2}').either(
        _DUPLICATE, "header.duplicate", sources=(jws("4"),)
    )


@case
def crit_then_none() -> Judged:
    """A crit of an unknown extension, hidden by a second, empty one."""
    return token(header=b'{"alg":"HS256","typ":"JWT","x":1,"crit":["x"],"crit":[]}').either(
        f"{_DUPLICATE} RFC 7515 4.1.11 leaves open whether an empty crit is refused.",
        "header.duplicate",
        "crit.form",
        sources=(jws("4"), jws("4.1.11")),
    )


@case
def bom_in_string() -> Judged:
    """U+FEFF inside a header's string: a character like any other."""
    return token(header=header(x="\ufeffb")).valid(sources=(json("8.1"),))


@case
def duplicate_kid() -> Judged:
    """kid twice."""
    return token(header=b'{"alg":"HS256","typ":"JWT","kid":"1","kid":"2"}').either(
        _DUPLICATE, "header.duplicate", sources=(jws("4"),)
    )
