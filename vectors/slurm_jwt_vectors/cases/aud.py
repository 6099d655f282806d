"""aud: no audience is agreed with Slurm, so a token that names one may be refused or taken."""

from slurm_jwt_vectors.build import Judged, claims, token
from slurm_jwt_vectors.registry import case, table
from slurm_jwt_vectors.sources import PAGE, cve, jwt, practice

_OPEN = "RFC 7519 4.1.3 refuses an audience that is not one's own; Slurm's page names none and asks for none."
_RULE = (jwt("4.1.3"), f"{PAGE} names no audience")


def _unasked(value: object, *sources: str) -> Judged:
    return token(claims=claims(aud=value)).either(_OPEN, "aud.unasked", sources=(*_RULE, *sources))


def _malformed(value: object) -> Judged:
    return token(claims=claims(aud=value)).invalid("aud.form", sources=(jwt("4.1.3"),))


@case
def slurm() -> Judged:
    """An audience that sounds right."""
    return _unasked("slurm")


@case
def other() -> Judged:
    """The audience of another service that shares the key."""
    return _unasked("https://portal.example.org", practice("3.9"))


table(
    __name__,
    _unasked,
    ("account", "account, as Keycloak writes it unless told otherwise.", "account"),
    ("empty_string", "An empty string.", ""),
    ("array_of_one", "An array with one audience.", ["slurm"]),
    ("array_of_two", "An array with two audiences.", ["slurm", "https://portal.example.org"]),
)


@case
def empty_array() -> Judged:
    """An empty array: an audience of nobody."""
    return _unasked([], cve("2020-26160"))


@case
def array_with_repetition() -> Judged:
    """The same audience twice."""
    return _unasked(["slurm", "slurm"])


table(
    __name__,
    _malformed,
    ("number", "A number.", 1),
    ("null", "null.", None),
    ("true", "true.", True),
    ("object_", "An object.", {"slurm": True}),
    ("array_with_number", "An array with an audience and a number.", ["slurm", 1]),
    ("array_with_null", "An array that holds null.", [None]),
    ("nested_array", "An array within an array.", [["slurm"]]),
)


@case
def capital_name() -> Judged:
    """AUD: another claim, which nobody knows."""
    return token(claims=claims(AUD="slurm")).valid(sources=(jwt("4"),))
