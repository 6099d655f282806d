"""sun made of digits: by POSIX a user name like others, which Slurm takes for a uid when no user has it."""

from slurm_jwt_vectors.build import Judged, claims, token
from slurm_jwt_vectors.registry import table
from slurm_jwt_vectors.sources import PAGE_SUN, POSIX_CHARACTERS, POSIX_NAME

_NAME = (PAGE_SUN, POSIX_NAME, POSIX_CHARACTERS)
_OPEN = "POSIX.1-2017 3.437 makes only the portable characters portable, and leaves others to the system."


def _valid(name: str) -> Judged:
    return token(claims=claims(sun=name)).valid(sources=_NAME)


def _odd(name: str) -> Judged:
    return token(claims=claims(sun=name)).either(_OPEN, "sun.posix", sources=_NAME, twin="sun-number.zero")


table(
    __name__,
    _valid,
    ("zero", "0: a portable user name; Slurm takes it for root.", "0"),
    ("two_zeros", "00: another name, and to strtol root again.", "00"),
    ("uid_of_alice", "2001, the uid of alice in the laboratory.", "2001"),
    ("padded_uid", "002001: with leading zeros.", "002001"),
    ("unknown_uid", "54321: no user's uid.", "54321"),
    ("int_max", "2147483647: the largest uid that Slurm took up to 23.11.", "2147483647"),
    ("int_max_plus_1", "2147483648: one more.", "2147483648"),
    ("uint_max", "4294967295: -1 as an unsigned uid, which stands for nobody at all.", "4294967295"),
    ("wrapped_zero", "4294967296: 2^32, which 32 bits cut to 0.", "4294967296"),
    ("wrapped_long", "18446744073709551616: 2^64, which 64 bits cut to 0.", "18446744073709551616"),
    ("hexadecimal", "0x0: hexadecimal to strtol with base 0, letters and digits to POSIX.", "0x0"),
    ("fraction", "0.0: digits and a period, all portable.", "0.0"),
    ("exponent", "0e0: a number to some languages.", "0e0"),
    ("digits_and_letter", "0a: digits first, then a letter; atoi reads 0.", "0a"),
)


table(
    __name__,
    _odd,
    ("plus_zero", "+0: a sign is not portable, and strtol skips it.", "+0"),
    ("minus_zero", "-0: starts with a hyphen, and to strtol it is 0.", "-0"),
    ("minus_one", "-1: starts with a hyphen, and as a uid stands for nobody at all.", "-1"),
    ("leading_blank", "A blank and 0: strtol skips the blank.", " 0"),
    ("leading_newline", "A line feed and 0: strtol skips the line feed.", "\n0"),
    ("trailing_blank", "0 and a blank: strtol stops there.", "0 "),
    ("fullwidth_zero", "A fullwidth digit zero, which int() in Python takes for 0.", "\uff10"),
    ("thousands", "2,001 with its comma.", "2,001"),
)
