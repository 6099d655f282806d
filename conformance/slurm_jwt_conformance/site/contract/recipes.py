"""A few lines of Python for each library that make a token for this cluster and print it. A test runs them.

HMAC replaces a key of more than 64 bytes by its SHA-256 (RFC 2104). A library that refuses a PEM therefore
makes the same signature with sha256(PEM): recipes use that.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from slurm_jwt.strict.keys import KeyFacts
from slurm_jwt_reports.schema import Strict

LIFESPAN = 1800
"""Seconds: the default of scontrol token."""


class Library(NamedTuple):
    """A library. install: its name for pip. pem: its error for a PEM as key, "" if it accepts a PEM.

    least: the shortest key in bytes that it accepts, 0 for any. note: what else to know.
    """

    name: str
    install: str
    imports: tuple[str, ...]
    sign: tuple[str, ...]
    pem: str = ""
    least: int = 0
    note: str = ""


_JWK_K = 'base64.urlsafe_b64encode(key).rstrip(b"=").decode()'

LIBRARIES = (
    Library(
        "PyJWT",
        "PyJWT",
        ("import jwt",),
        ('token = jwt.encode(claims, key, algorithm="HS256")',),
        pem="The specified key is an asymmetric key or x509 certificate",
        note="Its import name is jwt, as is that of Gehirn's jwt: do not install both.",
    ),
    Library(
        "Authlib",
        "Authlib",
        ("from authlib.jose import JsonWebToken",),
        ('token = JsonWebToken(["HS256"]).encode({"alg": "HS256"}, claims, key).decode()',),
        pem="This key may not be safe to import",
        note="authlib.jose is deprecated; its warning recommends joserfc.",
    ),
    Library(
        "joserfc",
        "joserfc",
        ("from joserfc import jwt", "from joserfc.jwk import OctKey"),
        ('token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key))',),
        note="It accepts a private PEM with a SecurityWarning.",
    ),
    Library(
        "jwcrypto",
        "jwcrypto",
        ("import base64", "from jwcrypto.jwk import JWK", "from jwcrypto.jwt import JWT"),
        (
            f'jwk = JWK(kty="oct", k={_JWK_K})',
            'signed = JWT(header={"alg": "HS256", "typ": "JWT"}, claims=claims)',
            "signed.make_signed_token(jwk)",
            "token = signed.serialize()",
        ),
        least=32,
    ),
    Library(
        "python-jose",
        "python-jose[cryptography]",
        ("from jose import jwt",),
        ('token = jwt.encode(claims, key, algorithm="HS256")',),
        pem="The specified key is an asymmetric key or x509 certificate",
        note="Version 3.3.0 accepts a PEM.",
    ),
    Library(
        "jwt (Gehirn)",
        "jwt",
        ("import base64", "from jwt import JWT, jwk_from_dict"),
        (
            f'jwk = jwk_from_dict({{"kty": "oct", "k": {_JWK_K}}})',
            'token = JWT().encode(claims, jwk, alg="HS256")',
        ),
        note="Slurm's own sample scripts use it.",
    ),
)
STANDARD = ("base64", "hashlib", "time")


class Recipe(Strict, frozen=True):
    """A library's lines. goes: what it does with this site's key. works: the lines make a token with it."""

    library: str
    install: str
    code: str
    goes: str
    note: str
    works: bool


def recipes(
    key: KeyFacts | None, lifespan: int = LIFESPAN, more: Mapping[str, str] | None = None
) -> tuple[Recipe, ...]:
    """Return the recipes for a site's key, or for any key. more: claims that a policy requires."""
    return tuple(_recipe(library, key, lifespan, more or {}) for library in LIBRARIES)


def _recipe(library: Library, key: KeyFacts | None, lifespan: int, more: Mapping[str, str]) -> Recipe:
    goes, works = _goes(library, key)
    return Recipe(
        library=library.name,
        install=library.install,
        code=_code(library, key, lifespan, more),
        goes=goes,
        note=library.note,
        works=works,
    )


def _is_pem(key: KeyFacts) -> bool:
    return key.shape.startswith("PEM")


def _goes(library: Library, key: KeyFacts | None) -> tuple[str, bool]:
    """Return what a library does with the site's key or with any key, and whether it makes a token."""
    if key is None:
        pem = (
            f"It refuses a PEM as key (`{library.pem}`); the SHA-256 of the PEM makes the same signature."
            if library.pem
            else "It accepts a PEM as key."
        )
        least = f" of {library.least} or more" if library.least else ""
        return f"It accepts random bytes{least}. {pem}", True
    if key.length < library.least:
        short = f"It refuses this key of {key.length} bytes: it requires {library.least} bytes."
        return f"{short} Ask for a longer key; RFC 7518 requires one as well.", False
    if library.pem and _is_pem(key):
        return (
            f"It refuses this PEM (`{library.pem}`); the SHA-256 of the PEM makes the same signature.",
            True,
        )
    return "It accepts this key.", True


def _code(library: Library, key: KeyFacts | None, lifespan: int, more: Mapping[str, str]) -> str:
    lines = [
        'key = Path("jwt_hs256.key").read_bytes()  # every byte, also a line end at the end',
        *_workaround(library, key),
        "now = int(time.time())",
        f'claims = {{"iat": now, "exp": now + {lifespan}, "sun": "alice"}}',
        *(f"claims[{name!a}] = {value!a}" for name, value in more.items()),
        *library.sign,
        "print(token)",
    ]
    own = [line for line in library.imports if line.split()[1] not in STANDARD]
    standard = [line for line in library.imports if line.split()[1] in STANDARD]
    standard += ["import time", "from pathlib import Path"]
    standard += ["import hashlib"] if any("hashlib." in line for line in lines) else []
    ordered = sorted(standard, key=lambda line: (line.startswith("from"), line))
    return "\n".join([*ordered, "", *own, "", *lines]) + "\n"


def _workaround(library: Library, key: KeyFacts | None) -> Iterator[str]:
    if not library.pem or (key is not None and not _is_pem(key)):
        return
    comment = f"# {library.name} refuses a PEM; this makes the same signature"
    if key is None:
        yield 'if key.startswith(b"-----BEGIN"):'
        yield f"    key = hashlib.sha256(key).digest()  {comment}"
    else:
        yield f"key = hashlib.sha256(key).digest()  {comment}"
