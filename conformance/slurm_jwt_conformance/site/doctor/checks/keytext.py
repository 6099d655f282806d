"""The bytes of the key, without showing them: length, shape, and whether they are published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt.strict.keys import MIN_KEY_BYTES
from slurm_jwt_conformance.site.doctor.catalogue import finding
from slurm_jwt_conformance.site.doctor.checks.common import shown_path, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slurm_jwt.strict.keys import KeyFacts
    from slurm_jwt_conformance.site.discovery.key import Key
    from slurm_jwt_conformance.site.discovery.survey import Cluster
    from slurm_jwt_conformance.site.doctor.report import Finding, Severity

    Row = tuple[str, str, str, str]
    """The rule, message, cause and fix of a finding."""

_PUBLIC_SHAPES = ("PEM (PUBLIC KEY)", "PEM (CERTIFICATE)")
_NEW = "Make a new key (slurm-jwt keygen), rename it over the old one, restart, and issue new tokens."


def check(survey: Cluster) -> Iterator[Finding]:
    """Look at each key once, also where both daemons name the same file."""
    seen: set[str] = set()
    for key in survey.keys:
        if key.facts and key.choice.path and key.choice.path not in seen:
            seen.add(key.choice.path)
            yield from _key(survey, key, key.facts)


def _key(survey: Cluster, key: Key, facts: KeyFacts) -> Iterator[Finding]:
    path = key.choice.path or ""
    place = whole(path) if path in survey.paths else None
    for rule, message, cause, fix in _rows(facts, f"The key in {shown_path(survey, path)}"):
        guessable = rule == "key.short" and facts.length < MIN_KEY_BYTES // 2
        level: Severity | None = "error" if guessable else None
        yield finding(rule, message, cause, fix, place, level=level, daemon=key.daemon)


def _rows(facts: KeyFacts, name: str) -> Iterator[Row]:
    if facts.fingerprint in published():
        yield (
            "key.published",
            f"{name} is a published test key.",
            "Everybody has it, and can sign tokens for any user of this cluster.",
            _NEW,
        )
    if facts.shape in _PUBLIC_SHAPES:
        yield (
            "key.public",
            f"{name} is {_article(facts.shape)}: it is public.",
            "HS256 signs with this text: whoever has it can sign tokens for any user.",
            _NEW,
        )
    yield from _length(facts, name)
    yield from _shape(facts, name)


def _article(shape: str) -> str:
    return "a certificate" if "CERT" in shape else "a public key"


def _length(facts: KeyFacts, name: str) -> Iterator[Row]:
    if facts.length < MIN_KEY_BYTES:
        yield (
            "key.short",
            f"{name} has {facts.length} byte{'s' * (facts.length != 1)}.",
            (
                "RFC 7518 3.2 requires 32 or more. Slurm accepts any length. A short key can be guessed, and"
                " strict libraries refuse it."
            ),
            _NEW,
        )


def _shape(facts: KeyFacts, name: str) -> Iterator[Row]:
    if facts.shape.startswith("PEM") and facts.shape not in _PUBLIC_SHAPES:
        yield (
            "key.pem",
            f"{name} is the text of a {facts.shape} file.",
            (
                "Slurm signs with all bytes of the file. PyJWT, python-jose and jsonwebtoken"
                " refuse such a text as an HMAC key."
            ),
            "If issuers cannot use it, make a key of 32 random bytes (slurm-jwt keygen).",
        )
    elif facts.shape in {"hex text", "base64 text"}:
        yield (
            "key.text",
            f"{name} is {facts.shape}.",
            (
                "The characters themselves are the key: Slurm decodes nothing. An issuer that decodes them"
                " signs with another key."
            ),
            "Give issuers the file as it is.",
        )
    if facts.final_newline and facts.shape in {"hex text", "base64 text", "text"}:
        yield (
            "key.newline",
            f"{name} is text that ends with a line end.",
            "The line end is part of the key. Editors, shells and secret stores often add or remove it.",
            "Check that issuers have it as well: compare the fingerprints (slurm-jwt doctor --export).",
        )
    if facts.crlf:
        yield (
            "key.crlf",
            f"{name} has Windows line ends (CR LF).",
            "They are part of the key. A converted copy is another key.",
            "Compare the fingerprints of all copies (slurm-jwt doctor --export).",
        )


def published() -> frozenset[str]:
    """Return the fingerprints of the keys that this suite publishes."""
    from slurm_jwt.strict.keys import fingerprint
    from slurm_jwt_vectors import load

    return frozenset(fingerprint(key.bytes) for key in load().keys.values() if key.bytes)
