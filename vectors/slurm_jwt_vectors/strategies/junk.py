"""Text that looks like a token, for tests that nothing crashes: most of it is none, some of it is."""

from __future__ import annotations

from hypothesis import strategies as st

from slurm_jwt_vectors.build import NOW, encode
from slurm_jwt_vectors.strategies.broken import broken_tokens
from slurm_jwt_vectors.strategies.good import Sample, good_tokens

_PIECES = st.one_of(
    st.binary(max_size=12).map(encode),
    st.sampled_from(
        [b"eyJhbGciOiJIUzI1NiJ9", b"eyJhbGciOiJub25lIn0", b"e30", b"bnVsbA", b"W10", b"====", b"Bearer "]
    ),
    st.binary(max_size=6),
)


@st.composite
def _mangled(draw: st.DrawFn, samples: st.SearchStrategy[Sample]) -> bytes:
    """A token with some bytes replaced, taken out or put in anywhere."""
    text = draw(samples).token[:4096]
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 4)))
        text = text[:start] + draw(st.binary(max_size=4)) + text[end:]
    return text


def token_like(
    now: int = NOW, *, key: bytes | None = None, user: str | None = None
) -> st.SearchStrategy[bytes]:
    """Arbitrary bytes in the likeness of tokens: parts and periods, tokens mangled, and plain noise.

    A verifier may answer anything, but it must answer. key, user: of the mangled tokens, by default any.
    """
    samples = good_tokens(now, key=key, user=user) | broken_tokens(now=now, key=key, user=user)
    pieces = st.lists(_PIECES, min_size=1, max_size=6).map(b".".join)
    return st.one_of(pieces, _mangled(samples), st.binary(max_size=64), st.text(max_size=32).map(_bytes))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
