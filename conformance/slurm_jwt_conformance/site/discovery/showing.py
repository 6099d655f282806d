"""Which text of a configuration may be shown: no possible secret, and no character that moves a terminal.

People write keys in place of paths, and passwords in place of keys. So text is shown only if it is known to
be harmless: values of a few keys, names that are or resemble names of Slurm, and paths that lead somewhere.
"""

from __future__ import annotations

import difflib
import posixpath
import re
import shlex
from functools import lru_cache
from typing import TYPE_CHECKING

from slurm_jwt.config.auth import PARAMETERS, parts
from slurm_jwt_reports.diagnostic import Excerpt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from slurm_jwt.config.grammar import Setting
    from slurm_jwt_conformance.site.discovery.host import Host, Look

LONGEST = 160
HARMLESS_KEYS = frozenset(
    {
        "AccountingStorageHost",
        "AccountingStorageType",
        "AuthAltParameters",
        "AuthAltTypes",
        "AuthType",
        "ClusterName",
        "DbdHost",
        "PluginDir",
        "SlurmUser",
        "SlurmctldHost",
        "StateSaveLocation",
        "StorageType",
    }
)
"""Keys whose values may be shown, AuthAltParameters only where each part of it is harmless."""

_PLUGIN = re.compile(r"\s*(?:[A-Za-z_]{1,20}/)?[A-Za-z_]{1,20}\s*")
_NAME = re.compile(r"[A-Za-z_]{1,40}")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,24}")


def plain(text: str, limit: int = LONGEST) -> str:
    """Return text in printable characters, cut to `limit` characters."""
    cut = text if len(text) <= limit else text[: limit - 3] + "..."
    return "".join(char if char.isprintable() else _escaped(char) for char in cut)


def _escaped(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def word(path: str) -> str:
    """Return a path as it is typed in a shell; a path that cannot be typed is escaped, in brackets."""
    return shlex.quote(path) if len(path) <= LONGEST and path.isprintable() else f"<{plain(path)}>"


def leads_somewhere(path: str, host: Host) -> bool:
    """Return whether a path is surely a path, and not a key in the place of a path.

    Base64 text may start with "/", too: its folder must exist and must not be "/".
    """
    if not path.startswith("/") or not path.isprintable():
        return False
    if host.look(path).state == "there":
        return True
    folder = posixpath.dirname(path)
    return folder not in {"/", ""} and host.look(folder).state == "there"


def resembling(name: str, names: Iterable[str], likeness: float = 0.75) -> str | None:
    """Return the one of `names` that is most similar to a name in any case; None if none is similar."""
    return _resembling(name.lower(), tuple(names), likeness)


@lru_cache(maxsize=1024)
def _resembling(name: str, names: tuple[str, ...], likeness: float) -> str | None:
    """Compare with the names of a length that can be so similar."""
    share = 2 / likeness - 1
    lower = {each.lower(): each for each in names if 1 / share <= len(each) / max(1, len(name)) <= share}
    matches = difflib.get_close_matches(name, lower, n=1, cutoff=likeness)
    return lower[matches[0]] if matches else None


def key_name(name: str, known: Iterable[str]) -> str:
    """Return an unknown key if it is similar to a key of Slurm, otherwise only its length."""
    if _NAME.fullmatch(name) and resembling(name, known, 0.6):
        return f"a key {name}"
    return f"a key of {len(name)} characters (not shown)"


def plugin_name(name: str) -> str:
    """Return the name of a plugin if it looks like one, otherwise only its length."""
    return f"`{name}`" if _PLUGIN.fullmatch(name) else f"a name of {len(name)} characters (not shown)"


def claim_name(name: str) -> str:
    """Return the name of a claim if it is one word, otherwise only its length."""
    return name if _WORD.fullmatch(name) else f"({len(name)} characters, not shown)"


def excerpt(setting: Setting, at: int, width: int, paths: Collection[str]) -> Excerpt | None:
    """Return a setting as Slurm reads it, where all of it may be shown. paths: those that lead somewhere."""
    value = setting.value
    if setting.key not in HARMLESS_KEYS or len(value) > LONGEST or not value.isprintable():
        return None
    if setting.key == "AuthAltParameters" and not harmless_parameters(value, paths):
        return None
    if setting.key in {"AuthType", "AuthAltTypes"} and not all(
        _PLUGIN.fullmatch(p.text) for p in parts(value)
    ):
        return None
    quote = '"' if " " in value or not value else ""
    head = f"{setting.key}{setting.operator}={quote}"
    return Excerpt(
        text=f"{head}{value}{quote}", start=len(head) + at, width=max(1, min(width, len(value) - at))
    )


def harmless_parameters(value: str, paths: Collection[str]) -> bool:
    """Return whether a value of AuthAltParameters may be shown. paths: those that lead somewhere."""
    return all(_harmless(part.text, paths) for part in parts(value))


def _harmless(part: str, paths: Collection[str]) -> bool:
    """Return whether one part of AuthAltParameters may be shown."""
    name, _, value = part.strip().partition("=")
    if name not in PARAMETERS and resembling(name, PARAMETERS) is None:
        return False
    if value.startswith("/"):
        return value in paths
    return not value or ("key" not in name.lower() and _WORD.fullmatch(value) is not None)


def owner(look: Look, host: Host) -> str:
    """Return the mode, owner and group of a file, as in "mode 0640, slurm:slurm"."""
    return f"mode {look.mode:04o}, {plain(host.user_name(look.uid))}:{plain(host.group_name(look.gid))}"
