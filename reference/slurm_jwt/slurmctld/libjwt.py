"""jwt_decode() and its getters, by libjwt version: base64, JSON, algorithm, type, signature.

libjwt answers EINVAL to everything it dislikes; this model also says which step refused, only for the reader.
Sources: libjwt/jwt.c, base64.c, cdecode.c and jwt-openssl.c at the tags v1.10.2 to v2.1.3, and Debian's
patches to 1.10.2.
"""

from __future__ import annotations

import hmac
from binascii import b2a_base64
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import base64s, jansson

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt.slurmctld.jansson_exact import Json

_DIGESTS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_UNPAD = bytes.maketrans(b"+/", b"-_")


class Libjwt(NamedTuple):
    """One libjwt, as far as Slurm meets it.

    decode: its base64 decoder. algorithms: names of alg that it knows, in upper case if any_case.
    typ_checked: a string as typ must be JWT in any case. not_an_integer: what jwt_get_grant_int()
    gives for a claim of another type. keyless: whether it decodes without a key. lends_decoder: whether it
    exports jwt_Base64decode, which Slurm up to 25.11 calls for the keys of a JWKS.
    """

    version: str
    decode: Callable[[bytes], bytes]
    algorithms: frozenset[str]
    any_case: bool
    typ_checked: bool
    not_an_integer: int
    keyless: bool
    lends_decoder: bool = True


class Jwt(NamedTuple):
    """A decoded token. kind: the algorithm in libjwt's own spelling; alg, kid: as the token spells them."""

    kind: str
    alg: str
    kid: str | None
    claims: Json
    signed: bytes
    signature: bytes


def decode(token: bytes, library: Libjwt) -> Jwt | str:
    """Split and decode a token, its signature aside; a string tells why libjwt refuses it."""
    head, dot, rest = token.partition(b".")
    body, second_dot, signature = rest.partition(b".")
    if not dot or not second_dot:
        return "a token has two dots"
    header = jansson.loads(library.decode(head))
    if header is jansson.INVALID:
        return "the header is no JSON that jansson reads"
    alg = string(header, "alg")
    kind = _kind(alg, library)
    if kind is None or alg is None:
        return "alg is missing or unknown to libjwt"
    if library.typ_checked and kind != "NONE" and not _is_jwt(string(header, "typ")):
        return "libjwt before 1.12 takes no typ but JWT"
    claims = jansson.loads(library.decode(body))
    if claims is jansson.INVALID:
        return "the payload is no JSON that jansson reads"
    return Jwt(kind, alg, string(header, "kid"), claims, token[: len(head) + 1 + len(body)], signature)


def is_signed(jwt: Jwt, key: bytes) -> bool:
    """Return whether the signature's text is the base64url of the HMAC, to the letter."""
    digest = hmac.digest(key, jwt.signed, _DIGESTS[jwt.kind])
    expected = b2a_base64(digest, newline=False).rstrip(b"=").translate(_UNPAD)
    return hmac.compare_digest(expected, jwt.signature)


def is_hmac(jwt: Jwt) -> bool:
    """Return whether the token names an algorithm that works with the key of a key file."""
    return jwt.kind in _DIGESTS


def string(json: Json, name: str) -> str | None:
    """Return a string member, None if it is missing or of another type (jwt_get_grant)."""
    value = json.get(name) if isinstance(json, dict) else None
    return value if isinstance(value, str) else None


def integer(json: Json, name: str, library: Libjwt) -> int:
    """Return an integer member (jwt_get_grant_int): -1 if missing, the library's value if no integer."""
    if not isinstance(json, dict) or name not in json:
        return -1
    value = json[name]
    return value if type(value) is int else library.not_an_integer


def _kind(alg: str | None, library: Libjwt) -> str | None:
    """Return the algorithm in upper case if this libjwt knows the name; case counts since 1.12."""
    if alg is None or not alg.isascii():
        return None
    if library.any_case:
        alg = alg.upper()
    return alg.upper() if alg in library.algorithms else None


def _is_jwt(typ: str | None) -> bool:
    return typ is None or (typ.isascii() and typ.upper() == "JWT")


_FIRST = frozenset({"none", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"})
_ANY_CASE = frozenset(name.upper() for name in _FIRST)
_WITH_PS = _FIRST | {"PS256", "PS384", "PS512"}
_WITH_ED = _WITH_PS | {"ES256K", "EDDSA"}
_LAST = _WITH_PS | {"ES256K", "EdDSA"}

_UPSTREAM_1_10 = Libjwt(
    "1.10.2-upstream",
    base64s.apache,
    _ANY_CASE,
    any_case=True,
    typ_checked=True,
    not_an_integer=0,
    keyless=True,
)
_1_12 = _UPSTREAM_1_10._replace(version="1.12.0", algorithms=_FIRST, any_case=False, typ_checked=False)
_1_12_1 = _1_12._replace(version="1.12.1", not_an_integer=-1)
_1_17_1 = _1_12_1._replace(version="1.17.1", algorithms=_WITH_PS, decode=base64s.apache_whole_groups)
_1_18 = _1_17_1._replace(version="1.18.0", algorithms=_WITH_ED)
_2_1_0 = _1_18._replace(version="2.1.0", decode=base64s.libb64, lends_decoder=False)
_2_1_1 = _2_1_0._replace(version="2.1.1", keyless=False)

DEBIAN = {
    "1.10.2": _UPSTREAM_1_10._replace(version="1.10.2", decode=base64s.libb64),
    "1.17.2": _1_17_1._replace(version="1.17.2", decode=base64s.libb64),
}
"""Debian's builds have libb64 in place of Apache's decoder; all else is as upstream."""

_CHANGES: tuple[tuple[tuple[int, ...], Libjwt], ...] = (
    ((1, 10, 0), _UPSTREAM_1_10),
    ((1, 12, 0), _1_12),
    ((1, 12, 1), _1_12_1),
    ((1, 16, 0), _1_12_1._replace(version="1.16.0", algorithms=_WITH_PS)),
    ((1, 17, 0), _1_12_1._replace(version="1.17.0")),
    ((1, 17, 1), _1_17_1),
    ((1, 18, 0), _1_18),
    ((2, 1, 0), _2_1_0),
    ((2, 1, 1), _2_1_1),
    ((2, 1, 2), _2_1_1._replace(version="2.1.2", algorithms=_LAST)),
)
"""Versions at which something that Slurm meets has changed, and how libjwt is from there on."""


def version(name: str) -> Libjwt:
    """Return the libjwt of this version; ValueError if there is none that Slurm can be built with.

    "1.10.2" and "1.17.2" are Debian's builds, "1.10.2-upstream" and "1.17.2-upstream" the project's own.
    """
    if name in DEBIAN:
        return DEBIAN[name]
    try:
        wanted = tuple(int(part) for part in name.removesuffix("-upstream").split("."))
    except ValueError:
        raise ValueError(f"{name!r} is no version of libjwt") from None
    if not (1, 10) <= wanted < (3,):
        raise ValueError(f"Slurm's auth/jwt is not built with libjwt {name}: it wants 1.10 up to 2")
    since = [library for first, library in _CHANGES if first <= (*wanted, 0, 0)[:3]]
    return since[-1]._replace(version=name)
