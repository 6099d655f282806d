"""The claims as a whole: what a Slurm token must carry, what it may carry, and whose claims count."""

from slurm_jwt_vectors.build import CLAIMS, FUTURE, PAST, Judged, Raw, claims, json_text, token, without
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import PAGE_EXP, PAGE_IAT, PAGE_SCONTROL, PAGE_SUN, ijson, json, jwt

_REQUIRED = (PAGE_IAT, PAGE_EXP, PAGE_SUN)
_IGNORED = (jwt("4"), jwt("4.3"))
_OBJECT = (jwt("4"), jwt("7.2"))
_DEPTH = "RFC 8259 9 lets a parser set limits on the depth of nesting."
_NUMBERS = "RFC 8259 6 lets a parser set limits on numbers; RFC 7493 2.2 asks for integers within 2^53 - 1."
_UNICODE = "RFC 8259 8.2 allows lone surrogates and calls what parsers do with them unpredictable."


def _more(changes: dict[str, object] | None = None, /, **members: object) -> Judged:
    """The usual claims and others, which must be ignored."""
    return token(claims=claims(changes, **members)).valid(sources=_IGNORED)


def _no_object(text: bytes) -> Judged:
    return token(claims=text).invalid("claims.object", sources=_OBJECT)


def _nested(levels: int) -> Raw:
    return Raw("[" * levels + "]" * levels)


@case
def scontrol() -> Judged:
    """Byte for byte what `scontrol token` writes: the token that most other cases change in one thing."""
    return token().valid(sources=(PAGE_SCONTROL, *_REQUIRED))


@case
def other_order() -> Judged:
    """sun, iat, exp: the order of claims means nothing."""
    return token(claims={"sun": "alice", "iat": PAST, "exp": FUTURE}).valid(sources=(json("4"), *_REQUIRED))


@case
def golang_jwt() -> Judged:
    """The claims that Slinky and soperator write with golang-jwt: iss, jti and nbf among them."""
    more = {
        "exp": FUTURE,
        "iat": PAST,
        "iss": "slurm-operator",
        "jti": "8f6e2c1a",
        "nbf": PAST,
        "sun": "alice",
    }
    return token(claims=more).valid(sources=(jwt("4.1"), *_REQUIRED))


@case
def aws_pcs() -> Judged:
    """Claims as AWS PCS wants them: uid, gid and an id object beside sun."""
    identity = {"name": "alice", "gecos": "Alice", "dir": "/home/alice", "shell": "/bin/bash", "gids": [2001]}
    return _more(uid=2001, gid=2001, id=identity)


@case
def foreign_claims() -> Judged:
    """Claims of every JSON type that Slurm does not know."""
    return _more(a=None, b=True, c=1.5, d="text", e=["x", 1], f={"g": {}})


@case
def long_list_of_groups() -> Judged:
    """A claim with 500 groups, as directories hand them out."""
    return _more(groups=[f"cn=project{n},ou=groups" for n in range(500)])


@case
def empty_claim_name() -> Judged:
    """A claim whose name is empty."""
    return _more({"": "value"})


@case
def proto_claim() -> Judged:
    """A claim __proto__ with another sun, which some JavaScript takes for the object's prototype."""
    return _more({"__proto__": {"sun": "root"}})


@case
def nested_sun() -> Judged:
    """Another sun inside a foreign claim."""
    return _more(id={"sun": "root"})


@case
def fraction_in_foreign_claim() -> Judged:
    """auth_time with a fraction, as Canaille writes it: only iat and exp are asked to be integers."""
    return _more(auth_time=1577836800.25)


@case
def other_case_names() -> Judged:
    """SUN, EXP and IAT with other values beside the right claims: names are case-sensitive."""
    return _more(SUN="root", EXP=0, IAT="never")


@case
def empty_object() -> Judged:
    """No claims at all."""
    return token(claims={}).invalid(
        "sun.required",
        "iat.required",
        "exp.required",
        sources=_REQUIRED,
        why="All three required claims are missing at once.",
    )


@case
def within_a_claim() -> Judged:
    """The three claims inside another one."""
    return token(claims={"slurm": CLAIMS}).invalid(
        "sun.required",
        "iat.required",
        "exp.required",
        sources=_REQUIRED,
        why="All three required claims are missing where they are looked for.",
    )


@case
def only_sun() -> Judged:
    """sun alone."""
    return token(claims={"sun": "alice"}).invalid(
        "iat.required", "exp.required", sources=(PAGE_IAT, PAGE_EXP), why="Both times are missing."
    )


table(
    __name__,
    _no_object,
    ("array", "The claims inside an array.", b"[" + json_text(CLAIMS) + b"]"),
    (
        "array_of_pairs",
        "An array of pairs, which dict() and Object.fromEntries take.",
        b'[["exp",4102444800],["iat",1577836800],["sun","alice"]]',
    ),
    ("empty_array", "An empty array: in PHP the same as an empty object.", b"[]"),
    ("string", "The user's name as a JSON string.", b'"alice"'),
    (
        "string_of_claims",
        "The claims as JSON within a JSON string: encoded twice.",
        b'"{\\"exp\\":4102444800,\\"iat\\":1577836800,\\"sun\\":\\"alice\\"}"',
    ),
    ("number", "A number.", b"4102444800"),
    ("null", "null.", b"null"),
    ("true", "true.", b"true"),
)


