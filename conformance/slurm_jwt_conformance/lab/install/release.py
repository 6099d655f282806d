"""Finds an installed release of Slurm, its libjwt and its programs.

An Installation is the system's own, or in a root folder of its own (another Debian suite, entered by
chroot), or built from source below a prefix (see `prefix`). Everything that runs daemons has it as a
parameter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.lab import program
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.install.root_paths import exists_in_root

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROGRAMS = {
    "slurmctld": ("usr/sbin/slurmctld", "slurmctld"),
    "scontrol": ("usr/bin/scontrol", "slurm-client"),
    "munged": ("usr/sbin/munged", "munge"),
}
"""Programs that every lab needs: path below the root, Debian package."""

EXTRA_PROGRAMS = {
    "mungekey": "usr/sbin/mungekey",
    "slurmrestd": "usr/sbin/slurmrestd",
    "slurmd": "usr/sbin/slurmd",
    "slurmdbd": "usr/sbin/slurmdbd",
    "sacctmgr": "usr/bin/sacctmgr",
    "mariadbd": "usr/sbin/mariadbd",
}
"""Programs that some labs need. An Installation has those that exist."""

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
    faketime: path of libfaketime inside the root, None if it is not installed. prefix: the folder with
    bin and sbin of a Slurm that came from no package; its slurm.conf must name `plugin_dir`.
    """

    label: str
    version: str
    libjwt: str
    packages: Mapping[str, str] = field(hash=False)
    root: Path | None
    programs: Mapping[str, str] = field(hash=False)
    plugin_dir: str
    faketime: str | None
    prefix: Path | None = None

    def program(self, name: str) -> str:
        """Return the path of a program inside the root; KeyError if this release lacks it."""
        return self.programs[name]


@dataclass(frozen=True)
class Missing:
    """The reason why Slurm cannot run, and the fix."""

    reason: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.reason}; {self.hint}" if self.hint else self.reason


def find_release(label: str) -> Installation | Missing:
    """Return a release: from the lab's root if there is one, otherwise this system's own."""
    if label in roots.SUITES and roots.is_installed(label):
        return find_installation(roots.path(label))
    own = find_installation()
    if isinstance(own, Installation) and own.label == label:
        return own
    hint = f"install it with: slurm-jwt lab install {label}" if label in roots.SUITES else ""
    return Missing(f"Slurm {label} is not installed here", hint)


def installed() -> dict[str, Installation]:
    """Return every installed release by label, the oldest first, with the system's own."""
    own = find_installation()
    labels = {*roots.SUITES, *([own.label] if isinstance(own, Installation) else [])}
    found = {label: find_release(label) for label in sorted(labels)}
    return {label: each for label, each in found.items() if isinstance(each, Installation)}


def find_installation(root: Path | None = None) -> Installation | Missing:
    """Look for a Debian Slurm on this system, or in a root folder of its own."""
    base = root or Path("/")
    if not base.is_dir():
        return Missing(f"there is no folder {base}")
    absent = sorted(package for path, package in PROGRAMS.values() if not exists_in_root(base, path))
    plugins = _plugin_dir(base)
    if plugins is None:
        absent.append("slurm-wlm-jwt-plugin")
    if absent or plugins is None:
        again = f"remove {base}, then run: slurm-jwt lab install {base.name}"
        return Missing(f"not installed: {', '.join(absent)}", again if root else f"install with: {APT}")
    packages = packages_of(PACKAGES, root)
    version = upstream(packages.get("slurmctld", ""))
    if not version:
        return Missing("slurmctld is not from a Debian package", f"name its folder: --prefix {base / 'usr'}")
    return Installation(
        label=".".join(version.split(".")[:2]),
        version=version,
        libjwt=next((upstream(v) for n, v in packages.items() if re.fullmatch(r"libjwt\d.*", n)), ""),
        packages=packages,
        root=root,
        programs=_programs(base),
        plugin_dir="/" + str(plugins.relative_to(base)),
        faketime=faketime_of(base),
    )


def _programs(base: Path) -> dict[str, str]:
    paths = {name: path for name, (path, _) in PROGRAMS.items()} | EXTRA_PROGRAMS
    return {name: f"/{path}" for name, path in paths.items() if exists_in_root(base, path)}


def _plugin_dir(base: Path) -> Path | None:
    """Return the folder that holds auth_jwt.so (the multiarch folder differs by machine)."""
    folders = sorted(base.glob("usr/lib/*/slurm*"))
    found = [each for each in folders if exists_in_root(base, f"{each.relative_to(base)}/auth_jwt.so")]
    return found[0] if found else None


def faketime_of(base: Path) -> str | None:
    """Return libfaketime's flavour for threads, as seen from inside the root."""
    folders = [f"/{each.relative_to(base)}" for each in sorted(base.glob("usr/lib/*/faketime"))]
    found = [f"{folder}/libfaketimeMT.so.1" for folder in folders]
    return next((each for each in found if exists_in_root(base, each)), None)


def packages_of(patterns: Sequence[str], root: Path | None = None) -> dict[str, str]:
    """Return the versions of these packages according to dpkg, {} without dpkg."""
    admin = [f"--admindir={root / 'var/lib/dpkg'}"] if root else []
    form = "--showformat=${Package}\t${Version}\t${db:Status-Status}\n"
    result = program.run(["dpkg-query", *admin, "--show", form, *patterns], seconds=30)
    rows = (line.split("\t") for line in result.out.splitlines())
    return {row[0]: row[1] for row in rows if len(row) == 3 and row[2] == "installed"}


def upstream(package_version: str) -> str:
    """Return the upstream part of a Debian version: 20.11.7+really20.11.4-2+deb11u1 is 20.11.4."""
    bare = package_version.rsplit(":", maxsplit=1)[-1].rsplit("-", 1)[0]
    found = re.match(r"\d+(?:\.\d+)*", bare.rsplit("really", 1)[-1])
    return found.group() if found else ""


def version_in(text: str) -> str:
    """Return the version that `slurmctld -V` prints: "slurm 22.05.8" or Debian's "slurm-wlm 22.05.8"."""
    found = re.search(r"\d+\.\d+\.\d+", text)
    return found.group() if found else ""
