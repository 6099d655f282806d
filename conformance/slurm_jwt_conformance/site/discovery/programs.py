"""Ask Slurm's programs and the package tools for versions, where the package list does not have them."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.lab import program
from slurm_jwt_conformance.site.discovery.packages import Version, upstream
from slurm_jwt_conformance.site.discovery.processes import DAEMONS, file_bytes

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.discovery.processes import Running

_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/slurm/sbin", "/usr/bin", "/usr/local/bin", "/opt/slurm/bin")
_PLUGINS = (
    "/usr/lib/*/slurm*",
    "/usr/lib64/slurm*",
    "/usr/lib/slurm*",
    "/usr/local/lib/slurm",
    "/opt/slurm/lib*/slurm",
)
_LIBRARIES = ("/usr/lib/*", "/lib/*", "/usr/lib64", "/usr/lib", "/usr/local/lib", "/usr/local/lib64")


def slurm_version(running: tuple[Running, ...]) -> Version:
    """Ask the programs that run, then those that are installed; ("", "") if none answers."""
    programs = [each.program for each in running if each.name in DAEMONS[:2] and each.program]
    for name in (*DAEMONS[:2], "scontrol"):
        programs += [f"{folder}/{name}" for folder in _FOLDERS]
    for path in programs:
        if os.access(path, os.X_OK) and trusted(path):
            number = re.search(r"\b(\d\d\.\d\d\.\d+)", _output([path, "-V"]))
            if number:
                return number[1], f"{os.path.realpath(path)} -V"
    return "", ""


def trusted(file: str) -> bool:
    """Return whether only root, or the user who runs this, can have put a program in its place.

    Any user can start a process that is called slurmctld; root must not run its program.
    """
    credible = {0, os.geteuid()}
    path = os.path.realpath(file)
    while True:
        try:
            status = os.stat(path)  # noqa: PTH116 - a path may hold what pathlib folds away
        except OSError:
            return False
        sticky_folder = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
        if status.st_uid not in credible or (status.st_mode & 0o022 and not sticky_folder):
            return False
        if path == "/":
            return True
        path = os.path.dirname(path)  # noqa: PTH120 - as above


def plugin_dir(named: tuple[str, ...]) -> str:
    """Return the folder with auth_jwt.so or auth_munge.so; "" if it is not in the usual places."""
    folders = [*named, *(folder for pattern in _PLUGINS for folder in _matching(pattern))]
    for plugin in ("auth_jwt.so", "auth_munge.so"):
        for folder in folders:
            if os.access(f"{folder}/{plugin}", os.F_OK):
                return folder
    return ""


def libjwt_version(plugin_dirs: tuple[str, ...], running: tuple[Running, ...]) -> Version:
    """Return the libjwt that a daemon has loaded or the plugin names; ("", "") if no package owns it."""
    library = next((each.libjwt for each in running if each.libjwt), "") or _libjwt(plugin_dir(plugin_dirs))
    return _package_version(library) if library else ("", "")


def _libjwt(folder: str) -> str:
    """Return the libjwt that the plugin names, in the places where the loader finds libraries."""
    named = re.search(rb"libjwt\.so\.\d+", file_bytes(f"{folder}/auth_jwt.so") or b"") if folder else None
    if named is None:
        return ""
    name = named[0].decode()
    places = [place for pattern in _LIBRARIES for place in _matching(f"{pattern}/{name}")]
    return places[0] if places else ""


def _package_version(library: str) -> Version:
    """Return the version of the package that owns a library, from dpkg or rpm."""
    real = os.path.realpath(library)
    for path in dict.fromkeys((real, real.replace("/usr/lib/", "/lib/", 1), library)):
        owner = re.match(r"([a-z0-9][a-z0-9+.-]+)(?::\w+)?: /", _output(["dpkg-query", "--search", path]))
        if owner:
            version = _output(["dpkg-query", "--show", "--showformat=${Version}", owner[1]])
            return upstream(version), f"package {owner[1]}"
    answer = _output(["rpm", "--query", "--file", "--queryformat", "%{NAME} %{VERSION}", real])
    package = re.fullmatch(r"([A-Za-z0-9+._-]+) (\d+(?:\.\d+)+)", answer.strip())
    return (package[2], f"package {package[1]}") if package else ("", "")


def _matching(pattern: str) -> list[str]:
    return sorted(str(path) for path in Path("/").glob(pattern.removeprefix("/")))


def _output(command: list[str]) -> str:
    """Run a program that only answers a question; "" if it does not, or not within ten seconds."""
    result = program.run(command, seconds=10)
    return "" if result.exit is None else result.out[:4096]
