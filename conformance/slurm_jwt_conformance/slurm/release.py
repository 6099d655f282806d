"""Which Slurm is there: an installed release with its libjwt, and where its programs are.

An Installation is either the system's own or lies in a root folder of its own (another Debian suite,
entered by chroot). Everything that runs daemons takes it as a parameter.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAMS = {
    "slurmctld": ("usr/sbin/slurmctld", "slurmctld"),
    "scontrol": ("usr/bin/scontrol", "slurm-client"),
    "munged": ("usr/sbin/munged", "munge"),
}
"""Programs that every question needs: path below the root, Debian package."""

EXTRA_PROGRAMS = {
    "mungekey": "usr/sbin/mungekey",
    "slurmrestd": "usr/sbin/slurmrestd",
    "slurmd": "usr/sbin/slurmd",
    "slurmdbd": "usr/sbin/slurmdbd",
    "sacctmgr": "usr/bin/sacctmgr",
    "mariadbd": "usr/sbin/mariadbd",
}
"""Programs that only some questions need; an Installation lists those that are there."""

PACKAGES = (
    "slurmctld",
    "slurm-client",
    "slurm-wlm-basic-plugins",
    "slurm-wlm-jwt-plugin",
    "libjwt*",
    "libjansson4",
    "munge",
    "libfaketime",
)
"""Debian packages whose versions a verdict may depend on (dpkg-query patterns)."""

APT = (
    "apt-get install --no-install-recommends slurmctld slurm-client slurm-wlm-basic-plugins"
    " slurm-wlm-jwt-plugin munge faketime"
)


@dataclass(frozen=True)
class Installation:
    """One Slurm release, ready to run.

    label: year and month of the release ("22.05"). version: Slurm's full version. libjwt: version of
    the libjwt that it loads, "" if unknown. packages: Debian packages by name. root: folder that is
    this release's "/", None for the system itself. programs: absolute paths inside the root.
    faketime: path of libfaketime inside the root, None if it is not installed.
    """

    label: str
    version: str
    libjwt: str
    packages: Mapping[str, str] = field(hash=False)
    root: Path | None
    programs: Mapping[str, str] = field(hash=False)
    plugin_dir: str
    faketime: str | None

    def program(self, name: str) -> str:
        """Return the path of a program inside the root; KeyError if this release lacks it."""
        return self.programs[name]


@dataclass(frozen=True)
class Missing:
    """Why no Slurm can be run from here, and what would help."""

    reason: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.reason}; {self.hint}" if self.hint else self.reason


def find_installation(root: Path | None = None) -> Installation | Missing:
    """Look for a Debian Slurm on this system, or in a root folder of its own."""
    base = root or Path("/")
    if not base.is_dir():
        return Missing(f"there is no folder {base}")
    absent = sorted(package for path, package in PROGRAMS.values() if not (base / path).exists())
    plugins = _plugin_dir(base)
    if plugins is None:
        absent.append("slurm-wlm-jwt-plugin")
    if absent or plugins is None:
        return Missing(f"not installed: {', '.join(absent)}", f"install with: {APT}")
    packages = _packages(root)
    version = _upstream(packages.get("slurmctld", "")) or _asked_version(base, root)
    if not version:
        return Missing("slurmctld does not tell its version", f"try: {base / 'usr/sbin/slurmctld'} -V")
    return Installation(
        label=".".join(version.split(".")[:2]),
        version=version,
        libjwt=next((_upstream(v) for n, v in packages.items() if re.fullmatch(r"libjwt\d.*", n)), ""),
        packages=packages,
        root=root,
        programs=_programs(base),
        plugin_dir="/" + str(plugins.relative_to(base)),
        faketime=_faketime(base),
    )


def _programs(base: Path) -> dict[str, str]:
    paths = {name: path for name, (path, _) in PROGRAMS.items()} | EXTRA_PROGRAMS
    return {name: f"/{path}" for name, path in paths.items() if (base / path).exists()}


def _plugin_dir(base: Path) -> Path | None:
    """Return the folder that holds auth_jwt.so (the multiarch folder differs by machine)."""
    found = sorted(base.glob("usr/lib/*/slurm*/auth_jwt.so"))
    return found[0].parent if found else None


def _faketime(base: Path) -> str | None:
    """Return libfaketime's flavour for threads, as seen from inside the root."""
    found = sorted(base.glob("usr/lib/*/faketime/libfaketimeMT.so.1"))
    return f"/{found[0].relative_to(base)}" if found else None


def _packages(root: Path | None) -> dict[str, str]:
    """Ask dpkg for the versions of PACKAGES; empty where dpkg is not the machine's way."""
    admin = [f"--admindir={root / 'var/lib/dpkg'}"] if root else []
    form = "--showformat=${Package}\t${Version}\t${db:Status-Status}\n"
    try:
        done = subprocess.run(
            ["dpkg-query", *admin, "--show", form, *PACKAGES],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    rows = (line.split("\t") for line in done.stdout.splitlines())
    return {row[0]: row[1] for row in rows if len(row) == 3 and row[2] == "installed"}


def _upstream(package_version: str) -> str:
    """Return the upstream part of a Debian version: 20.11.7+really20.11.4-2+deb11u1 is 20.11.4."""
    bare = package_version.rsplit(":", maxsplit=1)[-1].rsplit("-", 1)[0]
    found = re.match(r"\d+(?:\.\d+)*", bare.rsplit("really", 1)[-1])
    return found.group() if found else ""


def _asked_version(base: Path, root: Path | None) -> str:
    """Return what `slurmctld -V` says, for a Slurm that came from no package."""
    prefix = ["chroot", str(root)] if root else []
    command = (
        [*prefix, f"/{PROGRAMS['slurmctld'][0]}", "-V"] if root else [str(base / "usr/sbin/slurmctld"), "-V"]
    )
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"\d+\.\d+\.\d+", done.stdout)
    return found.group() if found else ""
