"""Makes tokens from tokens: edits of header, claims and encoding, signed again in most cases.

Everything comes from one seeded generator, so a seed, a corpus and a number give the same tokens again.
"""

from __future__ import annotations

import hmac
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab.fuzz import edits as fuzz_edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_FOREIGN = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"))
_DIGEST = re.compile(rb'"alg"\s*:\s*"[hH][sS](384|512)"')
_NAMES_BESIDE = (b"alice", b"bob", b"root", b"", b"nosuchuser", b"0", b"2001", b"slurm", b"nobody", b"alice ")
LONGEST = 100_000

Signer = Callable[[bytes, bytes], bytes]
"""Returns the signature's text for a signing input and the header's text."""


class Texts(NamedTuple):
    """The two JSON texts of a token."""

    header: bytes
    payload: bytes


class FuzzedToken(NamedTuple):
    """A token, the user name that is sent with it, and the texts in it."""

    token: bytes
    user_name: bytes | None
    texts: Texts


def encode(text: bytes) -> bytes:
    """Return base64url without padding."""
    return b2a_base64(text, newline=False).rstrip(b"=").translate(_TO_URL)


def decode(part: bytes) -> bytes:
    """Return what an encoded part holds, foreign characters skipped: the most lenient reading."""
    clean = part.translate(_FROM_URL, _FOREIGN)
    clean = clean[: len(clean) - (len(clean) % 4 == 1)]
    return a2b_base64(clean + b"=" * (-len(clean) % 4))


def sign(signed: bytes, header: bytes, key: bytes) -> bytes:
    """Return the signature's text: HS256, or the HMAC that the header's alg names."""
    match = _DIGEST.search(header)
    return encode(hmac.digest(key, signed, f"sha{match.group(1).decode()}" if match else "sha256"))


def signer_of(key: bytes | Signer) -> Signer:
    """Return the signer of an HS256 key; a signer is its own."""
    return (lambda signed, header: sign(signed, header, key)) if isinstance(key, bytes) else key


def texts_of(tokens: Iterable[bytes]) -> list[Texts]:
    """Return the different pairs of texts of these tokens; what is no token with two dots is left out."""
    texts: dict[Texts, None] = {}
    for token in tokens:
        parts = token.split(b".")
        if len(parts) >= 3 and len(token) <= LONGEST:
            texts[Texts(decode(parts[0]), decode(parts[1]))] = None
    return list(texts)


class Mutator:
    """Makes tokens for an HS256 key or a signer; `corpus` may grow while it works.

    edits: numbers of edits of a token's texts, each with the same chance.
    """

    def __init__(
        self,
        seed: str,
        corpus: list[Texts],
        key: bytes | Signer,
        edits: Sequence[int] = (0, 1, 1, 1, 1, 2, 2, 3),
    ) -> None:
        self._rng = Random(seed)  # noqa: S311 - a campaign must be repeatable
        self._corpus = corpus
        self._signer = signer_of(key)
        self._edits = edits

    def make(self) -> FuzzedToken:
        """Make one token."""
        rng = self._rng
        header, payload = rng.choice(self._corpus)
        for _ in range(rng.choice(self._edits)):
            if rng.random() < 0.35:
                header = rng.choice(fuzz_edits.OF_HEADER)(rng, header)
            else:
                payload = rng.choice(fuzz_edits.OF_PAYLOAD)(rng, payload)
        if rng.random() < 0.03:
            payload = self._crossed(payload)
        texts = Texts(header[:LONGEST], payload[:LONGEST])
        name = rng.choice(_NAMES_BESIDE) if rng.random() < 0.04 else None
        return FuzzedToken(self._assemble(texts), name, texts)

    def _crossed(self, payload: bytes) -> bytes:
        """Join the start of one payload and the end of another."""
        other = self._rng.choice(self._corpus).payload
        return payload[: self._rng.randrange(len(payload) + 1)] + other[self._rng.randrange(len(other) + 1) :]

    def _assemble(self, texts: Texts) -> bytes:
        """Encode and sign; the encoding may be edited before the signing, the token after it."""
        rng = self._rng
        parts = [encode(texts.header), encode(texts.payload)]
        if rng.random() < 0.15:
            which = rng.randrange(2)
            parts[which] = rng.choice(fuzz_edits.OF_PART)(rng, parts[which])
        signed = b".".join(parts)
        text = signed if rng.random() < 0.98 else signed[:-1]
        token = signed + b"." + self._signer(text, texts.header)
        if rng.random() < 0.06:
            token = rng.choice(fuzz_edits.OF_TOKEN)(rng, token)
        return token
