"""nbf: optional, and where present the moment before which the token must be refused; Slurm does not read it.

The seconds around now are in topic edge.
"""

from functools import partial

from slurm_jwt_vectors.build import FUTURE, PAST, Judged, Raw, claims, token
from slurm_jwt_vectors.registry import add, case, table
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


table(
    __name__,
    _valid,
    ("past", "Since 2020.", PAST),
    ("zero", "Since 1970.", 0),
    ("negative", "Since before 1970.", -1),
    ("before_iat", "A minute before iat, as issuers set it to allow for clocks.", PAST - 60),
    ("float_half", "A fraction: the page says nothing of nbf, and RFC 7519 allows it.", Raw(f"{PAST}.5")),
    ("exponent", "A number with an exponent.", Raw("1.5778368e9")),
    ("smallest_exact_integer", "-(2^53 - 1).", -(2**53) + 1),
)


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


table(
    __name__,
    _no_number,
    ("string", "A string of digits.", str(PAST)),
    ("string_empty", "An empty string.", ""),
    ("null", "null.", None),
    ("true", "true.", True),
    ("false", "false.", False),
    ("array", "An array.", [PAST]),
    ("object_", "An object.", {}),
)


@case
def integer_2_63_less_1() -> Judged:
    """2^63 - 1: the last integer that libjwt reads."""
    return token(claims=claims(nbf=2**63 - 1)).invalid(
        "claims.numbers", "nbf.reached", sources=(json("6"), jwt("4.1.5")), why=_BEYOND, twin="nbf.past"
    )
