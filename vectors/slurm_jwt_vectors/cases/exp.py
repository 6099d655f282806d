"""exp: the second from which a token is refused; an integer, since the page says Unix timestamp."""

from slurm_jwt_vectors.build import CLAIMS, FUTURE, NOW, Judged, Raw, claims, token, without
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import PAGE_EXP, jwt


@case
def missing() -> Judged:
    """A token without exp never ends; the page demands exp."""
    return token(claims=without(CLAIMS, "exp")).invalid("exp.required", sources=(PAGE_EXP,))


@case
def past() -> Judged:
    """Expired in 2020."""
    return token(claims=claims(exp=1577836801)).invalid("exp.unexpired", sources=(jwt("4.1.4"), PAGE_EXP))


@case
def is_now() -> Judged:
    """exp names this very second: on or after it a token must not be accepted."""
    return (
        token(claims=claims(exp=NOW))
        .on_edge()
        .invalid("exp.unexpired", sources=(jwt("4.1.4"),), twin="exp.now-plus-1")
    )


@case
def now_plus_1() -> Judged:
    """One second left."""
    return token(claims=claims(exp=NOW + 1)).on_edge().valid(sources=(jwt("4.1.4"),))


@case
def float_whole() -> Judged:
    """Exp written as a float without a fraction, as Python's time.time() + 1800 may give it."""
    return token(claims=claims(exp=Raw(f"{FUTURE}.0"))).either(
        "RFC 7519 2 allows any number as NumericDate; the page asks for a Unix timestamp.",
        "exp.integer",
        sources=(PAGE_EXP, jwt("2")),
    )


@case
def string() -> Judged:
    """Exp as a string of digits."""
    return token(claims=claims(exp=str(FUTURE))).invalid("exp.number", sources=(jwt("2"), jwt("4.1.4")))