@case
def depth_64() -> Judged:
    """64 levels: the claims and 63 arrays within."""
    return token(claims=claims(x=_nested(63))).valid(sources=(json("9"),))


@case
def depth_65() -> Judged:
    """65 levels: the claims and 64 arrays within."""
    return token(claims=claims(x=_nested(64))).either(
        _DEPTH, "claims.depth", sources=(json("9"),), twin="claims.depth-64"
    )


@case
def depth_of_objects() -> Judged:
    """101 levels of objects."""
    value = Raw('{"x":' * 99 + "{}" + "}" * 99)
    return token(claims=claims(x=value)).either(
        _DEPTH, "claims.depth", sources=(json("9"),), twin="claims.depth-64"
    )


@case
def depth_2001() -> Judged:
    """2,001 levels: beyond Python's limit on recursion, within the 2,048 of libjwt's parser."""
    return token(claims=claims(x=_nested(2000))).either(
        _DEPTH, "claims.depth", sources=(json("9"),), twin="claims.depth-64"
    )


@case
def depth_3001() -> Judged:
    """3,001 levels: beyond every usual limit."""
    return token(claims=claims(x=_nested(3000))).either(
        _DEPTH, "claims.depth", sources=(json("9"),), twin="claims.depth-64"
    )


@case
def wide_arrays() -> Judged:
    """A thousand empty arrays side by side: many brackets, three levels."""
    return token(claims=claims(x=[[] for _ in range(1000)])).valid(sources=(json("9"),))


@case
def largest_exact_integer() -> Judged:
    """2^53 - 1 in a foreign claim."""
    return _more(x=2**53 - 1)


@case
def smallest_exact_integer() -> Judged:
    """-(2^53 - 1) in a foreign claim."""
    return _more(x=-(2**53) + 1)


def _inexact(value: object) -> Judged:
    return token(claims=claims(x=value)).either(
        _NUMBERS,
        "claims.numbers",
        sources=(json("6"), ijson("2.2")),
        twin="claims.largest-exact-integer",
    )


table(
    __name__,
    _inexact,
    ("integer_2_53", "2^53 in a foreign claim: doubles cannot tell it from the next.", 2**53),
    ("integer_minus_2_53", "-2^53 in a foreign claim.", -(2**53)),
    ("integer_2_63_less_1", "2^63 - 1 in a foreign claim: the last one that libjwt reads.", 2**63 - 1),
    ("integer_2_63", "2^63 in a foreign claim: libjwt refuses the whole token.", 2**63),
    ("integer_in_array", "2^64 deep inside a foreign claim.", [{"y": 2**64}]),
    ("overflow", "1e400 in a foreign claim: doubles end before it.", Raw("1e400")),
    ("negative_overflow", "-1e400 in a foreign claim.", Raw("-1e400")),
    (
        "five_thousand_digits",
        "An integer of 5,000 digits in a foreign claim: Python's int() refuses to read it.",
        Raw("9" * 5000),
    ),
)


@case
def underflow() -> Judged:
    """1e-400 in a foreign claim: it becomes zero, and nothing overflows."""
    return _more(x=Raw("1e-400"))


@case
def surrogate_pair() -> Judged:
    """An escaped pair of surrogates in a foreign claim: one character beyond the basic plane."""
    return _more(name=Raw('"\\ud83d\\ude00"'))


@case
def lone_surrogate() -> Judged:
    """An escaped surrogate without its other half in a foreign claim."""
    return token(claims=claims(name=Raw('"\\ud83d"'))).either(
        _UNICODE, "claims.unicode", sources=(json("8.2"), ijson("2.1")), twin="claims.surrogate-pair"
    )


@case
def low_surrogate_first() -> Judged:
    """Two escaped surrogates in the wrong order in a foreign claim."""
    return token(claims=claims(name=Raw('"\\ude00\\ud83d"'))).either(
        _UNICODE, "claims.unicode", sources=(json("8.2"), ijson("2.1")), twin="claims.surrogate-pair"
    )


@case
def lone_surrogate_in_name() -> Judged:
    """An escaped surrogate without its other half in a claim's name."""
    text = b'{"exp":4102444800,"iat":1577836800,"sun":"alice","\\ud83d":1}'
    return (
        token(claims=text)
        .acting_as("alice")
        .either(_UNICODE, "claims.unicode", sources=(json("8.2"), ijson("2.1")))
    )


@case
def escaped_backslash() -> Judged:
    """A backslash and the letters ud83d in a foreign claim: text that only looks like a surrogate."""
    return _more(name="\\ud83d")


@case
def claim_in_header_only() -> Judged:
    """sun in the header and not among the claims."""
    return token(header={"alg": "HS256", "typ": "JWT", "sun": "root"}, claims=without(CLAIMS, "sun")).invalid(
        "sun.required", sources=(PAGE_SUN, jwt("5.3")), twin="header.sun-in-header"
    )


@case
def integer_2_64() -> Judged:
    """2^64 in a foreign claim: 64 bits cut it to 0."""
    return _inexact(2**64)
