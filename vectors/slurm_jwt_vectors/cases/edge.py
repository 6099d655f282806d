"""The seconds around now, 2030-01-01T00:00:00Z: no leeway is documented, and every second counts.

These verdicts hold at that moment only, so the verifier's clock must be set.
"""

from slurm_jwt_vectors.build import NOW, Judged, Raw, Token, claims, token
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import PAGE_EXP, PAGE_IAT, PAGE_SCONTROL, issue, jwt

_EXP = (jwt("4.1.4"), PAGE_EXP)
_NBF = (jwt("4.1.5"),)
_IAT = (jwt("4.1.6"), PAGE_IAT)
_AHEAD = "The page calls iat the date of creation, which is past; RFC 7519 4.1.6 asks for no check."
_INTEGER = "RFC 7519 2 allows any number as NumericDate; the page asks for a Unix timestamp."


def _token(**members: object) -> Token:
    return token(claims=claims(members)).on_edge()


def _expired(seconds_ago: int) -> Judged:
    return _token(exp=NOW - seconds_ago).invalid("exp.unexpired", sources=_EXP, twin="edge.exp-now-plus-1")


def _early(seconds: int) -> Judged:
    return _token(nbf=NOW + seconds).invalid("nbf.reached", sources=_NBF, twin="edge.nbf-now")


def _ahead(seconds: int) -> Judged:
    return _token(iat=NOW + seconds).either(
        _AHEAD, "iat.reached", sources=(*_IAT, issue("jpadilla/pyjwt", 854)), twin="edge.iat-now"
    )


@case
def fresh_from_scontrol() -> Judged:
    """A token of this second for 1,800 seconds, as `scontrol token` makes it."""
    return _token(exp=NOW + 1800, iat=NOW).valid(sources=(PAGE_SCONTROL, PAGE_EXP, PAGE_IAT))


@case
def last_second_of_scontrol() -> Judged:
    """A token made 1,799 seconds ago for 1,800 seconds."""
    return _token(exp=NOW + 1, iat=NOW - 1799).valid(sources=(PAGE_SCONTROL, jwt("4.1.4")))


@case
def end_of_scontrol() -> Judged:
    """A token made 1,800 seconds ago for 1,800 seconds: over; Slurm grants one second more."""
    return _token(exp=NOW, iat=NOW - 1800).invalid(
        "exp.unexpired", sources=(PAGE_SCONTROL, *_EXP), twin="edge.last-second-of-scontrol"
    )


@case
def infinite_lifespan() -> Judged:
    """A lifespan of 2^31 - 2 seconds, which scontrol calls infinite."""
    return _token(exp=NOW + 2**31 - 2, iat=NOW).valid(sources=(PAGE_SCONTROL, *_EXP))


@case
def no_lifespan() -> Judged:
    """Made and expired in this very second."""
    return _token(exp=NOW, iat=NOW).invalid("exp.unexpired", sources=_EXP, twin="edge.one-second-lifespan")


@case
def one_second_lifespan() -> Judged:
    """Made in this second, for one second."""
    return _token(exp=NOW + 1, iat=NOW).valid(sources=(*_EXP, *_IAT))


@case
def negative_lifespan() -> Judged:
    """Made now, expired a minute ago, as old scontrol makes tokens for lifespan=-60."""
    return _token(exp=NOW - 60, iat=NOW).invalid(
        "exp.unexpired", sources=_EXP, twin="edge.one-second-lifespan"
    )


@case
def exp_now_plus_1() -> Judged:
    """One second left."""
    return _token(exp=NOW + 1).valid(sources=_EXP)


table(
    __name__,
    _expired,
    ("exp_now", "exp names this very second: on or after it a token must not be accepted.", 0),
    ("exp_1_second_ago", "Expired a second ago.", 1),
    ("exp_10_seconds_ago", "Expired ten seconds ago, within a common leeway.", 10),
    ("exp_30_seconds_ago", "Expired half a minute ago, within a common leeway.", 30),
    ("exp_59_seconds_ago", "Expired 59 seconds ago: jwcrypto's hidden minute has a second left.", 59),
    ("exp_60_seconds_ago", "Expired a minute ago.", 60),
    ("exp_61_seconds_ago", "Expired 61 seconds ago.", 61),
    ("exp_5_minutes_ago", "Expired five minutes ago, the leeway of some identity software.", 300),
    ("exp_1_hour_ago", "Expired an hour ago: a clock an hour off, or a wrong time zone.", 3600),
    ("exp_1_day_ago", "Expired a day ago.", 86400),
)


