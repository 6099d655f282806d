"""What else of a host decides about tokens: plugins, paths of the configuration, files that set SLURM_JWT."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slurm_jwt.config.auth import parts
from slurm_jwt.config.grammar import Unreadable
from slurm_jwt.config.lines import Place
from slurm_jwt_conformance.site.discovery.showing import leads_somewhere

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.host import Account, Host
    from slurm_jwt_conformance.site.discovery.key import Key

_SETTING = re.compile(
    rb"^[ \t]*(?:export[ \t]+|setenv[ \t]+|Environment=[\"']?)?SLURM_JWT[= \t]", re.MULTILINE
)
_ENVIRONMENTS = ("/etc/environment", "/etc/profile", "/etc/bash.bashrc", "/etc/bashrc")
_ENVIRONMENT_FOLDERS = (
    ("/etc/profile.d", ""),
    ("/etc/default", "slurm"),
    ("/etc/sysconfig", "slurm"),
    ("/etc/systemd/system", "slurm"),
)


def account(host: Host, name: str) -> Account | None:
    """Look a user up as uid_from_string() does: by name, otherwise by a number that an account has."""
    entry = host.account(name)
    if entry is None and name.isascii() and name.isdigit() and len(name) < 11:
        by_number = host.user_name(int(name))
        entry = host.account(by_number) if by_number != name else None
    return entry


def plugin_files(host: Host, folders: Iterable[str]) -> frozenset[str] | None:
    """Return the names of the plugin files in these folders; None if a folder cannot be listed."""
    listings = [host.names(folder) for folder in folders if folder]
    if not listings or any(names is None for names in listings):
        return None
    return frozenset(name for names in listings for name in names or () if name.endswith(".so"))


def existing_paths(host: Host, confs: Sequence[Conf], keys: Sequence[Key]) -> frozenset[str]:
    """Return the paths in the configuration that lead somewhere, and so may be shown."""
    return frozenset(path for path in _paths(confs, keys) if leads_somewhere(path, host))


def _paths(confs: Sequence[Conf], keys: Sequence[Key]) -> Iterator[str]:
    """Give the text at each place of a path: the key files, and all values of AuthAltParameters."""
    yield from (key.choice.path for key in keys if key.choice.path)
    for conf in confs:
        for part in parts(conf.value("AuthAltParameters") or ""):
            yield part.text.partition("=")[2].strip()


def token_settings(host: Host) -> Iterator[Place]:
    """Find the system's files that set SLURM_JWT for every user, or for the daemons."""
    paths = list(_ENVIRONMENTS)
    for folder, start in _ENVIRONMENT_FOLDERS:
        paths += [f"{folder}/{name}" for name in host.names(folder) or () if name.startswith(start)]
    for path in paths:
        try:
            text = host.read(path, 1 << 20)
        except Unreadable:
            continue
        for match in _SETTING.finditer(text):
            yield Place(path, text.count(b"\n", 0, match.start()) + 1, 1)
