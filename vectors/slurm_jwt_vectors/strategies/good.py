"""Tokens that the documents demand to be accepted, and their headers and claims."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from slurm_jwt_vectors.build import NOW, Token, token
from slurm_jwt_vectors.strategies.values import MAX_EXACT, TEXT, keys, members, users

CLAIM_NAMES = frozenset({"exp", "iat", "nbf", "sun", "iss", "sub", "jti", "aud"})
"""Claims that rules speak of."""
PARAMETERS = frozenset(
    {"alg", "typ", "cty", "crit", "b64", "enc", "kid", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256"}
    | {"epk", "apu", "apv", "iv", "tag", "p2s", "p2c"}
)
"""Header parameters that rules speak of."""


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


@st.composite
def claims(draw: st.DrawFn, now: int = NOW) -> dict[str, object]:
    """Claims that are good at `now`: exp, iat and sun, and maybe others, in any order.

    iat and nbf are not after `now` (seconds since 1970), exp is. iss, sub and jti are strings where present,
    aud is absent, and foreign claims are exact JSON values.
    """
    made: dict[str, object] = draw(members(CLAIM_NAMES))
    past = st.integers(0, now)
    if draw(st.booleans()):
        made["nbf"] = draw(past)
    for name in draw(st.sets(st.sampled_from(["iss", "sub", "jti"]))):
        made[name] = draw(TEXT)
    made |= {"exp": draw(st.integers(now + 1, MAX_EXACT)), "iat": draw(past), "sun": draw(users())}
    return {name: made[name] for name in draw(st.permutations(sorted(made)))}


@st.composite
def headers(draw: st.DrawFn) -> dict[str, object]:
    """Headers that are good: alg HS256, maybe typ JWT, maybe a kid, and members to be ignored."""
    made: dict[str, object] = draw(members(PARAMETERS))
    if draw(st.booleans()):
        made["typ"] = "JWT"
    if draw(st.booleans()):
        made["kid"] = draw(TEXT)
    made["alg"] = "HS256"
    return {name: made[name] for name in draw(st.permutations(sorted(made)))}


def drafts(now: int) -> st.SearchStrategy[Draft]:
    """Everything that a good token at `now` is made of."""
    return st.builds(Draft, headers(), claims(now), keys(), st.just(now))


def good_tokens(now: int = NOW) -> st.SearchStrategy[Sample]:
    """Tokens that a verifier must accept at `now`, in seconds since 1970, for the user that they name."""
    return drafts(now).map(
        lambda draft: Sample(draft.made().encoded(), draft.key, now, str(draft.claims["sun"]))
    )
