"""exp: the second from which a token is refused; an integer, since the page says Unix timestamp.

The seconds around now are in topic edge.
"""

from slurm_jwt_vectors.build import CLAIMS, FUTURE, Judged, Raw, claims, token, without
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import PAGE_EXP, ijson, issue, json, jwt

_EXPIRED = (jwt("4.1.4"), PAGE_EXP)
_NUMBER = (jwt("2"), jwt("4.1.4"), PAGE_EXP)
_INTEGER = "RFC 7519 2 allows any number as NumericDate; the page asks for a Unix timestamp."
_SIZE = "RFC 8259 6 lets a parser set limits on numbers; RFC 7493 2.2 asks for integers within 2^53 - 1."
_LARGE = (json("6"), ijson("2.2"), issue("jpadilla/pyjwt", 1171))


def _valid(value: object) -> Judged:
    return token(claims=claims(exp=value)).valid(sources=_NUMBER)


def _expired(value: object) -> Judged:
    return token(claims=claims(exp=value)).invalid("exp.unexpired", sources=_EXPIRED)


def _no_number(value: object) -> Judged:
    return token(claims=claims(exp=value)).invalid("exp.number", sources=_NUMBER)


def _no_integer(spelling: str) -> Judged:
    return token(claims=claims(exp=Raw(spelling))).either(_INTEGER, "exp.integer", sources=_NUMBER)


def _large(value: int) -> Judged:
    return token(claims=claims(exp=value)).either(
        _SIZE, "claims.numbers", sources=_LARGE, twin="exp.largest-exact-integer"
    )


@case
def missing() -> Judged:
    """A token without exp never ends; the page demands exp."""
    return token(claims=without(CLAIMS, "exp")).invalid("exp.required", sources=(PAGE_EXP,))


@case
def capital_name() -> Judged:
    """Exp instead of exp: claim names are case-sensitive."""
    return token(claims={"Exp": FUTURE, **without(CLAIMS, "exp")}).invalid(
        "exp.required", sources=(PAGE_EXP,)
    )


@case
def long_name() -> Judged:
    """expires instead of exp."""
    return token(claims={"expires": FUTURE, **without(CLAIMS, "exp")}).invalid(
        "exp.required", sources=(PAGE_EXP,)
    )


@case
def expires_in() -> Judged:
    """expires_in instead of exp: a duration, as OAuth responses carry it."""
    return token(claims={"expires_in": 1800, **without(CLAIMS, "exp")}).invalid(
        "exp.required", sources=(PAGE_EXP,)
    )


table(
    __name__,
    _expired,
    ("past", "Expired in 2020.", 1577836801),
    (
        "nine_digits",
        "999999999, in 2001: long past, though as text it comes after any moment of today.",
        999_999_999,
    ),
    ("duration", "1800: a lifespan taken for a moment, half an hour into 1970.", 1800),
    ("one", "The first second of 1970.", 1),
)


@case
def zero() -> Judged:
    """0: not "never", but 1 January 1970."""
    return _expired(0)


@case
def minus_zero() -> Judged:
    """-0: the first second of 1970, with a sign."""
    return _expired(Raw("-0"))


@case
def minus_one() -> Judged:
    """-1: not "never", but a second before 1970."""
    return _expired(-1)


@case
def negative() -> Judged:
    """The time in 2100 with a minus sign."""
    return _expired(-FUTURE)


@case
def minus_2_31() -> Judged:
    """-2^31: December 1901."""
    return _expired(-(2**31))


table(
    __name__,
    _valid,
    ("uint32_max", "2^32 - 1: in 2106, and -1 to code that cuts times to 32 bits.", 2**32 - 1),
    ("uint32_max_plus_1", "2^32: in 2106, and 0 to code that cuts times to 32 bits.", 2**32),
    ("year_9999", "The last second of the year 9999, where many calendars end.", 253402300799),
    ("year_10000", "The first second of the year 10000: datetime cannot hold it.", 253402300800),
    ("milliseconds", "The time in 2100 in milliseconds: by its number a day far beyond.", FUTURE * 1000),
    ("largest_exact_integer", "2^53 - 1, the last integer on which all software agrees.", 2**53 - 1),
)


