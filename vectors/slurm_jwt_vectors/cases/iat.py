"""iat: when the token was made; the page demands it as a Unix timestamp, though no Slurm release reads it.

The seconds around now are in topic edge.
"""

from functools import partial

from slurm_jwt_vectors.build import CLAIMS, FUTURE, PAST, Judged, Raw, claims, token, without
from slurm_jwt_vectors.registry import add, case, table
from slurm_jwt_vectors.sources import PAGE_IAT, ijson, issue, json, jwt

_NUMBER = (jwt("2"), jwt("4.1.6"), PAGE_IAT)
_INTEGER = "RFC 7519 2 allows any number as NumericDate; the page asks for a Unix timestamp."
_SIZE = "RFC 8259 6 lets a parser set limits on numbers; RFC 7493 2.2 asks for integers within 2^53 - 1."
_AHEAD = "The page calls iat the date of creation, which is past; RFC 7519 4.1.6 asks for no check."


def _valid(value: object) -> Judged:
    return token(claims=claims(iat=value)).valid(sources=_NUMBER)


def _no_number(value: object) -> Judged:
    return token(claims=claims(iat=value)).invalid("iat.number", sources=_NUMBER)


def _no_integer(spelling: str) -> Judged:
    return token(claims=claims(iat=Raw(spelling))).either(_INTEGER, "iat.integer", sources=_NUMBER)


def _ahead(value: int) -> Judged:
    return token(claims=claims(iat=value)).either(
        _AHEAD, "iat.reached", sources=(jwt("4.1.6"), PAGE_IAT, issue("jpadilla/pyjwt", 854))
    )


@case
def missing() -> Judged:
    """No iat: no Slurm release minds, and no library, but the page demands it."""
    return token(claims=without(CLAIMS, "iat")).invalid("iat.required", sources=(PAGE_IAT,))


@case
def capital_name() -> Judged:
    """IAT instead of iat: claim names are case-sensitive."""
    return token(claims={**without(CLAIMS, "iat"), "IAT": PAST}).invalid("iat.required", sources=(PAGE_IAT,))


@case
def nbf_instead() -> Judged:
    """nbf and no iat, as some libraries write by default."""
    return token(claims={**without(CLAIMS, "iat"), "nbf": PAST}).invalid("iat.required", sources=(PAGE_IAT,))


table(
    __name__,
    _valid,
    ("zero", "0: the first second of 1970, and false to careless code.", 0),
    ("minus_one", "-1: a second before 1970.", -1),
    ("minus_zero", "-0: the first second of 1970, with a sign.", Raw("-0")),
    ("one", "The first second of 1970.", 1),
    ("smallest_exact_integer", "-(2^53 - 1).", -(2**53) + 1),
)


@case
def minus_2_53() -> Judged:
    """-2^53: one beyond what all software reads."""
    return token(claims=claims(iat=-(2**53))).either(
        _SIZE, "claims.numbers", sources=(json("6"), ijson("2.2")), twin="iat.smallest-exact-integer"
    )


@case
def minus_2_63() -> Judged:
    """-2^63: the last that libjwt reads."""
    return token(claims=claims(iat=-(2**63))).either(
        _SIZE, "claims.numbers", sources=(json("6"), ijson("2.2")), twin="iat.smallest-exact-integer"
    )


for _name, _purpose, _value in (
    ("ahead", "The last second but one of 2099: made in the future.", FUTURE - 1),
    ("same_as_exp", "iat and exp the same second in 2100: a token that never lives, if iat counts.", FUTURE),
    ("after_exp", "iat a second after exp.", FUTURE + 1),
    (
        "milliseconds",
        "The year 2020 in milliseconds, as JavaScript's Date.now() gives it: far ahead in seconds.",
        PAST * 1000,
    ),
    ("largest_exact_integer", "2^53 - 1: far ahead.", 2**53 - 1),
):
    add(__name__, _name, _purpose, partial(_ahead, _value))


@case
def integer_2_63() -> Judged:
    """2^63: far ahead, and libjwt refuses the whole token."""
    return token(claims=claims(iat=2**63)).either(
        f"{_SIZE} {_AHEAD}", "claims.numbers", "iat.reached", sources=(json("6"), jwt("4.1.6"))
    )


@case
def overflow() -> Judged:
    """1e400."""
    return token(claims=claims(iat=Raw("1e400"))).either(
        f"{_SIZE} {_INTEGER} {_AHEAD}",
        "claims.numbers",
        "iat.integer",
        "iat.reached",
        sources=(json("6"), *_NUMBER, issue("mpdavis/python-jose", 420)),
    )


@case
def after_exp_both_past() -> Judged:
    """iat after exp, both long past."""
    return token(claims=claims(iat=PAST + 1, exp=PAST)).invalid(
        "exp.unexpired", sources=(jwt("4.1.4"),), twin="claims.scontrol"
    )


@case
def float_whole() -> Judged:
    """A float without a fraction."""
    return _no_integer(f"{PAST}.0")


@case
def float_half() -> Judged:
    """A float, as time.time() gives it."""
    return _no_integer(f"{PAST}.5")


@case
def exponent() -> Judged:
    """1.5778368e9: the same number in another spelling."""
    return _no_integer("1.5778368e9")


@case
def nan() -> Judged:
    """NaN: no JSON."""
    return token(claims=claims(iat=Raw("NaN"))).invalid("claims.json", sources=(json("6"),))


table(
    __name__,
    _no_number,
    ("string", "A string of digits.", str(PAST)),
    ("string_iso", "A date in ISO 8601.", "2020-01-01T00:00:00Z"),
    ("string_empty", "An empty string.", ""),
    ("null", "null: neither absent nor a time.", None),
    ("true", "true, which is 1 in Python.", True),
    ("false", "false.", False),
)


@case
def array() -> Judged:
    """An array with the time."""
    return token(claims=claims(iat=[PAST])).invalid(
        "iat.number", sources=(*_NUMBER, issue("mpdavis/python-jose", 420))
    )


@case
def object_() -> Judged:
    """An object."""
    return _no_number({"seconds": PAST})


@case
def integer_2_63_less_1() -> Judged:
    """2^63 - 1: far ahead, and the last integer that libjwt reads."""
    return token(claims=claims(iat=2**63 - 1)).either(
        f"{_SIZE} {_AHEAD}", "claims.numbers", "iat.reached", sources=(json("6"), jwt("4.1.6"))
    )
