"""The claims as a whole: what a Slurm token must carry, what it may carry, and in which form."""

from slurm_jwt_vectors.build import Judged, token
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import PAGE_EXP, PAGE_IAT, PAGE_SCONTROL, PAGE_SUN, jwt


@case
def scontrol() -> Judged:
    """Byte for byte what `scontrol token` writes: the token that most other cases change in one thing."""
    return token().valid(sources=(PAGE_SCONTROL, PAGE_IAT, PAGE_EXP, PAGE_SUN))


@case
def empty_object() -> Judged:
    """No claims at all."""
    return token(claims={}).invalid(
        "sun.required",
        "iat.required",
        "exp.required",
        sources=(PAGE_IAT, PAGE_EXP, PAGE_SUN),
        why="All three required claims are missing at once.",
    )


@case
def array() -> Judged:
    """The claims inside an array."""
    return token(claims=b'[{"exp":4102444800,"iat":1577836800,"sun":"alice"}]').invalid(
        "claims.object", sources=(jwt("4"), jwt("7.2"))
    )
