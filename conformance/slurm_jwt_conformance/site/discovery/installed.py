"""Which Slurm and which libjwt are installed here: from the package lists, and only else by asking programs.

The list of a Debian system is one file that is read in a few milliseconds. Where Slurm did not come from it,
the doctor's way is taken, which runs `slurmctld -V` if nobody but root can have put it there.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

DPKG = "/var/lib/dpkg/status"
"""All packages of a Debian system, with their versions (deb-status, `man 5 dpkg`)."""

_MOST = 64 << 20
_PROGRAMS = {"/usr/sbin/slurmctld": ("slurmctld", "slurm-smd-slurmctld", "slurm-smd"),
             "/usr/sbin/slurmdbd": ("slurmdbd", "slurm-smd-slurmdbd"),
             "/usr/bin/scontrol": ("slurm-client", "slurm-smd-client", "slurm-smd")}  # fmt: skip
"""A program of each host, the most telling first, and the packages of Debian and of SchedMD that bring it."""

_OWN_BUILDS = ("/usr/local/sbin/slurmctld", "/opt/slurm/sbin/slurmctld")
_STANZA = re.compile(rb"Package: [^\n]+\n(?:[^\n]+\n)*?Status: install ok installed\n"
                     rb"(?:[^\n]+\n)*?Version: ([^\n]+)$", re.MULTILINE)  # fmt: skip


class Version(NamedTuple):
    """An installed Slurm and its libjwt ("" if it is not known), and how both are known."""

    slurm: str
    libjwt: str
    source: str


def find(dpkg: str = DPKG) -> Version | None:
    """Return what is installed; None if there is no Slurm, or none that tells its version."""
    if not any(map(os.path.exists, _OWN_BUILDS)):
        found = _from_dpkg(dpkg)
        if found is not None:
            return found
    if not any(map(os.path.exists, (*_OWN_BUILDS, *_PROGRAMS))):
        return None
    return _as_the_doctor()


def _from_dpkg(path: str) -> Version | None:
    packages = _packages(path)
    for program, owners in _PROGRAMS.items():
        for owner in owners:
            slurm = upstream(packages.get(owner, ""))
            if slurm and os.path.exists(program):  # noqa: PTH110 - cheaper than a Path each
                library = next((name for name in ("libjwt0", "libjwt2") if name in packages), "")
                names = f"package {owner}" + (f" and {library}" if library else "")
                return Version(slurm, upstream(packages.get(library, "")), names)
    return None


def _packages(path: str) -> dict[str, str]:
    """Return the versions of the installed packages that matter here."""
    wanted = {name for owners in _PROGRAMS.values() for name in owners} | {"libjwt0", "libjwt2"}
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - as above
            text = b"\n" + stream.read(_MOST)
    except OSError:
        return {}
    found = {}
    for name in wanted:
        at = text.find(b"\nPackage: " + name.encode() + b"\n")
        stanza = _STANZA.match(text, at + 1) if at >= 0 else None
        if stanza is not None:
            found[name] = stanza[1].decode("ascii", "replace")
    return found


def upstream(version: str) -> str:
    """Return the upstream part of a Debian version: of 20.11.7+really20.11.4-2 it is 20.11.4."""
    bare = version.rpartition(":")[2].rsplit("really", 1)[-1]
    found = re.match(r"\d+(?:\.\d+)+", bare)
    return found[0] if found else ""


def _as_the_doctor() -> Version | None:
    from slurm_jwt_conformance.site.discovery.machine import look_around

    told = look_around().installed
    if not told.slurm:
        return None
    # What is no Debian package is libjwt as its authors publish it; Debian's copies of two versions differ.
    plain = told.libjwt in {"1.10.2", "1.17.2"} and not os.path.exists(DPKG)  # noqa: PTH110 - as above
    libjwt = f"{told.libjwt}-upstream" if plain else told.libjwt
    return Version(told.slurm, libjwt, ", ".join(filter(None, (told.slurm_from, told.libjwt_from))))
