"""Test vectors for Slurm's JSON Web Tokens: cases, published keys, and recorded verdicts.

`load()` gives every case with its token, key, moment and documented verdict;
`load_issuing()` what issuers are asked for; `load_observed()` what real daemons
said; `digest()` names the state of the data.
"""

from __future__ import annotations

from slurm_jwt_vectors.models import Case, IssuingCase, Jwks, Key, Observation, Observed, Suite
from slurm_jwt_vectors.suite import digest, load, load_issuing, load_observed

__all__ = [
    "Case",
    "IssuingCase",
    "Jwks",
    "Key",
    "Observation",
    "Observed",
    "Suite",
    "digest",
    "load",
    "load_issuing",
    "load_observed",
]
