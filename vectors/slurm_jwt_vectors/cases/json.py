"""The claims as JSON text: one complete text of RFC 8259 in UTF-8, no more and no less."""

from slurm_jwt_vectors.build import CLAIMS, Judged, json_text, token
from slurm_jwt_vectors.edits import become
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import json, jwt

_JSON = (jwt("7.2"), json("2"))
_TEXT = json_text(CLAIMS)


def _valid(text: bytes, *sources: str) -> Judged:
    return token(claims=text).acting_as("alice").valid(sources=(*_JSON, *sources))


def _broken(text: bytes, *sources: str) -> Judged:
    return token(claims=text).invalid("claims.json", sources=(*_JSON, *sources))


def _member(spelling: bytes) -> bytes:
    """The usual claims with one more member, spelled as given."""
    return _TEXT[:-1] + b"," + spelling + b"}"


@case
def white_space() -> Judged:
    """All four kinds of white space wherever JSON allows them."""
    return _valid(b' \t\r\n{ "exp" : 4102444800 ,\r\n\t"iat" : 1577836800 , "sun" : "alice" }\n')


@case
def trailing_newline() -> Judged:
    """A line feed behind the claims, as `jq` or `echo` writes it."""
    return _valid(_TEXT + b"\n")


@case
def escaped_name() -> Judged:
    r"""exp written as \u0065xp: the same name."""
    return _valid(_TEXT.replace(b'"exp"', b'"\\u0065xp"'), json("8.3"))


@case
def escaped_value() -> Judged:
    """alice written with an escape sequence: the same name."""
    return _valid(_TEXT.replace(b"alice", b"\\u0061lice"), json("8.3"))


@case
def escaped_solidus() -> Judged:
    """A solidus written with a backslash, as PHP does."""
    return _valid(_member(b'"home":"\\/home\\/alice"'), json("7"))


@case
def minus_zero() -> Judged:
    """-0 in a foreign claim."""
    return _valid(_member(b'"x":-0'), json("6"))


@case
def exponents() -> Judged:
    """Numbers with exponents in a foreign claim."""
    return _valid(_member(b'"x":[1E2,1e+2,1e-2,0e0]'), json("6"))


@case
def form_encoded() -> Judged:
    """The claims as a query string."""
    return _broken(b"exp=4102444800&iat=1577836800&sun=alice")


@case
def yaml() -> Judged:
    """The claims in YAML."""
    return _broken(b"exp: 4102444800\niat: 1577836800\nsun: alice\n")


@case
def empty() -> Judged:
    """An empty payload between two periods, signed so."""
    return token().edit_payload(become(b"")).invalid("claims.json", sources=_JSON)


table(
    __name__,
    _broken,
    ("blank", "The payload is white space.", b" \n"),
    ("truncated", "The closing brace is missing.", _TEXT[:-1]),
    ("cut_in_string", "The text ends inside a string.", _TEXT[:-3]),
    ("second_brace", "A second closing brace.", _TEXT + b"}"),
    ("second_object", "A second object with sun root behind the claims.", _TEXT + b'{"sun":"root"}'),
    ("trailing_comma", "A comma behind the last claim.", _TEXT[:-1] + b",}"),
    ("trailing_comma_outside", "A comma behind the closing brace.", _TEXT + b","),
    ("trailing_word", "A word behind the claims.", _TEXT + b" alice"),
    (
        "trailing_nul",
        "A NUL behind the claims, as C programs append it; libjwt does not look at it.",
        _TEXT + b"\0",
    ),
    (
        "nul_and_object",
        "A NUL and a second object with sun root behind the claims; libjwt does not look at it.",
        _TEXT + b'\0{"sun":"root"}',
    ),
    ("leading_nul", "A NUL before the claims.", b"\0" + _TEXT),
    ("guard_prefix", "The prefix )]}' that guards JSON against inclusion in scripts.", b")]}'\n" + _TEXT),
    ("no_break_space", "A no-break space before the claims: no white space in JSON.", b"\xc2\xa0" + _TEXT),
    ("form_feed", "A form feed before the claims: no white space in JSON.", b"\f" + _TEXT),
    ("line_separator_outside", "U+2028 behind the claims: no white space in JSON.", _TEXT + b"\xe2\x80\xa8"),
    ("block_comment", "A block comment inside the claims.", b"{/* x */" + _TEXT[1:]),
    ("line_comment", "A line comment behind the claims.", _TEXT + b"// x"),
    ("hash_comment", "A comment as in YAML behind the claims.", _TEXT + b" # x"),
    ("single_quotes", "Single quotes, as Python prints a dict.", _TEXT.replace(b'"', b"'")),
    (
        "bare_names",
        "Names without quotes, as JavaScript allows.",
        b'{exp:4102444800,iat:1577836800,sun:"alice"}',
    ),
    ("python_words", "True instead of true.", _member(b'"x":True')),
    ("undefined", "The word undefined as a value.", _member(b'"x":undefined')),
)


