"""How fast the reference verifies RS256, next to PyJWT, joserfc, jwcrypto and bare cryptography, in one run.

    python benchmarks/verify_rs256.py [--rounds N]

Measured as in verify_issue.py: slice by slice, in processor time; each ratio is the median of the slices.
Each contender has the key before the run; cryptography alone checks the signature and nothing else.
"""

from __future__ import annotations

import argparse
import base64
import json
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from verify_issue import base64url, compact, measure

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = rsa.generate_private_key(65537, 2048)
PUBLIC = KEY.public_key()
PADDING, HASH = padding.PKCS1v15(), hashes.SHA256()
TOKENS = 4096


def private_pem() -> bytes:
    return KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def tokens(header: bytes, payload: Callable[[int], str]) -> list[str]:
    made = []
    for number in range(TOKENS):
        head = base64url(header) + b"." + base64url(payload(number).encode())
        made.append((head + b"." + base64url(KEY.sign(head, PADDING, HASH))).decode())
    return made


def kinds() -> dict[str, list[str]]:
    iat = int(time.time()) - 1
    times = {"exp": iat + 86400, "iat": iat}

    def keycloak(number: int) -> str:
        roles = {"account": {"roles": ["manage-account", "view-profile"]}}
        person = {"email_verified": True, "name": "A. Example", "preferred_username": f"user{number}"}
        claims = {
            "jti": str(uuid4()),
            "iss": "https://idp.example.org/realms/hpc",
            "sub": str(uuid4()),
        }
        session = {
            "typ": "Bearer",
            "azp": "slurm",
            "sid": str(uuid4()),
            "acr": "1",
            "scope": "openid email",
        }
        origins = {"allowed-origins": ["*"], "realm_access": {"roles": ["user", "staff"]}}
        every = {**times, **claims, **session, **origins, "resource_access": roles, **person}
        return json.dumps({**every, "email": "a@example.org", "sun": f"user{number}"})

    def plain(number: int) -> str:
        return compact({**times, "sun": f"user{number}"})

    return {
        "as scontrol": tokens(b'{"alg":"RS256","kid":"k","typ":"JWT"}', plain),
        "as Keycloak": tokens(b'{"alg":"RS256","typ" : "JWT","kid" : "k"}', keycloak),
    }


def contenders() -> dict[str, Callable[[Any], object]]:
    import jwt
    from joserfc import jwt as joserfc
    from joserfc.jwk import RSAKey
    from jwcrypto.jwk import JWK
    from jwcrypto.jwt import JWT

    from slurm_jwt import Verifier, write_jwks

    pem = private_pem()
    josekey, crypto = RSAKey.import_key(pem), JWK.from_pem(pem)
    required = {"require": ["exp", "iat", "sun"]}
    return {
        "cryptography": lambda pair: PUBLIC.verify(*pair, PADDING, HASH),
        "reference": Verifier(jwks=write_jwks({"k": pem})).verify,
        "PyJWT": lambda token: jwt.decode(token, PUBLIC, ["RS256"], options=required),
        "joserfc": lambda token: joserfc.decode(token, josekey, algorithms=["RS256"]),
        "jwcrypto": lambda token: JWT(jwt=token, key=crypto, algs=["RS256"]).claims,
    }


def bare_inputs(made: list[str]) -> list[tuple[bytes, bytes]]:
    heads = [token.rpartition(".") for token in made]
    return [(base64.urlsafe_b64decode(signature + "=="), head.encode()) for head, _, signature in heads]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure verifying RS256, side by side.")
    parser.add_argument("--rounds", type=int, default=1, help="times that each slice is measured (default 1)")
    rounds = parser.parse_args().rounds
    names = list(contenders())
    print("| | " + " | ".join(names) + " |\n" + "|---" * (len(names) + 1) + "|")
    for kind, made in kinds().items():
        work = {
            name: (verify, bare_inputs(made) if name == "cryptography" else made)
            for name, verify in contenders().items()
        }
        times = measure(work, rounds)
        cells = []
        for name in names:
            quotients = [
                statistics.median(base / own for base, own in zip(times[other], times[name], strict=True))
                for other in ("PyJWT", "cryptography")
            ]
            cells.append(f"{quotients[0]:.2f} ({quotients[1]:.2f})")
        print(f"| verify, {kind} | " + " | ".join(cells) + " |")
    print("\nTimes as fast as PyJWT, and in brackets as the signature check of cryptography alone.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
