"""Tokens of which a few words decide the whole answer: with the same words, the answer is the same.

Such a token has a header that breaks no rule, and a payload of JSON that every parser reads alike: no
escapes, no name twice, no fraction, integers within 2^53, base64url without a loose bit. If it is signed
with another key, its header decides; otherwise the header, the user that the claims name, whether aud is
there and whether it has expired. A token that breaks another rule is judged by itself.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec

from slurm_jwt.strict import jws
from slurm_jwt.strict.claims import is_portable_name
from slurm_jwt.strict.header import examine_header
from slurm_jwt.strict.json_text import MAX_EXACT, read_object
from slurm_jwt_conformance.site.check import units
from slurm_jwt_conformance.site.discovery.survey import NEWEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt_conformance.site.check.question import Question

K = TypeVar("K")
V = TypeVar("V")

Words = tuple[bytes, str | None, str | None, str | None, bool, int]
"""Header, the user of sun, two other claims that may name a user, whether aud is there, order of exp and now.

The user is "" for a name that no account has, and None for a token of another key."""

_WHITE = (b" ", b"\t", b"\n", b"\r")
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/\0\0\0")
_PADS = (b'"', b"", b'=="', b'="')
_IDENTITY = frozenset({"uid", "gid", "id"})
_SIGNATURE_LENGTH = 43
_LONGEST_HEADER, _LONGEST_NAME, _MOST_KEPT = 1024, 256, 4096
_LONGEST_LIFE = 10**9
"""Seconds from iat to exp from which on `units` may see another unit."""

_Plain = str | Annotated[int, msgspec.Meta(ge=-MAX_EXACT, le=MAX_EXACT)] | bool | None
_Deep1 = _Plain | list[_Plain] | dict[str, _Plain]
_Deep2 = _Plain | list[_Deep1] | dict[str, _Deep1]
_Deep3 = _Plain | list[_Deep2] | dict[str, _Deep2]
_read_claims = msgspec.json.Decoder(dict[str, _Deep3]).decode
_read_base64 = msgspec.json.Decoder(bytes).decode
_write = msgspec.json.Encoder().encode


class Reader:
    """Finds the words of tokens under one question and the signer of its key."""

    def __init__(self, question: Question, sign: Callable[[bytes], bytes]) -> None:
        self._sign = sign
        self._headers: dict[bytes, bytes | None] = {}
        self._users: dict[object, str | None] = {}
        target, found = question.target, question.found
        self._accounts = target.users.by_name if target else {}
        settings = [found.settings(NEWEST)]
        if target is not None:
            settings += [target.settings, *target.by_series.values()]
        self._special = {"root", "nobody", *(each.slurm_user for each in settings)}
        fields = {each.parameters.get("userclaimfield", "") for each in settings} - {"", "sun", "username"}
        self._field = next(iter(fields), "username")
        self.usable = len(fields) < 2

    def words(self, token: bytes, now: int) -> Words | None:
        """Return the words of a usual token, None for any other."""
        if len(token) > jws.MAX_TOKEN_BYTES:
            return None
        head, _, signature = token.rpartition(b".")
        text, _, payload = head.partition(b".")
        try:
            header = self._headers[text]
        except KeyError:
            header = _kept(self._headers, text, text if _is_plain(text) else None)
        if header is None:
            return None
        claims = _claims(payload)
        if claims is None:
            return None
        if compare_digest(self._sign(head), signature):
            return self._of_signed(header, claims, now)
        is_signature = len(signature) == _SIGNATURE_LENGTH and _decoded(signature) is not None
        return (header, None, None, None, False, 0) if is_signature else None

    def _of_signed(self, header: bytes, claims: dict[str, _Deep3], now: int) -> Words | None:
        read = claims.get
        exp, iat, nbf = read("exp"), read("iat"), read("nbf", 0)
        if (
            type(exp) is not int
            or type(iat) is not int
            or type(nbf) is not int
            or not (units.FIRST <= exp < units.LAST and 0 <= iat <= now and 0 <= nbf <= now)
            or exp - iat >= _LONGEST_LIFE
            or not _IDENTITY.isdisjoint(claims)
            or not type(read("iss", "")) is type(read("sub", "")) is type(read("jti", "")) is str
        ):
            return None
        aud = read("aud")
        if "aud" in claims and type(aud) is not str:
            return None
        sun, other, field = read("sun"), read("username"), read(self._field)
        try:
            user = self._users[sun]
        except KeyError:
            user = _kept(self._users, sun, self._user(sun))
        except TypeError:  # no text
            return None
        if user is None:
            return None
        other = other if type(other) is str else None
        field = field if type(field) is str else None
        return header, user, other, field, aud is not None, (exp > now) - (exp < now)

    def _user(self, sun: object) -> str | None:
        """Return a name that keeps the rules; "" stands for each plain word that no account has."""
        if not isinstance(sun, str) or len(sun) > _LONGEST_NAME or not is_portable_name(sun):
            return None
        plain = sun.isalnum() and sun.islower() and sun[0].isalpha()
        return "" if plain and sun not in self._accounts and sun not in self._special else sun


def _kept(kept: dict[K, V], key: K, value: V) -> V:
    """Keep a value, in bounded memory."""
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = value
    return value


def _is_plain(text: bytes) -> bool:
    """Return whether a header breaks no rule, and every parser reads it alike."""
    raw = _decoded(text) if len(text) <= _LONGEST_HEADER else None
    if raw is None or b"\\" in raw:
        return False
    members, flaws = read_object(raw)
    return members is not None and not flaws and not examine_header(members)


def _claims(text: bytes) -> dict[str, _Deep3] | None:
    """Return the members of a payload that every parser reads alike."""
    raw = _decoded(text)
    if raw is None or b"\\" in raw:
        return None
    try:
        claims = _read_claims(raw)
    except (msgspec.MsgspecError, RecursionError):
        return None
    # Written again, white space aside, it has as many bytes: so no name is there twice, and no -0.
    again = _write(claims)
    same = len(again) == len(raw) or _length(again) == _length(raw)
    return claims if same else None


def _length(text: bytes) -> int:
    """Count the bytes that are no white space."""
    return len(text) - sum(map(text.count, _WHITE))


def _decoded(text: bytes) -> bytes | None:
    """Return the bytes of base64url without padding and without loose bits, None for any other text."""
    rest = len(text) % 4
    if rest == 1 or not text or text[-1] not in jws.CANONICAL_LAST[rest] or b"\\" in text:
        return None
    try:
        return _read_base64(b'"%b%b' % (text.translate(_TO_STANDARD), _PADS[rest]))
    except (msgspec.MsgspecError, UnicodeError):
        return None
