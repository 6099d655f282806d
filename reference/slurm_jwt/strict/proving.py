"""Check RS256 signatures before anything else of a token is believed, fast for headers that are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from slurm_jwt.strict.base64url import canonical
from slurm_jwt.strict.errors import Refused
from slurm_jwt.strict.header import examine_header
from slurm_jwt.strict.json_text import read_object
from slurm_jwt.strict.jws import decoded
from slurm_jwt.strict.signature import HS256, RS256, Keys
from slurm_jwt.strict.usual_claims import read_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slurm_jwt.strict.accepted import Claims
    from slurm_jwt.strict.expected import Expected
    from slurm_jwt.strict.jwks import Jwks, RsaKey

_MOST_HEADERS = 64
_MOST_HEADER_BYTES = 1024
_OF = {each: Keys(edition="later", algorithms=frozenset({each})) for each in (HS256, RS256)}


class _Header(msgspec.Struct):
    alg: str | None = None
    kid: str | None = None


_read = msgspec.json.Decoder(_Header).decode


def usable_keys(jwks: Jwks) -> Mapping[str, RsaKey]:
    """Return the keys that break no rule. Refused: there is none."""
    if jwks.keys:
        return jwks.keys
    errors = [each for each in jwks.findings if each.severity == "error" and each.rule != "jwks.usable"]
    raise Refused((errors or [*jwks.findings])[0])


class Rs256:
    """Checks the signatures of RS256 tokens under the keys of a JWKS.

    It remembers up to 64 headers that came with a right signature and break no rule; it remembers no token.
    """

    __slots__ = ("_headers", "_keys")

    def __init__(self, keys: Mapping[str, RsaKey]) -> None:
        self._keys = keys
        self._headers: dict[bytes, Callable[[bytes, bytes], bool]] = {}

    def prove(
        self, head: bytes, signature: bytes, at: float, required: Expected
    ) -> tuple[bool, Claims | None]:
        """Return whether the key that kid names signed a token, and its claims if they are plain and valid.

        head: the signing input. signature: in base64url. at: the moment to judge at, in seconds since 1970.
        """
        header, _, payload = head.partition(b".")
        known = self._headers.get(header)
        is_signed = known or self._checker(header)
        octets = None if is_signed is None else canonical(signature)
        if is_signed is None or octets is None or not is_signed(octets, head):
            return False, None
        if known is None and len(self._headers) < _MOST_HEADERS and _breaks_no_rule(header, RS256):
            self._headers[header] = is_signed
            known = is_signed
        if known is None:
            return True, None
        return True, read_claims(payload, at, required)

    def _checker(self, header: bytes) -> Callable[[bytes, bytes], bool] | None:
        """Return the check under the key that a header of RS256 names."""
        try:
            members = _read(decoded(header))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        key = self._keys.get(members.kid or "") if members.alg == RS256 and members.kid is not None else None
        if key is None:
            return None
        from slurm_jwt.strict.rs256 import checker  # imports cryptography

        return checker(key)


def remember(headers: set[bytes], header: bytes) -> bool:
    """Add the header of a signed HS256 token, given as base64url, while there is room; return whether."""
    fits = len(headers) < _MOST_HEADERS and _breaks_no_rule(header, HS256)
    if fits:
        headers.add(header)
    return fits


def _breaks_no_rule(header: bytes, algorithm: str) -> bool:
    """Return whether to remember a header: it is short, in canonical base64url, and no rule is broken."""
    raw = canonical(header)
    if raw is None or len(raw) > _MOST_HEADER_BYTES:
        return False
    members, flaws = read_object(raw)
    return members is not None and not flaws and not examine_header(members, _OF[algorithm])
