"""aud: no audience is agreed with Slurm, so a token that names one may be refused or taken."""

from slurm_jwt_vectors.build import Judged, claims, token
from slurm_jwt_vectors.registry import case
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


@case
def account() -> Judged:
    """account, as Keycloak writes it unless told otherwise."""
    return _unasked("account")


@case
def empty_string() -> Judged:
    """An empty string."""
    return _unasked("")


@case
def array_of_one() -> Judged:
    """An array with one audience."""
    return _unasked(["slurm"])


@case
def array_of_two() -> Judged:
    """An array with two audiences."""
    return _unasked(["slurm", "https://portal.example.org"])


@case
def empty_array() -> Judged:
    """An empty array: an audience of nobody."""
    return _unasked([], cve("2020-26160"))


@case
def array_with_repetition() -> Judged:
    """The same audience twice."""
    return _unasked(["slurm", "slurm"])


@case
def number() -> Judged:
    """A number."""
    return _malformed(1)


@case
def null() -> Judged:
    """null."""
    return _malformed(None)


@case
def true() -> Judged:
    """true."""
    return _malformed(True)


@case
def object_() -> Judged:
    """An object."""
    return _malformed({"slurm": True})


@case
def array_with_number() -> Judged:
    """An array with an audience and a number."""
    return _malformed(["slurm", 1])


@case
def array_with_null() -> Judged:
    """An array that holds null."""
    return _malformed([None])


@case
def nested_array() -> Judged:
    """An array within an array."""
    return _malformed([["slurm"]])


@case
def capital_name() -> Judged:
    """AUD: another claim, which nobody knows."""
    return token(claims=claims(AUD="slurm")).valid(sources=(jwt("4"),))
