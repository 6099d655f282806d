"""Wrong verifiers with a JWKS. A function's name is the mutant's, its docstring the mistake.

Each function decides whether a token is signed: from its parts, and from the keys of the JWKS by kid.
"""

from __future__ import annotations

import hmac
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from slurm_jwt import read_jwks
from slurm_jwt.strict.jwks import RsaKey
from slurm_jwt.strict.proving import usable_keys
from slurm_jwt.strict.rs256 import checker
from slurm_jwt_conformance.harness.mutants import steps
from slurm_jwt_conformance.harness.mutants.mutant import VERIFIER, Mutant, mutants_of
from slurm_jwt_conformance.harness.mutants.steps import Members, Signed, matches
from slurm_jwt_vectors.jwks import documents

Keys: TypeAlias = Mapping[str, RsaKey]
Decide: TypeAlias = Callable[[Signed, Keys], bool]


def verify(decide: Decide, token: bytes, key: bytes, jwks: bytes, now: int) -> Members:
    """Return the claims of a token that the verifier accepts; raise Refused otherwise."""
    keys = usable_keys(read_jwks(jwks))
    return steps.verify(replace(VERIFIER, matches=lambda signed: decide(signed, keys)), token, key, now)


def right(signed: Signed, keys: Keys) -> bool:
    """Decide as the reference does."""
    return _by(keys.get(_kid(signed)), signed) if _is_rsa(signed) else matches(signed)


def _wrong(breaks: str, seen: str = "") -> Callable[[Decide], Mutant]:
    """Return a decorator: the function decides in the place of `right`."""

    def mutant(decide: Decide) -> Mutant:
        name, text = decide.__name__.replace("_", "-"), inspect.getdoc(decide) or ""
        hs256 = partial(steps.verify, VERIFIER)
        code = inspect.getsource(decide)
        return Mutant(name, text, breaks, seen, code, verify=hs256, verify_jwks=partial(verify, decide))

    return mutant


def _alg(signed: Signed) -> object:
    return signed.header.get("alg")


def _kid(signed: Signed) -> str:
    kid = signed.header.get("kid")
    return kid if isinstance(kid, str) else ""


def _is_rsa(signed: Signed) -> bool:
    return _alg(signed) == "RS256"


def _by(key: RsaKey | None, signed: Signed) -> bool:
    return key is not None and checker(key)(signed.signature, signed.text)


def _public(key: RsaKey) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(key.e, key.n).public_key()


@_wrong("kid.known", "verifiers that try all keys")
def kid_ignored(signed: Signed, keys: Keys) -> bool:
    """Try every key of the JWKS, whatever kid is."""
    return any(_by(key, signed) for key in keys.values()) if _is_rsa(signed) else matches(signed)


@_wrong("kid.known")
def kid_without_case(signed: Signed, keys: Keys) -> bool:
    """Compare kid without case."""
    lower = signed._replace(header=signed.header | {"kid": _kid(signed).lower()})
    return right(lower, {kid.lower(): key for kid, key in keys.items()})


@_wrong("signature.match", "verifiers with one public key")
def first_key_for_all(signed: Signed, keys: Keys) -> bool:
    """Use the first key of the JWKS for every token."""
    return _by(next(iter(keys.values())), signed) if _is_rsa(signed) else matches(signed)


@_wrong("kid.known", "verifiers that read a JWKS once and never again")
def withdrawn_key_used(signed: Signed, keys: Keys) -> bool:
    """Use a key of an earlier JWKS that the present one does not have."""
    return right(signed, {**read_jwks(documents()["two"].bytes).keys, **keys})


@_wrong("alg.allowed", "verifiers that choose the algorithm by the token")
def alg_of_token_trusted(signed: Signed, keys: Keys) -> bool:
    """Accept RS384 and RS512 with the keys for RS256."""
    digest = {"RS384": hashes.SHA384(), "RS512": hashes.SHA512()}.get(str(_alg(signed)))
    key = keys.get(_kid(signed))
    if digest is None or key is None:
        return right(signed, keys)
    try:
        _public(key).verify(signed.signature, signed.text, padding.PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True


@_wrong("alg.allowed", "slurmctld 22.05 with libjwt 1.10")
def rs256_without_case(signed: Signed, keys: Keys) -> bool:
    """Compare alg without case."""
    return right(signed._replace(header=signed.header | {"alg": str(_alg(signed)).upper()}), keys)


@_wrong("signature.match", "PyJWT before 2.4 (CVE-2022-29217), jsonwebtoken in 2015 (CVE-2016-10555)")
def hs256_with_public_key(signed: Signed, keys: Keys) -> bool:
    """Check HS256 with the text of the public key that kid names."""
    key = keys.get(_kid(signed))
    if _is_rsa(signed) or key is None:
        return right(signed, keys)
    kinds = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return hmac.digest(_public(key).public_bytes(*kinds), signed.text, "sha256") == signed.signature


@_wrong("signature.match", "node-jose before 0.11.0 (CVE-2018-0114)")
def jwk_in_header_trusted(signed: Signed, keys: Keys) -> bool:
    """Use the RSA key that the header carries as jwk."""
    own = read_jwks(json.dumps({"keys": [signed.header.get("jwk")]})).keys
    return right(signed, own or keys)


MUTANTS = mutants_of(vars())