@case
def exp_in_2038() -> Judged:
    """2^31 - 1: the last second of signed 32-bit times."""
    return _token(exp=2**31 - 1).valid(sources=_EXP)


@case
def exp_after_2038() -> Judged:
    """2^31: negative in signed 32 bits."""
    return _token(exp=2**31).valid(sources=_EXP)


@case
def exp_half_second_left() -> Judged:
    """Half a second left."""
    return _token(exp=Raw(f"{NOW}.5")).either(
        _INTEGER, "exp.integer", sources=(*_EXP, jwt("2")), twin="edge.exp-now-plus-1"
    )


@case
def exp_half_second_ago() -> Judged:
    """Expired half a second ago."""
    return _token(exp=Raw(f"{NOW - 1}.5")).invalid(
        "exp.integer",
        "exp.unexpired",
        sources=(*_EXP, jwt("2")),
        why="Whether or not a verifier reads fractions, the token is expired.",
        twin="edge.exp-now-plus-1",
    )


@case
def exp_now_as_float() -> Judged:
    """The very second, as a float."""
    return _token(exp=Raw(f"{NOW}.0")).invalid(
        "exp.integer",
        "exp.unexpired",
        sources=(*_EXP, jwt("2")),
        why="Whether or not a verifier reads fractions, the token is expired.",
        twin="edge.exp-now-plus-1",
    )


@case
def nbf_now() -> Judged:
    """nbf names this very second: it is reached."""
    return _token(nbf=NOW).valid(sources=_NBF)


@case
def nbf_1_second_ago() -> Judged:
    """nbf was a second ago."""
    return _token(nbf=NOW - 1).valid(sources=_NBF)


table(
    __name__,
    _early,
    ("nbf_in_1_second", "nbf is a second ahead.", 1),
    ("nbf_in_30_seconds", "nbf is half a minute ahead, within a common leeway.", 30),
    ("nbf_in_60_seconds", "nbf is a minute ahead.", 60),
    ("nbf_in_61_seconds", "nbf is 61 seconds ahead.", 61),
    ("nbf_in_5_minutes", "nbf is five minutes ahead.", 300),
    ("nbf_in_1_hour", "nbf is an hour ahead: a clock an hour off, or a wrong time zone.", 3600),
)


@case
def nbf_in_half_a_second() -> Judged:
    """nbf is half a second ahead."""
    return _token(nbf=Raw(f"{NOW}.5")).invalid(
        "nbf.reached", sources=(*_NBF, jwt("2")), twin="edge.nbf-half-a-second-ago"
    )


@case
def nbf_half_a_second_ago() -> Judged:
    """nbf was half a second ago."""
    return _token(nbf=Raw(f"{NOW - 1}.5")).valid(sources=(*_NBF, jwt("2")))


@case
def iat_now() -> Judged:
    """Made in this very second."""
    return _token(iat=NOW).valid(sources=_IAT)


@case
def iat_1_second_ago() -> Judged:
    """Made a second ago."""
    return _token(iat=NOW - 1).valid(sources=_IAT)


@case
def iat_in_1_second() -> Judged:
    """Made a second from now, by a clock that is a little fast."""
    return _ahead(1)


@case
def iat_in_1_minute() -> Judged:
    """Made a minute from now."""
    return _ahead(60)


@case
def iat_in_1_hour() -> Judged:
    """Made an hour from now: a wrong time zone."""
    return _ahead(3600)


@case
def iat_in_half_a_second() -> Judged:
    """Made half a second from now, by time.time() and another clock."""
    return _token(iat=Raw(f"{NOW}.5")).either(
        f"{_INTEGER} {_AHEAD}", "iat.integer", "iat.reached", sources=(*_IAT, jwt("2")), twin="edge.iat-now"
    )


@case
def all_three_now() -> Judged:
    """iat and nbf now, exp a second ahead: the narrowest token that lives."""
    return _token(exp=NOW + 1, iat=NOW, nbf=NOW).valid(sources=(*_EXP, *_NBF, *_IAT))


@case
def never_alive() -> Judged:
    """Expired and not yet valid at once: nbf lies an hour after exp, and now lies between."""
    return _token(exp=NOW - 1800, nbf=NOW + 1800).invalid(
        "exp.unexpired",
        "nbf.reached",
        sources=(*_EXP, *_NBF),
        why="The token's life would begin after its end.",
        twin="edge.all-three-now",
    )
