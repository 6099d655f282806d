"""Tokens of which a few words decide the whole answer: with the same words, the answer is the same.

Such a token has a header that breaks no rule, and a payload of JSON that every parser reads alike: no
escapes, no name twice, no fraction, integers within 2^53, base64url without a loose bit. If it is signed
with another key, its header decides; otherwise the header, the user that the claims name, whether aud is
there and whether it has expired. A token that breaks another rule is judged by itself.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec

from slurm_jwt.strict import jws
from slurm_jwt.strict.base64url import canonical
from slurm_jwt.strict.claims import is_portable_name
from slurm_jwt.strict.header import examine_header
from slurm_jwt.strict.json_text import MAX_EXACT, read_object
from slurm_jwt_conformance.site.check import units
from slurm_jwt_conformance.site.check.bulk import shapes
from slurm_jwt_conformance.site.discovery.survey import NEWEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt_conformance.site.check.question import Question

K = TypeVar("K")
V = TypeVar("V")

Words = tuple[bytes, str | None, str | None, str | None, bool, int]
"""Header, the user of sun, two other claims that may name a user, whether aud is there, order of exp and now.

The user is "" for a name that no account has, and None for a token of another key."""

Facts = tuple[int, int, int, str, str | None, str | None, bool]
"""exp, iat, nbf or 0, sun, two other claims that may name a user, whether aud is there."""

_WHITE = (b" ", b"\t", b"\n", b"\r")
_BACKSLASH = 0x5C  # to look for a number takes a third of the time
_IDENTITY = frozenset({"uid", "gid", "id"})
_SIGNATURE_LENGTH = 43
_MOST_SHAPES = 64
_LONGEST_HEADER, _LONGEST_NAME, _MOST_KEPT = 1024, 256, 4096
_LONGEST_LIFE = 10**9
"""Seconds from iat to exp from which on `units` may see another unit."""

_Plain = str | Annotated[int, msgspec.Meta(ge=-MAX_EXACT, le=MAX_EXACT)] | bool | None
_Deep1 = _Plain | list[_Plain] | dict[str, _Plain]
_Deep2 = _Plain | list[_Deep1] | dict[str, _Deep1]
_Deep3 = _Plain | list[_Deep2] | dict[str, _Deep2]
_read_claims = msgspec.json.Decoder(dict[str, _Deep3]).decode
_write = msgspec.json.Encoder().encode


class Reader:
    """Finds the words of tokens under one question and the signer of its key."""

    def __init__(self, question: Question, sign: Callable[[bytes], bytes]) -> None:
        self._sign = sign
        self._shapes: dict[int, Callable[[bytes], Any]] = {}
        self._headers: dict[bytes, bytes | None] = {}
        self._users: dict[str, str | None] = {}
        target, found = question.target, question.found
        self._accounts = target.users.by_name if target else {}
        settings = [found.settings(NEWEST)]
        if target is not None:
            settings += [target.settings, *target.by_series.values()]
        self._special = {"root", "nobody", *(each.slurm_user for each in settings)}
        fields = {each.parameters.get("userclaimfield", "") for each in settings} - {"", "sun", "username"}
        self._field = next(iter(fields), "username")
        self._wanted = {name: name for name in ("exp", "iat", "nbf", "sun", "aud")}
        self._wanted["username"] = "other"
        self._attribute = self._wanted.setdefault(self._field, "field")
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
        facts = self._facts(payload)
        if facts is None:
            return None
        if compare_digest(self._sign(head), signature):
            return self._of_signed(header, facts, now) if facts else None
        is_signature = len(signature) == _SIGNATURE_LENGTH and canonical(signature) is not None
        return (header, None, None, None, False, 0) if is_signature else None

    def _facts(self, payload: bytes) -> Facts | tuple[()] | None:
        """Return the facts of a payload; () if it takes more to decide, None if parsers may read it apart."""
        raw = canonical(payload)
        if raw is None or _BACKSLASH in raw:
            return None
        quotes = raw.count(b'"')
        read = self._shapes.get(quotes)
        if read is not None:
            try:
                seen = read(raw)
            except msgspec.MsgspecError:  # the claims of another issuer
                pass
            else:
                other, field = seen.other, getattr(seen, self._attribute)
                other = other if type(other) is str else None
                field = field if type(field) is str else None
                return seen.exp, seen.iat, seen.nbf or 0, seen.sun, other, field, seen.aud is not None
        claims = _claims(raw)
        if claims is None:
            return None
        facts = self._of_claims(claims)
        if facts and read is None and len(self._shapes) < _MOST_SHAPES:
            self._shapes[quotes] = shapes.reader(claims, self._wanted)
        return facts or ()

    def _of_claims(self, claims: dict[str, _Deep3]) -> Facts | None:
        """Return the facts; None unless their names and types alone break no rule."""
        get = claims.get
        exp, iat, nbf, sun, aud = get("exp"), get("iat"), get("nbf", 0), get("sun"), get("aud")
        if (
            type(exp) is not int
            or type(iat) is not int
            or type(nbf) is not int
            or type(sun) is not str
            or not _IDENTITY.isdisjoint(claims)
            or not type(get("iss", "")) is type(get("sub", "")) is type(get("jti", "")) is str
            or ("aud" in claims and type(aud) is not str)
        ):
            return None
        return exp, iat, nbf, sun, _text(get("username")), _text(get(self._field)), aud is not None

    def _of_signed(self, header: bytes, facts: Facts, now: int) -> Words | None:
        exp, iat, nbf, sun, other, field, has_aud = facts
        if (
            not (units.FIRST <= exp < units.LAST and 0 <= iat <= now and 0 <= nbf <= now)
            or exp - iat >= _LONGEST_LIFE
        ):
            return None
        try:
            user = self._users[sun]
        except KeyError:
            user = _kept(self._users, sun, self._user(sun))
        if user is None:
            return None
        return header, user, other, field, has_aud, (exp > now) - (exp < now)

    def _user(self, sun: str) -> str | None:
        """Return a name that keeps the rules; "" stands for each plain word that no account has."""
        if len(sun) > _LONGEST_NAME or not is_portable_name(sun):
            return None
        plain = sun.isalnum() and sun.islower() and sun[0].isalpha()
        return "" if plain and sun not in self._accounts and sun not in self._special else sun


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _kept(kept: dict[K, V], key: K, value: V) -> V:
    """Keep a value, in bounded memory."""
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = value
    return value


def _is_plain(text: bytes) -> bool:
    """Return whether a header breaks no rule, and every parser reads it alike."""
    raw = canonical(text) if len(text) <= _LONGEST_HEADER else None
    if raw is None or _BACKSLASH in raw:
        return False
    members, flaws = read_object(raw)
    return members is not None and not flaws and not examine_header(members)


def _claims(raw: bytes) -> dict[str, _Deep3] | None:
    """Return the members of JSON without escapes that every parser reads alike."""
    try:
        claims = _read_claims(raw)
    except (msgspec.MsgspecError, RecursionError):
        return None
    # Written again, white space aside, it has as many bytes: so no name is there twice, and no -0. With as
    # many colons no name is there twice.
    again = _write(claims)
    same = len(again) == len(raw) or (again.count(b":") == raw.count(b":") and b"-0" not in raw)
    return claims if same or _length(again) == _length(raw) else None


def _length(text: bytes) -> int:
    """Count the bytes that are no white space."""
    return len(text) - sum(map(text.count, _WHITE))
