"""The RSA keys of the matrix, in the shapes that sites have."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_vectors import pem
from slurm_jwt_vectors.models import Key

if TYPE_CHECKING:
    from slurm_jwt_vectors.models import Suite


class Rs256(NamedTuple):
    """An RSA key: issuers get the PEM and its kid, verifiers the JWKS and, as Slurm has both, an HS256 key.

    key: the JWKS under the id of the row.
    """

    key: Key
    pem: bytes
    kid: str
    hs256: bytes


RS256 = {"rs256-one": ("one", pem.PKCS1), "rs256-two": ("two", pem.PKCS8)}
"""The rows of RS256: the id of the JWKS, which is the kid of the issuer's key too, and this key."""


def rs256_keys(suite: Suite) -> dict[str, Rs256]:
    """Return the RS256 rows of the matrix, as far as the suite has their JWKS."""
    found = {}
    rows = {name: row for name, row in RS256.items() if row[0] in suite.jwks}
    for name, (kid, private) in rows.items():
        jwks = suite.jwks[kid]
        text = base64.b64encode(jwks.bytes).decode()
        key = Key(name, f"JWKS with the key {kid}", f"RS256. {jwks.purpose}", jwks.source, text)
        found[name] = Rs256(key, private, kid, suite.keys["random32"].bytes)
    return found