@case
def nan() -> Judged:
    """NaN in a foreign claim: Python reads and writes it unasked."""
    return _broken(_member(b'"x":NaN'), json("6"))


@case
def infinity() -> Judged:
    """Infinity in a foreign claim."""
    return _broken(_member(b'"x":Infinity'), json("6"))


@case
def leading_zero() -> Judged:
    """A number with a leading zero."""
    return _broken(_member(b'"x":01'), json("6"))


@case
def plus_sign() -> Judged:
    """A number with a plus sign."""
    return _broken(_member(b'"x":+1'), json("6"))


@case
def hexadecimal() -> Judged:
    """A hexadecimal number."""
    return _broken(_member(b'"x":0x10'), json("6"))


@case
def leading_point() -> Judged:
    """A number that starts with its decimal point."""
    return _broken(_member(b'"x":.5'), json("6"))


@case
def trailing_point() -> Judged:
    """A number that ends with its decimal point."""
    return _broken(_member(b'"x":5.'), json("6"))


@case
def underscore() -> Judged:
    """A number with an underscore between its digits, as Python allows."""
    return _broken(_member(b'"x":1_000'), json("6"))


@case
def arabic_digits() -> Judged:
    """A number in Arabic-Indic digits."""
    return _broken(_member(b'"x":\xd9\xa1\xd9\xa2'), json("6"))


@case
def minus_alone() -> Judged:
    """A minus sign without a number."""
    return _broken(_member(b'"x":-'), json("6"))


@case
def raw_newline() -> Judged:
    """A line feed inside a string."""
    return _broken(_member(b'"x":"a\nb"'), json("7"))


@case
def raw_tab() -> Judged:
    """A tab inside a string."""
    return _broken(_member(b'"x":"a\tb"'), json("7"))


@case
def raw_nul() -> Judged:
    """A NUL inside a string: json.loads with strict=False takes it."""
    return _broken(_member(b'"x":"a\0b"'), json("7"))


@case
def hex_escape() -> Judged:
    r"""The escape sequence \x41."""
    return _broken(_member(b'"x":"\\x41"'), json("7"))


@case
def quote_escape() -> Judged:
    """The escape sequence of a single quote."""
    return _broken(_member(b'"x":"\\\'"'), json("7"))


@case
def capital_u_escape() -> Judged:
    r"""The escape sequence \U00000041."""
    return _broken(_member(b'"x":"\\U00000041"'), json("7"))


@case
def short_escape() -> Judged:
    r"""The escape sequence \u with three digits."""
    return _broken(_member(b'"x":"\\u041"'), json("7"))


@case
def spaced_escape() -> Judged:
    r"""The escape sequence \u with a sign and a blank among its digits: int() would take them."""
    return _broken(_member(b'"x":"\\u+ 41"'), json("7"))


table(
    __name__,
    _broken,
    ("missing_colon", "A name without a colon.", _member(b'"x" 1')),
    ("missing_comma", "Two claims without a comma between them.", _TEXT.replace(b',"sun"', b' "sun"')),
    ("missing_value", "A name and a colon without a value.", _member(b'"x":')),
    ("leading_comma", "A comma before the first claim.", b"{," + _TEXT[1:]),
    ("number_as_name", "A claim whose name is a number.", _member(b"1:1")),
)


@case
def unclosed_arrays() -> Judged:
    """20,000 opening brackets and no closing one: deep and broken."""
    return token(claims=b"[" * 20_000).invalid("claims.json", sources=(*_JSON, json("9")))