table(
    __name__,
    _large,
    ("integer_2_53", "2^53.", 2**53),
    ("microseconds", "The time in 2300 in microseconds: more than 2^53.", 10_413_792_000_000_000),
    ("integer_2_63_less_1", "2^63 - 1, the last integer that Slurm reads.", 2**63 - 1),
    ("integer_2_63", "2^63: libjwt refuses the whole token.", 2**63),
    (
        "integer_2_64_and_past",
        "2^64 and a moment long past, which 64 bits cut to that moment.",
        2**64 + 1577836801,
    ),
    ("fifty_digits", "10^50.", 10**50),
)


@case
def minus_2_63() -> Judged:
    """-2^63: as expired as can be."""
    return token(claims=claims(exp=-(2**63))).invalid(
        "claims.numbers",
        "exp.unexpired",
        sources=(*_LARGE, *_EXPIRED),
        why="The integer is beyond what all software reads, and whoever reads it finds the token expired.",
        twin="exp.largest-exact-integer",
    )


table(
    __name__,
    _no_integer,
    ("float_whole", "A float without a fraction, as some JSON libraries write every number.", f"{FUTURE}.0"),
    ("float_half", "A float, as time.time() + 1800 gives it; Slurm calls the token expired.", f"{FUTURE}.5"),
    ("exponent", "4.1024448e9: the same number in another spelling.", "4.1024448e9"),
    ("exponent_of_integer", "41024448E2: an integer to mathematics, none to most parsers.", "41024448E2"),
    ("large_exponent", "1e300: a float that no integer type holds.", "1e300"),
)


@case
def float_past() -> Judged:
    """A float long past."""
    return token(claims=claims(exp=Raw("1577836800.5"))).invalid(
        "exp.integer",
        "exp.unexpired",
        sources=(*_NUMBER, *_EXPIRED),
        why="Whether or not a verifier reads fractions, the token is expired.",
    )


@case
def overflow() -> Judged:
    """1e400: infinity to most parsers, and then the token never ends."""
    return token(claims=claims(exp=Raw("1e400"))).either(
        f"{_INTEGER} {_SIZE}",
        "claims.numbers",
        "exp.integer",
        sources=(*_LARGE, *_NUMBER, issue("mpdavis/python-jose", 420)),
        twin="exp.largest-exact-integer",
    )


@case
def negative_overflow() -> Judged:
    """-1e400."""
    return token(claims=claims(exp=Raw("-1e400"))).invalid(
        "claims.numbers",
        "exp.integer",
        "exp.unexpired",
        sources=(*_LARGE, *_EXPIRED),
        why="The number is beyond all software, no integer, and long past to whoever reads it.",
    )


@case
def nan() -> Judged:
    """NaN: no JSON, and in Python neither before nor after any time."""
    return token(claims=claims(exp=Raw("NaN"))).invalid("claims.json", sources=(json("6"), *_NUMBER))


@case
def infinity() -> Judged:
    """Infinity: no JSON, and in Python after every time."""
    return token(claims=claims(exp=Raw("Infinity"))).invalid(
        "claims.json", sources=(json("6"), issue("mpdavis/python-jose", 420))
    )


@case
def minus_infinity() -> Judged:
    """-Infinity: no JSON."""
    return token(claims=claims(exp=Raw("-Infinity"))).invalid("claims.json", sources=(json("6"),))


@case
def leading_zero() -> Judged:
    """The time in 2100 with a leading zero: no JSON."""
    return token(claims=claims(exp=Raw(f"0{FUTURE}"))).invalid("claims.json", sources=(json("6"),))


table(
    __name__,
    _no_number,
    ("string", "A string of digits.", str(FUTURE)),
    ("string_iso", "A date in ISO 8601.", "2100-01-01T00:00:00Z"),
    ("string_empty", "An empty string.", ""),
    ("string_never", "The word infinite, as scontrol's lifespan may be called.", "infinite"),
    ("null", "null: neither absent nor a time.", None),
    ("true", "true, which is 1 in Python.", True),
    ("false", "false, which some code takes for no exp at all.", False),
)


@case
def array() -> Judged:
    """An array with the time."""
    return token(claims=claims(exp=[FUTURE])).invalid(
        "exp.number",
        sources=(*_NUMBER, "PyJWT pull request 1186 https://github.com/jpadilla/pyjwt/pull/1186"),
    )


@case
def empty_array() -> Judged:
    """An empty array."""
    return _no_number([])


@case
def object_() -> Judged:
    """An object, as MongoDB writes dates."""
    return _no_number({"$numberLong": str(FUTURE)})


@case
def integer_2_64() -> Judged:
    """2^64: 64 bits cut it to 0."""
    return _large(2**64)
