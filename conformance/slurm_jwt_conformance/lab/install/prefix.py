"""Finds a Slurm that was built from source, below its prefix.

Its layout is that of `make install`: bin, sbin, and lib/slurm with the plugins. munged and MariaDB are the
machine's own.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from slurm_jwt_conformance.lab import program
from slurm_jwt_conformance.lab.install.release import (
    EXTRA_PROGRAMS,
    PROGRAMS,
    Installation,
    Missing,
    faketime_of,
    packages_of,
    upstream,
    version_in,
)
from slurm_jwt_conformance.lab.sandbox.places import open_to_all

_PLUGIN_PLACES = ("lib*/slurm*/auth_jwt.so", "lib/*/slurm*/auth_jwt.so")
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9._+@~/-]*")
"""Paths that slurm.conf takes as they are: no spaces, quotes, commas or colons."""
_SECONDS = 30
_LAYOUT = "Name the folder that holds bin, sbin and lib/slurm."

_OWN = {
    "sbin": ("slurmctld", "slurmd", "slurmdbd", "slurmrestd", "slurmstepd"),
    "bin": (
        *("sacct", "sacctmgr", "salloc", "sattach", "sbatch", "sbcast", "scancel", "scontrol", "scrontab"),
        *("sdiag", "sinfo", "sprio", "squeue", "sreport", "srun", "sshare", "sstat", "strigger"),
    ),
}
"""The programs that `make install` of Slurm installs, by folder."""


def find_prefix(prefix: Path) -> Installation | Missing:
    """Return the Slurm below `prefix`, or what is missing and the fix."""
    place = prefix.absolute()
    plugin = _plugin(place)
    programs = _programs(place)
    trouble = _trouble(place, programs, plugin)
    if trouble or plugin is None:
        return trouble or Missing(f"no auth_jwt.so below {place}")
    version, complaint = _version(programs["slurmctld"])
    if not version:
        return Missing(f"{programs['slurmctld']} does not run", complaint)
    library, absent = _libjwt(plugin)
    if absent:
        return Missing(
            f"{plugin} needs {absent}, which is not found", "Install that libjwt, and run ldconfig."
        )
    owner = _package_of(library)
    packages = packages_of(("munge", "libfaketime", *owner))
    return Installation(
        label=".".join(version.split(".")[:2]),
        version=version,
        libjwt=upstream(packages.get(owner[0], "")) if owner else _pkg_config_version(library),
        packages=packages,
        root=None,
        programs=programs,
        plugin_dir=str(plugin.parent),
        faketime=faketime_of(Path("/")),
        prefix=place,
    )


def _plugin(place: Path) -> Path | None:
    found = [path for pattern in _PLUGIN_PLACES for path in sorted(place.glob(pattern))]
    return found[0] if found else None


def _programs(place: Path) -> dict[str, str]:
    """Return the programs below the prefix, and munge's and MariaDB's of the machine."""
    found = {name: place / folder / name for folder, names in _OWN.items() for name in names}
    paths = {name: path for name, (path, _) in PROGRAMS.items()} | EXTRA_PROGRAMS
    found |= {name: Path("/", path) for name, path in paths.items() if name.startswith(("munge", "maria"))}
    return {name: str(path) for name, path in found.items() if path.exists()}


def _trouble(place: Path, programs: dict[str, str], plugin: Path | None) -> Missing | None:
    """Return why this prefix cannot be used, None if it can."""
    if not place.is_dir():
        return Missing(f"there is no folder {place}", _LAYOUT)
    absent = [path for path in ("sbin/slurmctld", "bin/scontrol") if not (place / path).exists()]
    if absent:
        return Missing(f"there is no {absent[0]} in {place}", _LAYOUT)
    if plugin is None:
        return Missing(
            f"there is no auth_jwt.so below {place}/lib: this Slurm was built without libjwt",
            "Configure it again with --with-jwt, where libjwt's headers are installed.",
        )
    if "munged" not in programs:
        return Missing("munged is not installed", "install with: apt-get install munge")
    if not _PLAIN_PATH.fullmatch(str(plugin)):
        return Missing(f"slurm.conf cannot name {plugin.parent}", "Use a path of plain letters and digits.")
    fix = "Let every account enter its folders (chmod o+x), or move it."
    return None if open_to_all(plugin.parent) else Missing(f"SlurmUser cannot reach {place}", fix)


def _version(slurmctld: str) -> tuple[str, str]:
    """Return the version that `slurmctld -V` prints, and the first line of its output."""
    result = program.run([slurmctld, "-V"], seconds=_SECONDS, environment=os.environ)
    lines = (result.err or result.out).strip().splitlines()
    return version_in(result.out), next(iter(lines), result.ended or f"it ended with {result.exit}")


def _libjwt(plugin: Path) -> tuple[Path | None, str]:
    """Return the libjwt that the loader finds for the plugin, and the name of one that is missing."""
    result = program.run(["ldd", str(plugin)], seconds=_SECONDS, environment=os.environ)
    found = re.search(r"^\s*(libjwt\S*) => (not found|/\S+)", result.out, re.MULTILINE)
    if found is None:
        return None, ""
    return (None, found.group(1)) if found.group(2) == "not found" else (Path(found.group(2)), "")


def _package_of(library: Path | None) -> tuple[str, ...]:
    """Return the name of the Debian package that owns a library, () without one."""
    if library is None:
        return ()
    result = program.run(["dpkg-query", "--search", os.path.realpath(library)], seconds=_SECONDS)
    found = re.match(r"([a-z0-9][a-z0-9+.-]+)(?::\w+)?: /", result.out)
    return (found.group(1),) if found else ()


def _pkg_config_version(library: Path | None) -> str:
    """Return the version in the libjwt.pc that `make install` puts beside a library; "" without one."""
    if library is None:
        return ""
    try:
        text = (library.parent / "pkgconfig/libjwt.pc").read_text(errors="replace")
    except OSError:
        return ""
    found = re.search(r"^Version:\s*(\d+(?:\.\d+)*)\s*$", text, re.MULTILINE)
    return found.group(1) if found else ""
