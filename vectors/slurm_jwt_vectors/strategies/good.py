"""Tokens that the documents demand to be accepted, and their headers and claims."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from hypothesis import strategies as st

from slurm_jwt_vectors.build import NOW, Token, token
from slurm_jwt_vectors.strategies.values import (
    ENOUGH,
    MAX_EXACT,
    TEXT,
    in_some_order,
    is_portable,
    keys,
    members,
    subsets,
    users,
)

CLAIM_NAMES = frozenset({"exp", "iat", "nbf", "sun", "iss", "sub", "jti", "aud"})
"""Claims that rules speak of."""
PARAMETERS = frozenset(
    {"alg", "typ", "cty", "crit", "b64", "enc", "kid", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256"}
    | {"epk", "apu", "apv", "iv", "tag", "p2s", "p2c"}
)
"""Header parameters that rules speak of."""
_TURNS = st.integers(0, 7)


class Sample(NamedTuple):
    """A token for a test, the key that the verifier holds, and the moment at which it must judge.

    `user` is whom the token names, None where it names nobody; `rules` the rules of the catalogue that it
    breaks, none for a good token. A broken token is invalid, or `either` where its rule is a choice.
    """

    token: bytes
    key: bytes
    now: int
    user: str | None
    rules: tuple[str, ...] = ()


class Draft(NamedTuple):
    """What a good token is made of."""

    header: dict[str, object]
    claims: dict[str, object]
    key: bytes
    now: int

    def made(self) -> Token:
        """The token in the making."""
        return token(header=self.header, claims=self.claims).signed_by(self.key)

    def with_header(self, name: str, value: object) -> Token:
        """The token with a header parameter set."""
        return token(header={**self.header, name: value}, claims=self.claims).signed_by(self.key)

    def with_claim(self, name: str, value: object) -> Token:
        """The token with a claim set."""
        return token(header=self.header, claims={**self.claims, name: value}).signed_by(self.key)


def claims(now: int = NOW, user: str | None = None) -> st.SearchStrategy[dict[str, object]]:
    """Claims that are good at `now`: exp, iat and sun, and maybe others, in several orders.

    iat and nbf are not after `now` (seconds since 1970), exp is. iss, sub and jti are strings where present,
    aud is absent, and foreign claims are exact JSON values. user: the value of sun; None: any user. A
    ValueError says that POSIX does not make this name portable.
    """
    if user is not None and not is_portable(user):
        raise ValueError(f"{user!r} is not a portable user name: a token for it breaks the rule sun.posix")
    return _claims(now, users() if user is None else st.just(user))


@st.composite
def _claims(draw: st.DrawFn, now: int, who: st.SearchStrategy[str]) -> dict[str, object]:
    made: dict[str, object] = draw(members(CLAIM_NAMES))
    for name in draw(subsets("iss", "sub", "jti", "nbf")):
        made[name] = draw(_past(now) if name == "nbf" else TEXT)
    made |= {"exp": draw(_future(now)), "iat": draw(_past(now)), "sun": draw(who)}
    return in_some_order(made, draw(_TURNS))


@cache
def _past(now: int) -> st.SearchStrategy[int]:
    return st.integers(0, now)


@cache
def _future(now: int) -> st.SearchStrategy[int]:
    return st.integers(now + 1, MAX_EXACT)


@st.composite
def headers(draw: st.DrawFn) -> dict[str, object]:
    """Headers that are good: alg HS256, maybe typ JWT, maybe a kid, and members to be ignored."""
    made: dict[str, object] = draw(members(PARAMETERS))
    for name in draw(subsets("typ", "kid")):
        made[name] = "JWT" if name == "typ" else draw(TEXT)
    made["alg"] = "HS256"
    return in_some_order(made, draw(_TURNS))


@cache
def drafts(now: int, key: bytes | None, user: str | None) -> st.SearchStrategy[Draft]:
    """Everything that a good token at `now` is made of. key, user: None for any."""
    if key is not None and len(key) < ENOUGH:
        raise ValueError(f"a key of {len(key)} bytes is too short for HS256, which needs {ENOUGH}")
    signing_key = keys() if key is None else st.just(key)
    return st.builds(Draft, headers(), claims(now, user), signing_key, st.just(now))


def good_tokens(
    now: int = NOW, *, key: bytes | None = None, user: str | None = None
) -> st.SearchStrategy[Sample]:
    """Tokens that a verifier must accept at `now`, in seconds since 1970, for the user that they name.

    key: signs all tokens; user: all tokens name it. By default both are drawn.
    """
    return drafts(now, key, user).map(
        lambda draft: Sample(draft.made().encoded(), draft.key, now, str(draft.claims["sun"]))
    )
