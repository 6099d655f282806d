"""The Slurm and the libjwt that Debian's package list names: one file, read in a few milliseconds."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slurm_jwt_conformance.site.discovery.processes import Running

DPKG = "/var/lib/dpkg/status"
"""All packages of a Debian system, with their versions (deb-status, `man 5 dpkg`)."""

_MOST_BYTES = 64 << 20
_PROGRAMS = {"/usr/sbin/slurmctld": ("slurmctld", "slurm-smd-slurmctld", "slurm-smd"),
             "/usr/sbin/slurmdbd": ("slurmdbd", "slurm-smd-slurmdbd"),
             "/usr/bin/scontrol": ("slurm-client", "slurm-smd-client", "slurm-smd")}  # fmt: skip
"""Slurm's programs, the most significant first, and the packages of Debian and of SchedMD that bring each."""

_LIBRARIES = ("libjwt0", "libjwt2")
_OWN_BUILDS = ("/usr/local/sbin/slurmctld", "/opt/slurm/sbin/slurmctld")
_STANZA = re.compile(rb"Package: [^\n]+\n(?:[^\n]+\n)*?Status: install ok installed\n"
                     rb"(?:[^\n]+\n)*?Version: ([^\n]+)$", re.MULTILINE)  # fmt: skip

Version = tuple[str, str]
"""A version, and how it was found out."""


def programs_exist() -> bool:
    """Return whether a program of Slurm is in one of the places where check looks."""
    return any(map(os.path.exists, (*_OWN_BUILDS, *_PROGRAMS)))


def own_build(running: Iterable[Running]) -> bool:
    """Return whether this host's Slurm may be built from source, so that the packages are not the answer."""
    programs = (daemon.program for daemon in running if daemon.program)
    return any(map(os.path.exists, _OWN_BUILDS)) or any(each not in _PROGRAMS for each in programs)


def versions(dpkg: str | None = None) -> tuple[Version | None, Version | None]:
    """Return the versions of the packaged Slurm and of its libjwt, each None if it is not known."""
    installed = _installed(dpkg or DPKG)
    for program, owners in _PROGRAMS.items():
        for owner in owners:
            slurm = upstream(installed.get(owner, ""))
            if slurm and os.path.exists(program):  # noqa: PTH110 - cheaper than a Path each
                return (slurm, f"package {owner}"), _only_library(installed)
    return None, None


def _only_library(installed: dict[str, str]) -> Version | None:
    """Return the libjwt, if there is one only: of two it depends on the plugin which one is used."""
    names = [name for name in _LIBRARIES if name in installed]
    return (upstream(installed[names[0]]), f"package {names[0]}") if len(names) == 1 else None


def _installed(path: str) -> dict[str, str]:
    """Return the versions of the installed packages that matter here."""
    names = {name for owners in _PROGRAMS.values() for name in owners} | set(_LIBRARIES)
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - as above
            text = b"\n" + stream.read(_MOST_BYTES)
    except OSError:
        return {}
    installed = {}
    for name in names:
        at = text.find(b"\nPackage: " + name.encode() + b"\n")
        stanza = _STANZA.match(text, at + 1) if at >= 0 else None
        if stanza is not None:
            installed[name] = stanza[1].decode("ascii", "replace")
    return installed


def upstream(version: str) -> str:
    """Return the upstream part of a Debian version: of 20.11.7+really20.11.4-2 it is 20.11.4."""
    bare = version.rpartition(":")[2].rsplit("really", 1)[-1]
    number = re.match(r"\d+(?:\.\d+)+", bare)
    return number[0] if number else ""
