"""The file that jwks= names, as each release loads it at its start, and the keys in it.

Slurm reads the JSON with json-c, makes a string of each scalar, and builds a PEM key from n and e of each
key that it does not skip. Most errors in the file end the daemon. (src/plugins/auth/jwt/auth_jwt.c and
pem_key.c, src/common/data.c, src/plugins/serializer/json, 21.08 to 26.05; 20.02 and 20.11 ignore jwks=.)
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import base64s, jsonc
from slurm_jwt.vocabulary import DoesNotStart

if TYPE_CHECKING:
    from slurm_jwt.slurmctld.releases import Release

NAME = "jwks.json"
"""The file's name in the log lines of the model; a daemon logs the whole path."""


class Loader(NamedTuple):
    """What differs between releases when they load a JWKS.

    json_ends: a file that is not JSON ends the daemon; otherwise it runs as if it had no JWKS. kid_first:
    the kid is required of keys of other algorithms, too. x5c_first: a key with x5c is useless. alg_optional:
    a key without alg is built. alg_free: it also verifies tokens. rsa_only: kty must be RSA. typed: a list
    or an object as a member is as if it were missing, otherwise the address of its memory is read as a
    string. stats: the file's owner and mode are checked before it is read. base64: n and e are decoded by
    Slurm, not by libjwt. init: the function that reads the file.
    """

    json_ends: bool = False
    kid_first: bool = False
    x5c_first: bool = False
    alg_optional: bool = False
    alg_free: bool = False
    rsa_only: bool = False
    typed: bool = False
    stats: bool = False
    base64: bool = False
    init: str = "_init_jwks"


_21_08 = Loader()
_23_02 = _21_08._replace(kid_first=True, x5c_first=True)
_23_02_6 = _23_02._replace(x5c_first=False, alg_optional=True)
_23_11 = _23_02_6._replace(typed=True, stats=True)
_23_11_1 = _23_11._replace(json_ends=True)
_26_05 = _23_11_1._replace(base64=True, init="init_jwks")
_CHANGES: tuple[tuple[tuple[int, ...], Loader], ...] = (
    ((21, 8), _21_08),
    ((23, 2), _23_02),
    ((23, 2, 6), _23_02_6),
    ((23, 11), _23_11),
    ((23, 11, 1), _23_11_1),
    ((26, 5), _26_05),
    ((26, 5, 3), _26_05._replace(alg_free=True, rsa_only=True)),
)
"""Versions at which something has changed, and how Slurm loads a JWKS from there on."""
_LAST_OF_A_SERIES = (99,)


class Key(NamedTuple):
    """A key that a release uses: the numbers of an RSA key, or None if OpenSSL cannot read it."""

    kid: bytes
    modulus: int
    exponent: int


class Keys(NamedTuple):
    """What a daemon that runs has loaded.

    keys: those that it asks for a token's kid, in their order. loaded: whether there is a JWKS at all.
    trouble: the line that it logs for each RS256 token because "keys" is not a list, "" if it is one.
    """

    keys: tuple[Key, ...] = ()
    loaded: bool = True
    trouble: str = ""

    def find(self, kid: bytes) -> Key | None:
        """Return the first key with this kid: Slurm asks no other."""
        return next((key for key in self.keys if key.kid == kid), None)


class _Ends(Exception):
    """The daemon ends; the message is its fatal line, "" if it crashes."""


@lru_cache(maxsize=256)
def load(release: Release, data: bytes, name: str = NAME) -> Keys | DoesNotStart:
    """Return what this release loads from a readable JWKS file, or how it ends; a second call is cheap.

    A release that ignores jwks= loads nothing. name: the file's name in the log line.
    """
    if not release.plugin.takes_jwks:
        return Keys(loaded=False)
    loader = loader_of(release)
    if not data:
        return unreadable(release, name)
    value, _ = jsonc.parse(data)
    if value is not None:
        return _built(value, loader, release)
    if loader.json_ends:
        return DoesNotStart(f"fatal: {loader.init}: failed to deserialize jwks file `{name}`")
    return Keys(loaded=False)


