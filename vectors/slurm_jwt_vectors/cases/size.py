"""The size of a token: the documents set none, but SLURM_JWT must fit into one environment string."""

from slurm_jwt_vectors.build import Judged, Token, claims, encode, token
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import cve, json, jwt

_LIMIT = 131_072
_OPEN = "No document bounds a token's size; RFC 8259 9 lets a parser set limits."
_SOURCES = (jwt("7.2"), json("9"), "Linux MAX_ARG_STRLEN")


def _of_length(length: int) -> Token:
    """A token of exactly so many bytes, made long by a claim that nobody reads."""
    payload_text = length - len(token().encoded()) + len(encode(token().payload_text))
    filling = payload_text * 3 // 4 - len(token(claims=claims(pad="")).payload_text)
    made = token(claims=claims(pad="x" * filling))
    if len(made.encoded()) != length:
        raise ValueError(f"no payload gives a token of {length} bytes")
    return made


@case
def environment() -> Judged:
    """The longest token that fits into one environment string behind `SLURM_JWT=`."""
    return _of_length(_LIMIT - len("SLURM_JWT=") - 1).valid(sources=_SOURCES)


@case
def at_limit() -> Judged:
    """131,072 bytes, the most that this suite demands of a verifier."""
    return _of_length(_LIMIT).valid(sources=_SOURCES)


@case
def over_limit() -> Judged:
    """131,073 bytes, one more than Linux carries in one environment string."""
    return _of_length(_LIMIT + 1).either(_OPEN, "form.size", sources=_SOURCES, twin="size.at-limit")


@case
def megabyte() -> Judged:
    """A token of a million bytes."""
    return _of_length(1_000_000).either(
        _OPEN,
        "form.size",
        sources=(*_SOURCES, cve("2025-61920")),
        twin="size.at-limit",
    )
