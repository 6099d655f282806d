"""A few lines of Python for each library that make a token for this cluster and print it. A test runs them.

HMAC replaces a key of more than 64 bytes by its SHA-256 (RFC 2104). A library that refuses a PEM therefore
makes the same signature with sha256(PEM): recipes use that.
"""

# No "from __future__ import annotations" here: msgspec needs the annotations live.
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from slurm_jwt.strict.keys import KeyFacts
from slurm_jwt_reports.schema import Strict

LIFESPAN = 1800
"""Seconds: the default of scontrol token."""


class Library(Strict, frozen=True):
    """A library. install: its name for pip. pem: its error for a PEM as key, "" if it accepts a PEM.

    least: the shortest key in bytes that it accepts, 0 for any. note: what else to know. rsa_imports,
    rsa_sign: as imports and sign, for RS256.
    """

    name: str
    install: str
    imports: tuple[str, ...]
    sign: tuple[str, ...]
    pem: str = ""
    least: int = 0
    note: str = ""
    rsa_imports: tuple[str, ...] = ()
    rsa_sign: tuple[str, ...] = ()


class _Libraries(Strict, frozen=True):
    library: tuple[Library, ...]


LIBRARIES = msgspec.toml.decode(
    Path(__file__).with_name("libraries.toml").read_bytes(), type=_Libraries
).library
STANDARD = ("base64", "hashlib", "time")


class Recipe(Strict, frozen=True):
    """A library's lines. goes: what it does with this site's key. works: the lines make a token with it.

    alg: HS256 or RS256.
    """

    library: str
    install: str
    code: str
    goes: str
    note: str
    works: bool
    alg: Literal["HS256", "RS256"] = "HS256"


def recipes(
    key: KeyFacts | None, lifespan: int = LIFESPAN, more: Mapping[str, str] | None = None
) -> tuple[Recipe, ...]:
    """Return the recipes for a site's key, or for any key. more: claims that a policy requires."""
    return tuple(_recipe(library, key, lifespan, more or {}) for library in LIBRARIES)


def rsa_recipes(
    kid: str, lifespan: int = LIFESPAN, more: Mapping[str, str] | None = None, user_claim: str = "sun"
) -> tuple[Recipe, ...]:
    """Return the recipes for RS256: each signs with a private key in PEM. kid: of the key in the JWKS."""
    return tuple(
        Recipe(
            library=library.name,
            install=_RSA_INSTALL.get(library.name, library.install),
            code=_rsa_code(library, kid, lifespan, more or {}, user_claim),
            goes="It signs with a private RSA key in PEM.",
            note=library.note if "PEM" not in library.note else "",
            works=True,
            alg="RS256",
        )
        for library in LIBRARIES
    )


_RSA_INSTALL = {"PyJWT": "PyJWT[crypto]"}


def _rsa_code(library: Library, kid: str, lifespan: int, more: Mapping[str, str], user_claim: str) -> str:
    lines = [
        'key = Path("private.pem").read_bytes()  # your RSA key; the cluster has only its public half',
        f"kid = {kid!a}  # of this key in the cluster's JWKS",
        "now = int(time.time())",
        f'claims = {{"iat": now, "exp": now + {lifespan}, {_quoted(user_claim)}: "alice"}}',
        *(f"claims[{name!a}] = {value!a}" for name, value in more.items()),
        *library.rsa_sign,
        "print(token)",
    ]
    return "\n".join(["import time", "from pathlib import Path", "", *library.rsa_imports, "", *lines]) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text)


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
