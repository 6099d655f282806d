"""nbf: optional, and where present the moment before which the token must be refused; Slurm does not read it.

The seconds around now are in topic edge.
"""

from functools import partial

from slurm_jwt_vectors.build import FUTURE, PAST, Judged, Raw, claims, token
from slurm_jwt_vectors.registry import add, case
from slurm_jwt_vectors.sources import ijson, issue, json, jwt

_RULE = (jwt("4.1.5"), jwt("2"))
_SIZE = "RFC 8259 6 lets a parser set limits on numbers; RFC 7493 2.2 asks for integers within 2^53 - 1."
_BEYOND = "The number is beyond what all software reads, and whoever reads it finds a time to come."


def _valid(value: object) -> Judged:
    return token(claims=claims(nbf=value)).valid(sources=_RULE)


def _early(value: object) -> Judged:
    return token(claims=claims(nbf=value)).invalid("nbf.reached", sources=(jwt("4.1.5"),), twin="nbf.past")


def _no_number(value: object) -> Judged:
    return token(claims=claims(nbf=value)).invalid("nbf.number", sources=_RULE, twin="nbf.past")


@case
def past() -> Judged:
    """Since 2020."""
    return _valid(PAST)


@case
def zero() -> Judged:
    """Since 1970."""
    return _valid(0)


@case
def negative() -> Judged:
    """Since before 1970."""
    return _valid(-1)


@case
def before_iat() -> Judged:
    """A minute before iat, as issuers set it to allow for clocks."""
    return _valid(PAST - 60)


@case
def float_half() -> Judged:
    """A fraction: the page says nothing of nbf, and RFC 7519 allows it."""
    return _valid(Raw(f"{PAST}.5"))


@case
def exponent() -> Judged:
    """A number with an exponent."""
    return _valid(Raw("1.5778368e9"))


@case
def smallest_exact_integer() -> Judged:
    """-(2^53 - 1)."""
    return _valid(-(2**53) + 1)


@case
def minus_2_53() -> Judged:
    """-2^53: one beyond what all software reads."""
    return token(claims=claims(nbf=-(2**53))).either(
        _SIZE, "claims.numbers", sources=(json("6"), ijson("2.2")), twin="nbf.smallest-exact-integer"
    )


@case
def negative_overflow() -> Judged:
    """-1e400: since ever."""
    return token(claims=claims(nbf=Raw("-1e400"))).either(
        _SIZE, "claims.numbers", sources=(json("6"), ijson("2.2")), twin="nbf.smallest-exact-integer"
    )


@case
def capital_name() -> Judged:
    """NBF in the future: another claim, which nobody knows."""
    return token(claims=claims(NBF=FUTURE - 1)).valid(sources=(jwt("4"),))


for _name, _purpose, _value in (
    ("ahead", "Not before the end of 2099.", FUTURE - 1),
    ("same_as_exp", "nbf and exp the same second: a token that never lives.", FUTURE),
    ("after_exp", "nbf after exp.", FUTURE + 3600),
    ("milliseconds", "The year 2020 in milliseconds: far ahead in seconds.", PAST * 1000),
    ("float_ahead", "A fraction in 2099.", Raw(f"{FUTURE - 1}.5")),
):
    add(__name__, _name, _purpose, partial(_early, _value))


@case
def integer_2_63() -> Judged:
    """2^63."""
    return token(claims=claims(nbf=2**63)).invalid(
        "claims.numbers", "nbf.reached", sources=(json("6"), jwt("4.1.5")), why=_BEYOND, twin="nbf.past"
    )


@case
def overflow() -> Judged:
    """1e400."""
    return token(claims=claims(nbf=Raw("1e400"))).invalid(
        "claims.numbers",
        "nbf.reached",
        sources=(json("6"), jwt("4.1.5"), issue("mpdavis/python-jose", 420)),
        why=_BEYOND,
        twin="nbf.past",
    )


@case
def nan() -> Judged:
    """NaN: no JSON, and in Python neither before nor after now."""
    return token(claims=claims(nbf=Raw("NaN"))).invalid("claims.json", sources=(json("6"),), twin="nbf.past")


@case
def string() -> Judged:
    """A string of digits."""
    return _no_number(str(PAST))


@case
def string_empty() -> Judged:
    """An empty string."""
    return _no_number("")


@case
def null() -> Judged:
    """null."""
    return _no_number(None)


@case
def true() -> Judged:
    """true."""
    return _no_number(True)


@case
def false() -> Judged:
    """false."""
    return _no_number(False)


@case
def array() -> Judged:
    """An array."""
    return _no_number([PAST])


@case
def object_() -> Judged:
    """An object."""
    return _no_number({})


@case
def integer_2_63_less_1() -> Judged:
    """2^63 - 1: the last integer that libjwt reads."""
    return token(claims=claims(nbf=2**63 - 1)).invalid(
        "claims.numbers", "nbf.reached", sources=(json("6"), jwt("4.1.5")), why=_BEYOND, twin="nbf.past"
    )
