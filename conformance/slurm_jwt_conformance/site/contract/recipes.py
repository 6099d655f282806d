"""A few lines of Python for each library that make a token which this cluster takes. A test runs each.

HMAC replaces a key of over 64 bytes by its SHA-256 (RFC 2104), so that a library which refuses a PEM makes
the very same signature with sha256(PEM): that is how a recipe goes round such a refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slurm_jwt.strict.keys import KeyFacts

LIFESPAN = 1800
"""Seconds: what scontrol token gives where nothing else is asked for."""


class Library(NamedTuple):
    """A library. install: as pip calls it. pem: how it refuses a PEM as key, "" if it takes one.

    least: the shortest key in bytes that it takes, 0 for any. note: what else to know.
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
        note="Its import name is jwt, and so is Gehirn's: they cannot be installed together.",
    ),
    Library(
        "Authlib",
        "Authlib",
        ("from authlib.jose import JsonWebToken",),
        ('token = JsonWebToken(["HS256"]).encode({"alg": "HS256"}, claims, key).decode()',),
        pem="This key may not be safe to import",
        note="authlib.jose says that it is deprecated, and names joserfc in its place.",
    ),
    Library(
        "joserfc",
        "joserfc",
        ("from joserfc import jwt", "from joserfc.jwk import OctKey"),
        ('token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key))',),
        note="It takes a private PEM with a SecurityWarning.",
    ),
    Library(
        "jwcrypto",
        "jwcrypto",
        ("import base64", "from jwcrypto.jwk import JWK", "from jwcrypto.jwt import JWT"),
        (
            f'jwk = JWK(kty="oct", k={_JWK_K})',
            'made = JWT(header={"alg": "HS256", "typ": "JWT"}, claims=claims)',
            "made.make_signed_token(jwk)",
            "token = made.serialize()",
        ),
        least=32,
    ),
    Library(
        "python-jose",
        "python-jose[cryptography]",
        ("from jose import jwt",),
        ('token = jwt.encode(claims, key, algorithm="HS256")',),
        pem="The specified key is an asymmetric key or x509 certificate",
        note="Version 3.3.0 still takes a PEM.",
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


class Recipe(NamedTuple):
    """A library's lines. goes: what it does with this site's key, in a sentence. works: they make a token."""

    library: str
    install: str
    code: str
    goes: str
    note: str
    works: bool


def recipes(
    key: KeyFacts | None, lifespan: int = LIFESPAN, more: Mapping[str, str] | None = None
) -> tuple[Recipe, ...]:
    """Return the recipes for a site's key; without one they do for any key. more: claims of a policy."""
    return tuple(_recipe(library, key, lifespan, more or {}) for library in LIBRARIES)


def _recipe(library: Library, key: KeyFacts | None, lifespan: int, more: Mapping[str, str]) -> Recipe:
    goes, works = _goes(library, key)
    code = _code(library, key, lifespan, more)
    return Recipe(library.name, library.install, code, goes, library.note, works)


def _is_pem(key: KeyFacts) -> bool:
    return key.shape.startswith("PEM")


def _goes(library: Library, key: KeyFacts | None) -> tuple[str, bool]:
    """Say what a library does with the site's key; without one, with each shape of key."""
    if key is None:
        pem = (
            f"refuses a PEM as key (`{library.pem}`), so that its SHA-256 is given instead, which signs alike"
            if library.pem
            else "takes a PEM as key"
        )
        least = f" of {library.least} bytes and more" if library.least else ""
        return f"Takes random bytes{least}; {pem}.", True
    if key.length < library.least:
        told = f"Refuses this key: it has {key.length} bytes, and the library wants {library.least}."
        return f"{told} Ask for a longer key, which RFC 7518 demands as well.", False
    if library.pem and _is_pem(key):
        return (
            f"Refuses this key, a PEM (`{library.pem}`); its SHA-256, which signs alike, it takes.",
            True,
        )
    return "Takes this key.", True


def _code(library: Library, key: KeyFacts | None, lifespan: int, more: Mapping[str, str]) -> str:
    lines = [
        'key = Path("jwt_hs256.key").read_bytes()  # every byte, a line end at the end, too',
        *_workaround(library, key),
        "now = int(time.time())",
        f'claims = {{"iat": now, "exp": now + {lifespan}, "sun": "alice"}}',
        *(f"claims[{name!a}] = {value!a}" for name, value in more.items()),
        *library.sign,
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
    say = f"# {library.name} refuses a PEM; this signs alike"
    if key is None:
        yield 'if key.startswith(b"-----BEGIN"):'
        yield f"    key = hashlib.sha256(key).digest()  {say}"
    else:
        yield f"key = hashlib.sha256(key).digest()  {say}"
