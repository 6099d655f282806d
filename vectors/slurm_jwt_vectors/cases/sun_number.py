"""sun made of digits: by POSIX a user name like others, which Slurm takes for a uid when no user has it."""

from slurm_jwt_vectors.build import Judged, claims, token
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import PAGE_SUN, POSIX_CHARACTERS, POSIX_NAME

_NAME = (PAGE_SUN, POSIX_NAME, POSIX_CHARACTERS)
_OPEN = "POSIX.1-2017 3.437 makes only the portable characters portable, and leaves others to the system."


def _valid(name: str) -> Judged:
    return token(claims=claims(sun=name)).valid(sources=_NAME)


def _odd(name: str) -> Judged:
    return token(claims=claims(sun=name)).either(_OPEN, "sun.posix", sources=_NAME, twin="sun-number.zero")


@case
def zero() -> Judged:
    """0: a portable user name; Slurm takes it for root."""
    return _valid("0")


@case
def two_zeros() -> Judged:
    """00: another name, and to strtol root again."""
    return _valid("00")


@case
def uid_of_alice() -> Judged:
    """2001, the uid of alice in the laboratory."""
    return _valid("2001")


@case
def padded_uid() -> Judged:
    """002001: with leading zeros."""
    return _valid("002001")


@case
def unknown_uid() -> Judged:
    """54321: no user's uid."""
    return _valid("54321")


@case
def int_max() -> Judged:
    """2147483647: the largest uid that Slurm took up to 23.11."""
    return _valid("2147483647")


@case
def int_max_plus_1() -> Judged:
    """2147483648: one more."""
    return _valid("2147483648")


@case
def uint_max() -> Judged:
    """4294967295: -1 as an unsigned uid, which stands for nobody at all."""
    return _valid("4294967295")


@case
def wrapped_zero() -> Judged:
    """4294967296: 2^32, which 32 bits cut to 0."""
    return _valid("4294967296")


@case
def wrapped_long() -> Judged:
    """18446744073709551616: 2^64, which 64 bits cut to 0."""
    return _valid("18446744073709551616")


@case
def hexadecimal() -> Judged:
    """0x0: hexadecimal to strtol with base 0, letters and digits to POSIX."""
    return _valid("0x0")


@case
def fraction() -> Judged:
    """0.0: digits and a period, all portable."""
    return _valid("0.0")


@case
def exponent() -> Judged:
    """0e0: a number to some languages."""
    return _valid("0e0")


@case
def digits_and_letter() -> Judged:
    """0a: digits first, then a letter; atoi reads 0."""
    return _valid("0a")


@case
def plus_zero() -> Judged:
    """+0: a sign is not portable, and strtol skips it."""
    return _odd("+0")


@case
def minus_zero() -> Judged:
    """-0: starts with a hyphen, and to strtol it is 0."""
    return _odd("-0")


@case
def minus_one() -> Judged:
    """-1: starts with a hyphen, and as a uid stands for nobody at all."""
    return _odd("-1")


@case
def leading_blank() -> Judged:
    """A blank and 0: strtol skips the blank."""
    return _odd(" 0")


@case
def leading_newline() -> Judged:
    """A line feed and 0: strtol skips the line feed."""
    return _odd("\n0")


@case
def trailing_blank() -> Judged:
    """0 and a blank: strtol stops there."""
    return _odd("0 ")


@case
def fullwidth_zero() -> Judged:
    """A fullwidth digit zero, which int() in Python takes for 0."""
    return _odd("\uff10")


@case
def thousands() -> Judged:
    """2,001 with its comma."""
    return _odd("2,001")
