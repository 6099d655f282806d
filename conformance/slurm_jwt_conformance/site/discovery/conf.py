"""Find slurm.conf and slurmdbd.conf, and read each as its daemon reads it."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.site.discovery.access import may_change, open_folder
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slurm_jwt.config.grammar import Parsed, Unreadable
    from slurm_jwt.config.keys import Daemon
    from slurm_jwt_conformance.site.discovery.host import Host, Look
    from slurm_jwt_conformance.site.discovery.machine import Machine
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.processes import Running


USUAL_PLACE = "the usual place"
_LONGEST_SLURMRESTD_CONF = 4096


class Location(NamedTuple):
    """The path of a configuration file, and how the path was found."""

    path: str
    source: str


class Conf(NamedTuple):
    """A daemon's configuration as the daemon reads it; its repr shows nothing of the content.

    content: the bytes of all files, in the order of reading. looks: owner and mode of each file.
    """

    daemon: Daemon
    path: str
    source: str
    parsed: Parsed
    content: bytes
    looks: Mapping[str, Look]

    def __repr__(self) -> str:
        return f"Conf({self.path}, {self.source})"

    @property
    def sha256(self) -> str:
        """The SHA-256 of all files: `cat` the files in the order of parsed.files to check it."""
        from hashlib import sha256

        return sha256(self.content).hexdigest()

    def value(self, key: str) -> str | None:
        """Return the value that counts for a key, spelled as Slurm spells it; None if it is not set."""
        setting = self.parsed.last(key)
        return setting.value if setting else None


def find(options: Options, host: Host, machine: Machine) -> Location | None:
    """Return where slurm.conf is: --conf, SLURM_CONF, the running slurmctld's file, the usual places."""
    if options.conf is not None:
        return Location(_absolute(options.conf), "--conf")
    if not options.search:
        return None
    named = host.environment.get("SLURM_CONF")
    if named:
        return Location(_absolute(named), "SLURM_CONF")
    for daemon in machine.running:
        if daemon.conf and _is_credible(host, daemon) and _exists(host, daemon.conf):
            return Location(daemon.conf, f"the running slurmctld, process {daemon.pid}")
    return _first(host, [f"{folder}/slurm.conf" for folder in host.folders], USUAL_PLACE)


def behind_slurmrestd(host: Host, location: Location | None, series: str) -> Conf | None:
    """Return the configuration if it is a file for slurmrestd only; None if it is not.

    Such a file includes slurm.conf and sets only AuthType: SLURM_CONF names it where slurmrestd starts.
    """
    if location is None or location.source not in {"--conf", "SLURM_CONF"}:
        return None
    from slurm_jwt.config.grammar import Unreadable

    try:
        if b"include" not in host.read(location.path, _LONGEST_SLURMRESTD_CONF).lower():
            return None
        conf = read(host, "slurmctld", location, series)
    except Unreadable:
        return None
    own = {each.key for each in conf.parsed.settings if each.place.file == location.path}
    included = conf.parsed.files[1:]
    is_overlay = own == {"AuthType"} and included and posixpath.basename(included[0]) == "slurm.conf"
    return conf if is_overlay else None


def find_dbd(options: Options, host: Host, conf: Location | None) -> Location | None:
    """Return where slurmdbd.conf is; Slurm looks for it in the folder of slurm.conf."""
    if options.dbd_conf is not None:
        return Location(_absolute(options.dbd_conf), "--dbd-conf")
    if conf is None and not options.search:
        return None
    folders = [posixpath.dirname(conf.path)] if conf else host.folders
    return _first(host, [f"{folder}/slurmdbd.conf" for folder in folders], "the folder of slurm.conf")


def read(host: Host, daemon: Daemon, location: Location, series: str) -> Conf:
    """Return the configuration at a location as a release reads it; Unreadable says why it cannot be read."""
    from slurm_jwt.config.grammar import parse  # slow to load where there is no slurm.conf

    content: list[bytes] = []

    def reader(name: str) -> bytes:
        content.append(host.read(name))
        return content[-1]

    parsed = parse(location.path, reader, daemon, series)
    looks = {name: host.look(name) for name in parsed.files}
    return Conf(daemon, location.path, location.source, parsed, b"".join(content), looks)


def unreadable(location: Location, error: Unreadable, host: Host) -> Problem:
    """Return the problem of a configuration that cannot be read."""
    hints = {"denied": "Run as root or as SlurmUser.", "missing": searched(host)}
    named = ", which SLURM_CONF names," if location.source == "SLURM_CONF" else ""
    return Problem(
        f"{one_line(location.path)}{named} cannot be read: {error}.",
        hints.get(error.why, "Name a readable file with --conf."),
    )


def searched(host: Host) -> str:
    """Return the advice for a site without a slurm.conf."""
    return f"Name it with --conf, or in SLURM_CONF. Looked in: {', '.join(host.folders)}."


def uses_jwt(conf: Conf, series: str) -> bool:
    """Return whether a daemon of a series loads auth/jwt with this configuration."""
    from slurm_jwt.config.auth import auth_types

    return any(each.plugin == "auth/jwt" for each in auth_types(conf.parsed, series))


def plugin_dirs(conf: Conf | None) -> tuple[str, ...]:
    """Return the folders of PluginDir; none where it is not set."""
    value = conf.value("PluginDir") if conf else None
    return tuple(folder for folder in (value or "").split(":") if folder)


def _is_credible(host: Host, daemon: Running) -> bool:
    """Return whether a process may name slurm.conf: any user can start a process called slurmctld."""
    if daemon.name != "slurmctld" or not daemon.conf or not daemon.conf.startswith("/"):
        return False
    if daemon.uid == 0:
        return True
    look = host.look(daemon.conf)
    owned_by_root = look.state == "there" and look.uid == 0
    return owned_by_root and not may_change(look, None) and open_folder(look, None) is None


def _first(host: Host, paths: list[str], source: str) -> Location | None:
    return next((Location(path, source) for path in paths if _exists(host, path)), None)


def _exists(host: Host, path: str) -> bool:
    return host.look(path).state != "missing"


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - pathlib keeps ".."
