"""Tokens that break one rule of the catalogue and no other: a breaker for each rule."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from slurm_jwt_vectors.build import NOW, Raw, Token, without
from slurm_jwt_vectors.edits import append, cut, flip
from slurm_jwt_vectors.strategies import text_breaks as breaks
from slurm_jwt_vectors.strategies.good import PARAMETERS, Draft, Sample, drafts
from slurm_jwt_vectors.strategies.values import (
    MAX_EXACT,
    NO_NUMBER,
    NO_STRING,
    TEXT,
    VALUES,
    foreign_names,
    odd_users,
    short_keys,
)

Breaker = Callable[[st.DrawFn, Draft], Token]

_SIZE = 131_072
_NO_ARRAY_OF_STRINGS = st.lists(VALUES, min_size=1, max_size=3).filter(
    lambda array: not all(isinstance(entry, str) for entry in array)
)
_MISTYPED: dict[str, st.SearchStrategy[object]] = {
    **dict.fromkeys(("typ", "cty", "kid", "jku", "x5u", "x5t", "x5t#S256"), NO_STRING),
    "jwk": VALUES.filter(lambda value: not isinstance(value, dict)),
    "x5c": VALUES.filter(lambda value: not isinstance(value, list)) | _NO_ARRAY_OF_STRINGS,
}
_BAD_CRIT = st.one_of(
    VALUES.filter(lambda value: not isinstance(value, list)),
    st.just([]),
    st.lists(NO_STRING, min_size=1, max_size=3),
    st.lists(st.sampled_from(["alg", "typ", "cty", "kid", "crit", "jwk", "x5c"]), min_size=1, max_size=3),
)
_OTHER_ALG = st.sampled_from(
    ["none", "None", "hs256", "HS256 ", "HS384", "HS512", "RS256", "ES256", "dir", ""]
) | VALUES.filter(lambda value: value != "HS256")


def _claim(name: str, values: st.SearchStrategy[object]) -> Breaker:
    return lambda draw, draft: draft.with_claim(name, draw(values))


def _parameter(name: str, values: st.SearchStrategy[object]) -> Breaker:
    return lambda draw, draft: draft.with_header(name, draw(values))


def _less(name: str) -> Breaker:
    return lambda _draw, draft: draft._replace(claims=without(draft.claims, name)).made()


def _no_alg(_draw: st.DrawFn, draft: Draft) -> Token:
    return draft._replace(header=without(draft.header, "alg")).made()


def _key(keys: st.SearchStrategy[bytes]) -> Breaker:
    return lambda draw, draft: draft._replace(key=draw(keys)).made()


def _size(draw: st.DrawFn, draft: Draft) -> Token:
    return draft.with_claim(breaks.fresh(draft, "claims"), "x" * draw(st.integers(_SIZE, _SIZE + 100)))


def _parts(draw: st.DrawFn, draft: Draft) -> Token:
    """One, two, four or six parts."""
    less = st.integers(1, 2).map(lambda periods: lambda text: text.replace(b".", b"", periods))
    more = st.sampled_from([b".", b".eyJ9", b"...", b".a.b.c"]).map(append)
    return draft.made().edit_token(draw(less | more))


def _five_parts(draw: st.DrawFn, draft: Draft) -> Token:
    return draft.made().edit_token(append(draw(st.sampled_from([b"..", b".AAAA.", b".AAAA.AAAA"]))))


def _signature(draw: st.DrawFn, draft: Draft) -> Token:
    """Another MAC: bits flipped, cut short, gone on, over nothing, or by another key."""
    made = draft.made()
    other = hashlib.sha256(b"another key than " + draft.key).digest()
    ways: st.SearchStrategy[Token] = st.one_of(
        st.integers(0, 255).map(lambda bit: made.edit_mac(flip(bit))),
        st.integers(0, 31).map(lambda length: made.edit_mac(cut(length))),
        st.binary(min_size=1, max_size=32).map(lambda more: made.edit_mac(append(more))),
        st.sampled_from(["sha1", "sha384", "sha512"]).map(made.signed_with),
        st.just(made.signed_by(other)),
    )
    return draw(ways)


def _mistyped(draw: st.DrawFn, draft: Draft) -> Token:
    name = draw(st.sampled_from(sorted(_MISTYPED)))
    return draft.with_header(name, draw(_MISTYPED[name]))


def _crit(draw: st.DrawFn, draft: Draft) -> Token:
    """crit lists extensions that are in the header and that nobody knows."""
    names = draw(st.lists(foreign_names(PARAMETERS), min_size=1, max_size=3, unique=True))
    extended = {**draft.header, **dict.fromkeys(names, True), "crit": names}
    return draft._replace(header=extended).made()


def _fraction(name: str) -> Breaker:
    """A time as before, spelled with a fraction or an exponent."""

    def breaker(draw: st.DrawFn, draft: Draft) -> Token:
        # Whole seconds that a double holds exactly, so that the spelling is the only change.
        late = min(int(str(draft.claims[name])), 2**40)
        return draft.with_claim(
            name, Raw(f"{late}{draw(st.sampled_from(['.0', '.00', 'e0', 'E+0', '.0e0']))}")
        )

    return breaker


def _after(name: str) -> Breaker:
    return lambda draw, draft: draft.with_claim(name, draw(st.integers(draft.now + 1, MAX_EXACT)))


def _expired(draw: st.DrawFn, draft: Draft) -> Token:
    return draft.with_claim("exp", draw(st.integers(-MAX_EXACT, draft.now)))


def _aud(draw: st.DrawFn, draft: Draft) -> Token:
    wrong = NO_STRING.filter(lambda value: not isinstance(value, list)) | _NO_ARRAY_OF_STRINGS
    return draft.with_claim("aud", draw(wrong))


def _in(part: breaks.Part, breaker: breaks.PartBreaker) -> Breaker:
    return lambda draw, draft: breaker(draw, draft, part)


_ONE_PART: dict[str, breaks.PartBreaker] = {
    "utf8": breaks.utf8,
    "bom": breaks.bom,
    "json": breaks.no_json,
    "object": breaks.no_object,
    "depth": breaks.depth,
    "numbers": breaks.numbers,
    "unicode": breaks.surrogate,
    "duplicate": breaks.duplicate,
}

_BREAKERS: dict[str, Breaker] = {
    "key.empty": _key(st.just(b"")),
    "key.length": _key(short_keys()),
    "form.size": _size,
    "form.compact": _parts,
    "form.jws": _five_parts,
    "form.base64url": breaks.base64url,
    "form.pad-bits": breaks.pad_bits,
    **{f"header.{rule}": _in("header", breaker) for rule, breaker in _ONE_PART.items()},
    "alg.required": _no_alg,
    "alg.hs256": _parameter("alg", _OTHER_ALG),
    "header.types": _mistyped,
    "typ.jwt": _parameter("typ", TEXT.filter(lambda text: text != "JWT")),
    "cty.absent": _parameter("cty", TEXT),
    "crit.form": _parameter("crit", _BAD_CRIT),
    "crit.understood": _crit,
    "b64.absent": _parameter("b64", VALUES.filter(lambda value: value is not True)),
    "enc.absent": _parameter("enc", VALUES),
    "signature.match": _signature,
    **{f"claims.{rule}": _in("claims", breaker) for rule, breaker in _ONE_PART.items()},
    "claims.types": lambda draw, draft: draft.with_claim(
        draw(st.sampled_from(["iss", "sub", "jti"])), draw(NO_STRING)
    ),
    "aud.form": _aud,
    "aud.unasked": _claim("aud", TEXT | st.lists(TEXT, max_size=3)),
    "sun.required": _less("sun"),
    "sun.string": _claim("sun", NO_STRING),
    "sun.empty": _claim("sun", st.just("")),
    "sun.posix": _claim("sun", odd_users()),
    "iat.required": _less("iat"),
    "iat.number": _claim("iat", NO_NUMBER),
    "iat.integer": _fraction("iat"),
    "exp.required": _less("exp"),
    "exp.number": _claim("exp", NO_NUMBER),
    "exp.integer": _fraction("exp"),
    "nbf.number": _claim("nbf", NO_NUMBER),
    "exp.unexpired": _expired,
    "nbf.reached": _after("nbf"),
    "iat.reached": _after("iat"),
}

BREAKABLE: tuple[str, ...] = tuple(_BREAKERS)
"""Every rule that `broken_tokens` can break; see docs/coverage.md for what each says."""


def broken_tokens(
    rule: str | None = None, now: int = NOW, *, key: bytes | None = None, user: str | None = None
) -> st.SearchStrategy[Sample]:
    """Tokens that break this rule and no other at `now`; without a rule, any one of `BREAKABLE`.

    A verifier must refuse them, except for the rules that leave a choice (see the catalogue's severity).
    key: the verifier's key; the rules `key.*` are then left out. user: the user that the tokens name, unless
    the rule is about sun. A ValueError says that there is no such rule, or none with this key.
    """
    rules = [one for one in BREAKABLE if key is None or not one.startswith("key.")]
    if rule is not None and rule not in rules:
        if rule in BREAKABLE:
            raise ValueError(f"the rule {rule!r} is about the key: leave out key=")
        raise ValueError(f"no rule is called {rule!r}: see slurm_jwt_vectors.strategies.BREAKABLE")
    return _broken(rules if rule is None else [rule], drafts(now, key, user))


@st.composite
def _broken(draw: st.DrawFn, rules: Sequence[str], good: st.SearchStrategy[Draft]) -> Sample:
    rule = draw(st.sampled_from(rules))
    draft = draw(good)
    made = _BREAKERS[rule](draw, draft)
    # The verifier holds the signer's key, unless the signature is what is wrong.
    key = draft.key if rule == "signature.match" or made.signer is None else made.signer
    return Sample(made.encoded(), key, draft.now, _user(rule, draft, made), (rule,))


def _user(rule: str, draft: Draft, made: Token) -> str | None:
    """Whom the token names: as drafted, unless the rule is about the name."""
    if rule.startswith("sun."):
        return made.user if rule == "sun.posix" else None
    return str(draft.claims["sun"])
