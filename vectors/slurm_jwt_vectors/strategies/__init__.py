"""Hypothesis strategies for tests of issuers and verifiers of Slurm tokens; needs the extra `strategies`.

    from hypothesis import given
    from slurm_jwt_vectors import strategies

    @given(strategies.good_tokens())
    def test_takes_good_tokens(sample):
        assert my_verify(sample.token, sample.key, now=sample.now) == sample.user

    @given(strategies.broken_tokens("exp.unexpired"))
    def test_refuses_expired_tokens(sample):
        with pytest.raises(MyRefusal):
            my_verify(sample.token, sample.key, now=sample.now)

    @given(strategies.token_like())
    def test_never_crashes(text):
        ...

The tokens are made by the raw encoder of the vectors, not by a JWT library.
"""

from __future__ import annotations

try:
    import hypothesis as _hypothesis
except ImportError as error:  # pragma: no cover - the extra is installed wherever tests run
    raise ImportError(
        "slurm_jwt_vectors.strategies needs hypothesis: pip install 'slurm-jwt-conformance[strategies]'"
    ) from error

from slurm_jwt_vectors.strategies.broken import BREAKABLE, broken_tokens
from slurm_jwt_vectors.strategies.good import Sample, claims, good_tokens, headers
from slurm_jwt_vectors.strategies.junk import token_like
from slurm_jwt_vectors.strategies.values import keys, users

__all__ = [
    "BREAKABLE",
    "Sample",
    "broken_tokens",
    "claims",
    "good_tokens",
    "headers",
    "keys",
    "token_like",
    "users",
]

del _hypothesis