def _built(value: jsonc.JsonC, loader: Loader, release: Release) -> Keys | DoesNotStart:
    members = value if isinstance(value, dict) else {}
    listed = members.get(b"keys")
    if not isinstance(listed, list):
        return Keys(trouble=_not_a_list(members, loader))
    try:
        found = [_key(member, loader, release) for member in listed]
    except _Ends as end:
        return DoesNotStart(str(end) or None)
    return Keys(tuple(key for key in found if key is not None))


def unreadable(release: Release, name: str = NAME, *, exists: bool = True) -> DoesNotStart:
    """Return how this release ends if its JWKS file does not exist, is empty, or cannot be read."""
    if not exists and loader_of(release).stats:
        return DoesNotStart(f"fatal: auth/jwt: cannot stat '{name}': No such file or directory")
    return DoesNotStart(f"fatal: auth/jwt: Could not load key file ({name})")


def loader_of(release: Release) -> Loader:
    """Return how this release loads a JWKS; a series is its last version."""
    version = tuple(int(part) for part in release.slurm.split("."))
    version = version if len(version) > 2 else version + _LAST_OF_A_SERIES
    return [loader for first, loader in _CHANGES if first <= version][-1]


def _not_a_list(members: dict[bytes, jsonc.JsonC], loader: Loader) -> str:
    """Return the line of data_list_for_each, the address in it as in the records."""
    kind, address = "object ", "(0x...)" if b"keys" in members else "(0x0)"
    if loader.typed:
        kind = "dictionary" if isinstance(members.get(b"keys"), dict) else "string"
        kind = kind if b"keys" in members else "INVALID"
    return f"error: data_list_for_each: for each attempted on non-list {kind}{address}"


def _key(member: jsonc.JsonC, loader: Loader, release: Release) -> Key | None:
    """Build the key of a member of "keys" (_build_jwks_keys); None if tokens cannot use it."""
    texts = _texts(member, loader) if isinstance(member, dict) else {}
    kid, alg = texts.get(b"kid"), texts.get(b"alg")
    if loader.kid_first and kid is None:
        raise _Ends(_missing("kid"))
    x5c = loader.x5c_first and bool(texts.get(b"x5c")) and (texts.get(b"kty") or b"").upper() == b"RSA"
    if not _is_built(alg, texts.get(b"kty"), loader) or x5c:
        return None
    if kid is None:
        raise _Ends(_missing("kid"))
    numbers = []
    for name in (b"e", b"n"):
        if (text := texts.get(name)) is None:
            raise _Ends(_missing(name.decode()))
        numbers.append(text)
    exponent, modulus = (_number(text, loader, release) for text in numbers)
    return Key(kid, modulus, exponent) if alg is not None or loader.alg_free else None


def _is_built(alg: bytes | None, kty: bytes | None, loader: Loader) -> bool:
    right = loader.alg_optional if alg is None else alg.upper() == b"RS256"
    return right and (kty == b"RSA" or not loader.rsa_only)


def _missing(field: str) -> str:
    return f"fatal: _build_jwks_keys: failed to load {field} field"


def _texts(member: dict[bytes, jsonc.JsonC], loader: Loader) -> dict[bytes, bytes]:
    """Return the members as data_get_string returns them after data_convert_tree."""
    texts = {name: _text(value) for name, value in member.items()}
    memory = {} if loader.typed else {name: _MEMORY for name, text in texts.items() if text is None}
    return {name: text for name, text in texts.items() if text is not None} | memory


_MEMORY = b"\x9f\xf8\x92\x19"
"""The start of a list in Slurm's memory, DATA_LIST_MAGIC, which older releases read as a string."""


def _text(value: jsonc.JsonC) -> bytes | None:
    if value is None:
        return b""
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, int):
        return b"%d" % max(-(1 << 63), min(value, (1 << 63) - 1))
    if isinstance(value, float):
        return f"{value:f}".encode()
    return value.split(b"\0")[0] if isinstance(value, bytes) else None


def _number(text: bytes, loader: Loader, release: Release) -> int:
    """Decode n or e. Slurm up to 25.11 crashes if nothing is in it, or if libjwt lends no decoder."""
    if not loader.base64 and not release.libjwt.lends_decoder:
        raise _Ends("")
    raw = base64s.slurm(text) if loader.base64 else release.libjwt.decode(text)
    if raw is None:
        raise _Ends("fatal: xbase64_decode() failed to decode key material")
    if not raw:
        raise _Ends("")
    return int.from_bytes(raw, "big")
