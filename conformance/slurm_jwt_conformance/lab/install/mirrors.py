"""Reads the Debian mirror of this machine, its keyrings and its proxies from apt."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import NamedTuple

from slurm_jwt_conformance.lab import program
from slurm_jwt_conformance.lab.errors import SlurmError

_FIELDS = "$(SITE)|$(RELEASE)|$(COMPONENT)|$(SOURCESENTRY)"
_EXPIRED_IS_FINE = 'Acquire::Check-Valid-Until "false"'
"""Mirrors and snapshots often have expired Release files of testing and of old suites."""


class Mirror(NamedTuple):
    """A Debian archive: its address, the keyrings with its keys, and apt's options to reach it."""

    uri: str
    keyrings: tuple[str, ...]
    options: tuple[str, ...]

    def line(self, codename: str) -> str:
        """Return the line of sources.list for a suite."""
        return f"deb {self.uri} {codename} main"


def host_codename() -> str:
    """Return the code name of this machine's Debian, "" on another system."""
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        return ""
    return system.get("VERSION_CODENAME", "") if system["ID"] == "debian" else ""


def find() -> Mirror:
    """Return the archive of this machine's own main suite. SlurmError if there is none."""
    for site, release, component, entry in _targets():
        if component == "main" and release in {host_codename(), "stable", "testing", "unstable", "sid"}:
            return Mirror(site.rstrip("/"), _keyrings(entry), (_EXPIRED_IS_FINE, *_proxies()))
    raise SlurmError(
        "apt on this machine knows no Debian mirror",
        "Add a line such as 'deb <mirror> bookworm main' to /etc/apt/sources.list.",
    )


def _targets() -> list[list[str]]:
    """Return site, release, component and source entry of each package index of apt."""
    text = _ask("apt-get", "indextargets", "--format", _FIELDS, "Created-By: Packages")
    return [line.split("|") for line in text.splitlines() if line.count("|") == 3]


def _keyrings(entry: str) -> tuple[str, ...]:
    """Return the files that Signed-By names in the source file of an entry such as "PATH:1"."""
    try:
        text = Path(entry.rpartition(":")[0]).read_text()
    except OSError:
        return ()
    named = re.findall(r"^[^#\n]*?\bsigned-by\s*[:=]\s*(/[^\s\],]+)", text, re.MULTILINE | re.IGNORECASE)
    return tuple(sorted(set(named)))


def _proxies() -> tuple[str, ...]:
    """Return apt's proxy settings, which mmdebstrap does not read."""
    text = _ask("apt-config", "dump", "--format", '%f "%v"%n', "Acquire")
    return tuple(line for line in text.splitlines() if re.match(r'Acquire::https?::Proxy\S* "..*"', line))


def _ask(*command: str) -> str:
    result = program.run(command, seconds=60, environment=os.environ)
    if result.exit is None:
        raise SlurmError("apt does not answer", "Slurm roots are built on Debian and its relatives only.")
    return result.out
