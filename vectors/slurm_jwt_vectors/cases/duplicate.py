"""Repeated claim names: a verifier refuses them or keeps the last one, so that nobody acts for the first."""

from slurm_jwt_vectors.build import Judged, token
from slurm_jwt_vectors.registry import case
from slurm_jwt_vectors.sources import issue, jwt

_DUPLICATE = "RFC 7519 4: a parser refuses repeated claim names or keeps the last one."
_UNIQUE = (jwt("4"), issue("jwt/ruby-jwt", 713))


def _repeated(text: bytes, user: str) -> Judged:
    return token(claims=text).acting_as(user).either(_DUPLICATE, "claims.duplicate", sources=_UNIQUE)


@case
def sun_root_last() -> Judged:
    """sun alice, then sun root: who keeps the last one acts for root."""
    return _repeated(b'{"exp":4102444800,"iat":1577836800,"sun":"alice","sun":"root"}', "root")


@case
def sun_root_first() -> Judged:
    """sun root, then sun alice: who keeps the first one acts for root, and breaks the RFC."""
    return _repeated(b'{"exp":4102444800,"iat":1577836800,"sun":"root","sun":"alice"}', "alice")


@case
def sun_same() -> Judged:
    """sun alice twice: harmless, and repeated all the same."""
    return _repeated(b'{"exp":4102444800,"iat":1577836800,"sun":"alice","sun":"alice"}', "alice")


@case
def sun_escaped() -> Judged:
    """sun alice, then sun root with its name written as an escape sequence: the same name."""
    return _repeated(b'{"exp":4102444800,"iat":1577836800,"sun":"alice","\\u0073un":"root"}', "root")


@case
def exp_valid_last() -> Judged:
    """An exp long past, then one in 2100: who keeps the last one sees a living token."""
    return _repeated(b'{"exp":1577836801,"exp":4102444800,"iat":1577836800,"sun":"alice"}', "alice")


@case
def exp_valid_first() -> Judged:
    """An exp in 2100, then one long past: refused by who refuses repetition and by who keeps the last."""
    return token(claims=b'{"exp":4102444800,"exp":1577836801,"iat":1577836800,"sun":"alice"}').invalid(
        "claims.duplicate",
        "exp.unexpired",
        sources=(*_UNIQUE, jwt("4.1.4")),
        why="The two ways that RFC 7519 4 leaves open both end in refusal.",
    )


@case
def iat() -> Judged:
    """iat twice."""
    return _repeated(b'{"exp":4102444800,"iat":0,"iat":1577836800,"sun":"alice"}', "alice")


@case
def foreign_claim() -> Judged:
    """A foreign claim twice."""
    return _repeated(b'{"exp":4102444800,"iat":1577836800,"sun":"alice","uid":0,"uid":1}', "alice")
