"""What slurm.conf says of authentication, as each release understands it: plugins, key file, parameters.

From src/common/slurm_auth.c (src/interfaces/auth.c), src/plugins/auth/jwt/auth_jwt.c and
src/slurmctld/proc_req.c at the tags that `slurmctld/releases.py` knows. Nothing here opens a file.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from slurm_jwt.config.grammar import Parsed, Setting
    from slurm_jwt.config.keys import Daemon

DEFAULT_STATE = "/var/spool"
DEFAULT_KEY_NAME = "jwt_hs256.key"
DEFAULT_TYPE = "auth/munge"

Way = Literal["never", "anywhere", "anywhere, any case", "part"]
"""How a release looks for a parameter: its name anywhere in the text, or at the start of a part only.

Parts are what stands between commas; blanks belong to them.
"""

_WAYS: dict[str, tuple[tuple[str, Way], ...]] = {
    "jwt_key=": (("20.11", "anywhere, any case"), ("21.08", "anywhere"), ("23.11", "part")),
    "jwks=": (("21.08", "anywhere"), ("23.11", "part")),
    "userclaimfield=": (("23.02", "anywhere"), ("26.05", "part")),
    "disable_token_creation": (("20.11", "anywhere"),),
    "max_token_lifespan=": (("22.05", "anywhere, any case"),),
    "use_jwt_client_ids": (("26.05", "anywhere"),),
    "use_jwt_client_ids_only": (("26.05", "anywhere"),),
}
"""Each parameter with the series from which on it is looked for in which way."""

PARAMETERS = tuple(name.rstrip("=") for name in _WAYS)


class Found(NamedTuple):
    """A parameter as a release finds it: its value, and where name and value stand in the whole text."""

    value: str
    name_at: int
    value_at: int


class Part(NamedTuple):
    """One part of AuthAltParameters between commas, and where it starts; blanks belong to it."""

    text: str
    at: int

    @property
    def name(self) -> str:
        """What stands before "=", without blanks."""
        return self.text.partition("=")[0].strip()


class AuthType(NamedTuple):
    """One authentication plugin that a daemon loads.

    name: as written. plugin: as it is looked for, "auth/jwt". setting: None for the default. at: where the
    name stands in the setting's value.
    """

    name: str
    plugin: str
    setting: Setting | None
    at: int


class KeyChoice(NamedTuple):
    """Which HS256 key a daemon takes.

    path: None if it takes none. reason: "given", "default" (beside the state), "jwks" (none, since jwks=
    stands alone), "unset" (slurmdbd has no default). setting, at: where the path or its lack comes from.
    """

    path: str | None
    reason: Literal["given", "default", "jwks", "unset"]
    setting: Setting | None
    at: int


def way(name: str, series: str) -> Way:
    """Return how this series looks for one of PARAMETERS."""
    ways = _WAYS.get(name) or _WAYS[f"{name}="]
    return next((way for since, way in reversed(ways) if since <= series), "never")


def since(name: str) -> str:
    """Return the first series that looks for one of PARAMETERS."""
    ways = _WAYS.get(name) or _WAYS[f"{name}="]
    return ways[0][0]


@lru_cache(maxsize=64)
def find(text: str, name: str, series: str) -> Found | None:
    """Return what this series finds for one of PARAMETERS in the value of AuthAltParameters."""
    sought = name if name in _WAYS else f"{name}="
    how = way(name, series)
    if how == "never":
        return None
    if how == "part":
        return _find_part(text, sought)
    at = (text.lower() if how == "anywhere, any case" else text).find(sought)
    if at < 0:
        return None
    value_at = at + len(sought)
    return Found(text[value_at:].partition(",")[0], at, value_at)


def _find_part(text: str, sought: str) -> Found | None:
    """Look at the first part that starts so; without a value it counts as not there."""
    part = next((part for part in parts(text) if part.text.startswith(sought)), None)
    if part is None or part.text == sought:
        return None
    return Found(part.text[len(sought) :], part.at, part.at + len(sought))


@lru_cache(maxsize=8)
def parts(text: str) -> tuple[Part, ...]:
    """Split AuthAltParameters at its commas; empty parts are passed over."""
    found, at = [], 0
    for text_part in text.split(","):
        if text_part:
            found.append(Part(text_part, at))
        at += len(text_part) + 1
    return tuple(found)


def auth_types(parsed: Parsed, series: str) -> tuple[AuthType, ...]:
    """Return the plugins that slurmctld or slurmdbd loads, in their order: AuthType, then AuthAltTypes."""
    first = parsed.last("AuthType")
    name = first.value if first else DEFAULT_TYPE
    found = [AuthType(name, plugin(name, series), first, 0)]
    more = parsed.last("AuthAltTypes")
    if more:
        found += [AuthType(part.text, plugin(part.text, series), more, part.at) for part in parts(more.value)]
    return tuple(found)


def plugin(name: str, series: str) -> str:
    """Return the plugin that a name stands for: from 23.11 on "auth/" may be left out."""
    return f"auth/{name.removeprefix('auth/')}" if series >= "23.11" else name


def key_choice(parsed: Parsed, daemon: Daemon, series: str) -> KeyChoice:
    """Return which file a daemon takes its HS256 key from."""
    setting = parsed.last("AuthAltParameters")
    if setting is not None:
        given = find(setting.value, "jwt_key", series)
        if given is not None:
            return KeyChoice(given.value, "given", setting, given.value_at)
        jwks = find(setting.value, "jwks", series)
        if jwks is not None:
            return KeyChoice(None, "jwks", setting, jwks.name_at)
    if daemon == "slurmdbd":
        return KeyChoice(None, "unset", setting, 0)
    state = parsed.last("StateSaveLocation")
    folder = state.value if state else DEFAULT_STATE
    return KeyChoice(f"{folder}/{DEFAULT_KEY_NAME}", "default", state, 0)
