"""The Verifier: accept a token or refuse it, fast and strictly."""

from __future__ import annotations

import time
from hmac import compare_digest
from typing import TYPE_CHECKING

from slurm_jwt.strict.accepted import Claims, claims_of
from slurm_jwt.strict.errors import Refused
from slurm_jwt.strict.examination import as_bytes, examine_bytes, keys_of, moment
from slurm_jwt.strict.expected import Expected, expected
from slurm_jwt.strict.jws import MAX_TOKEN_BYTES, USUAL_START
from slurm_jwt.strict.keys import fingerprint
from slurm_jwt.strict.proving import Rs256, remember, usable_keys
from slurm_jwt.strict.signature import HS256, RS256, Keys
from slurm_jwt.strict.signing import usable_signer
from slurm_jwt.strict.usual_claims import read_claims

if TYPE_CHECKING:
    from collections.abc import Collection

    from slurm_jwt.strict.jwks import Jwks

_USUAL_HEADER = USUAL_START[:-1]


class Verifier:
    """Verifies tokens under one key, a JWKS or both, for as long as it lives and from any thread.

    key: the signing key of HS256. jwks: the keys of RS256, a JWKS document or what `read_jwks` read of one;
    a key that breaks any rule verifies no token. The type of the key decides about the algorithm, not the
    token (RFC 8725 3.1): without key no HS256 token is valid, without jwks no RS256 token. An RS256 token
    needs a kid (RFC 7515 4.1.4).
    audience: the verifier's name, or a collection of its names: the token's aud must have one of them
    (RFC 7519 4.1.3, RFC 8725 3.9). Without audience a token with aud is refused. issuer: the token's iss must
    be this text, character by character (RFC 8725 3.8). leeway: seconds by which the issuer's clock may
    differ, for exp, nbf and iat. max_lifetime: the most seconds from iat to exp.

    A TypeError says that neither key nor jwks is given, or that an argument has the wrong type; a ValueError,
    that a setting cannot be meant, such as an empty issuer. Refused: the key is empty or shorter than the 32
    bytes of RFC 7518 3.2, or the JWKS has no key that breaks no rule. The object holds no copy of the key.
    fingerprint is that of the key, None without a key; kids are the kids of the JWKS that it uses.
    """

    __slots__ = ("_headers", "_keys", "_required", "_rs256", "_sign", "fingerprint", "kids")

    def __init__(  # noqa: PLR0913 - settings, by keyword
        self,
        key: bytes | None = None,
        *,
        jwks: bytes | str | Jwks | None = None,
        audience: str | Collection[str] | None = None,
        issuer: str | None = None,
        leeway: int = 0,
        max_lifetime: int | None = None,
    ) -> None:
        __tracebackhide__ = True
        try:
            if key is None and jwks is None:
                raise TypeError("a Verifier needs a key: give key, in bytes, or jwks, a JWKS document")
            self._sign = None if key is None else usable_signer(key)
            self.fingerprint = None if key is None else fingerprint(key)
            keys = keys_of(self._sign, jwks)
        finally:
            del key, jwks
        self._keys = keys._replace(algorithms=_algorithms(keys))
        self._headers = {_USUAL_HEADER}
        self._rs256 = None if keys.jwks is None else Rs256(usable_keys(keys.jwks))
        self.kids = () if keys.jwks is None else tuple(keys.jwks.keys)
        self._required = expected(audience, issuer, leeway, max_lifetime)

    def __repr__(self) -> str:
        key = f"key fingerprint {self.fingerprint}" if self.fingerprint else "no key"
        return f"Verifier({key}, {len(self.kids)} RS256 keys)" if self.kids else f"Verifier({key})"

    def verify(self, token: str | bytes, now: float | None = None) -> Claims:
        """Return the claims of a valid token; refuse any other.

        now: the moment to judge at, in seconds since 1970; the clock is read if it
        is not given. Refused carries the first rule that the token breaks, as
        `examine` lists them; where the documents leave a choice, this verifier
        refuses. It does not read the claims of a token with another signature; an
        RS256 header that nests over a thousand levels deep counts as such a token. A
        TypeError or ValueError reports a wrong argument, as with `examine`.
        """
        # A report of an error may show the variables of its frames; so no token is left in them.
        __tracebackhide__ = True
        try:
            at = time.time() if now is None else moment(now)
            raw = token.encode() if type(token) is str and token.isascii() else as_bytes(token)
        except (TypeError, ValueError):
            del token
            raise
        head, _, signature = raw.rpartition(b".")
        own, proven, claims = b"", False, None
        if len(raw) <= MAX_TOKEN_BYTES:
            if self._rs256 is not None:
                proven, claims = self._rs256.prove(head, signature, at, self._required)
            if self._sign is not None and not proven:
                own = self._sign(head)
                if compare_digest(own, signature):
                    header, _, payload = head.partition(b".")
                    if header in self._headers or remember(self._headers, header):
                        claims = read_claims(payload, at, self._required)
        if claims:
            return claims
        judged = _examined(raw, _with_results(self._keys, own, proven), at, self._required)
        if not isinstance(judged, Refused):
            return judged
        del token, raw, head, signature, own
        raise judged


def _algorithms(keys: Keys) -> frozenset[str]:
    """Return the algorithms of the keys: a verifier allows no other."""
    return frozenset(
        algorithm for algorithm, given in ((HS256, keys.sign), (RS256, keys.jwks)) if given is not None
    )


def _with_results(keys: Keys, own: bytes, proven: bool) -> Keys:
    """Return keys that repeat what was found: the text of the HS256 signature, the check of the RS256 one."""
    return keys._replace(sign=None if keys.sign is None else lambda _: own, proven=proven)


def _examined(token: bytes, keys: Keys, at: float, required: Expected) -> Claims | Refused:
    """Judge a token by all the rules. keys: with the results of the checks of its signature."""
    examination = examine_bytes(token, keys, at, [], required, signed_only=True)
    if examination.findings or examination.claims is None:
        return Refused(examination.findings[0])
    return claims_of(examination.claims)
