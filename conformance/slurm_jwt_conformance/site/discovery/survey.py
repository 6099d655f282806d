"""Collect what the checks need: configuration, keys, plugins, accounts, stray tokens. Reads, never judges."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.config.auth import KeyChoice, auth_types, find, key_choice, parts
from slurm_jwt.config.grammar import Unreadable, parse
from slurm_jwt.config.lines import Place
from slurm_jwt.slurmctld import releases
from slurm_jwt.strict.keys import KeyFileError
from slurm_jwt_conformance.site.discovery.access import may_change, open_folder
from slurm_jwt_conformance.site.discovery.host import FOLDERS, Look
from slurm_jwt_conformance.site.discovery.showing import leads_somewhere, plain
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slurm_jwt.config.grammar import Parsed, Setting
    from slurm_jwt.config.keys import Daemon
    from slurm_jwt.strict.keys import KeyFacts
    from slurm_jwt_conformance.site.discovery.host import Account, Host
    from slurm_jwt_conformance.site.discovery.machine import Machine, Running

_STRAY = re.compile(rb"^[ \t]*(?:export[ \t]+|setenv[ \t]+|Environment=[\"']?)?SLURM_JWT[= \t]", re.MULTILINE)
_ENVIRONMENTS = ("/etc/environment", "/etc/profile", "/etc/bash.bashrc", "/etc/bashrc")
_ENVIRONMENT_FOLDERS = (
    ("/etc/profile.d", ""),
    ("/etc/default", "slurm"),
    ("/etc/sysconfig", "slurm"),
    ("/etc/systemd/system", "slurm"),
)


class Wish(NamedTuple):
    """What the caller named: configuration files and a release; None where it is to be found."""

    conf: str | None = None
    dbd_conf: str | None = None
    release: str | None = None


class Version(NamedTuple):
    """The Slurm that is judged. source: how it is known. libjwt: "" if it is not known."""

    series: str
    slurm: str
    source: str
    libjwt: str
    installed: bool


class Conf(NamedTuple):
    """A daemon's configuration as it reads it, and a look at each of its files."""

    daemon: Daemon
    path: str
    parsed: Parsed
    looks: Mapping[str, Look]


class Key(NamedTuple):
    """The file that a daemon takes its HS256 key from. trouble: why there are no facts, "" if there are."""

    daemon: Daemon
    choice: KeyChoice
    look: Look | None
    facts: KeyFacts | None
    trouble: str


class Jwks(NamedTuple):
    """The file that a daemon takes public keys from."""

    daemon: Daemon
    path: str
    setting: Setting
    at: int
    look: Look


class Survey(NamedTuple):
    """All that the checks look at.

    slurmctld, slurmdbd: None where there is no configuration of it on this host. unread: files that could
    not be read, with the reason. plugins: names of the plugin files of the judged Slurm, None if they
    cannot be listed. paths: those of the configuration that lead somewhere, and so may be shown. stray:
    places that set SLURM_JWT.
    """

    host: Host
    machine: Machine
    version: Version
    slurmctld: Conf | None
    slurmdbd: Conf | None
    unread: tuple[tuple[str, str], ...]
    keys: tuple[Key, ...]
    jwks: tuple[Jwks, ...]
    plugins: frozenset[str] | None
    paths: frozenset[str]
    stray: tuple[Place, ...]

    @property
    def series(self) -> str:
        """The series that is judged, as in "22.05"."""
        return self.version.series

    @property
    def confs(self) -> tuple[Conf, ...]:
        """The configurations that are here."""
        return tuple(conf for conf in (self.slurmctld, self.slurmdbd) if conf)

    def key(self, daemon: Daemon) -> Key | None:
        """Return the key of a daemon; None if it takes none that is known of."""
        return next((key for key in self.keys if key.daemon == daemon), None)

    def user(self, conf: Conf) -> Account | None:
        """Return the account that a daemon runs as; None if the host does not know it."""
        setting = conf.parsed.last("SlurmUser")
        return account(self.host, setting.value if setting else "root")


def survey(host: Host, machine: Machine, wish: Wish) -> Survey:
    """Look at everything; Problem says what is missing to begin with."""
    version = _version(wish.release, machine)
    unread: list[tuple[str, str]] = []
    path = _find_conf(host, machine, wish)
    slurmctld = _conf(host, "slurmctld", path, version.series) if path else None
    dbd_path = _find_dbd_conf(host, wish, path)
    slurmdbd = None
    if dbd_path:
        try:
            slurmdbd = _conf(host, "slurmdbd", dbd_path, version.series)
        except Problem as problem:
            if wish.dbd_conf is not None:
                raise
            unread.append((dbd_path, problem.what))
    if not slurmctld and not slurmdbd and not unread:
        raise Problem("There is no slurm.conf where it is looked for.", _searched())
    return _rest(host, machine, version, slurmctld, slurmdbd, tuple(unread))


def _rest(  # noqa: PLR0913, PLR0917 - what there is so far
    host: Host,
    machine: Machine,
    version: Version,
    slurmctld: Conf | None,
    slurmdbd: Conf | None,
    unread: tuple[tuple[str, str], ...],
) -> Survey:
    using = [conf for conf in (slurmctld, slurmdbd) if conf and uses_jwt(conf, version.series)]
    keys = tuple(_key(host, conf, version.series) for conf in using)
    jwks = tuple(found for conf in using for found in _jwks(host, conf, version.series))
    return Survey(
        host=host,
        machine=machine,
        version=version,
        slurmctld=slurmctld,
        slurmdbd=slurmdbd,
        unread=unread,
        keys=keys,
        jwks=jwks,
        plugins=_plugins(host, machine, slurmctld or slurmdbd, version),
        paths=frozenset(path for path in _paths(using, keys) if leads_somewhere(path, host)),
        stray=tuple(_stray(host)),
    )


def account(host: Host, name: str) -> Account | None:
    """Look a user up as uid_from_string() does: by name, else by number if that is somebody's."""
    found = host.account(name)
    if found is None and name.isascii() and name.isdigit() and len(name) < 11:
        by_number = host.user_name(int(name))
        found = host.account(by_number) if by_number != name else None
    return found


def uses_jwt(conf: Conf, series: str) -> bool:
    """Tell whether a daemon is to load auth/jwt."""
    return any(each.plugin == "auth/jwt" for each in auth_types(conf.parsed, series))


def plugin_dirs(conf: Conf | None) -> tuple[str, ...]:
    """Return the folders of PluginDir; none where it is not set."""
    setting = conf.parsed.last("PluginDir") if conf else None
    return tuple(folder for folder in setting.value.split(":") if folder) if setting else ()


def _version(name: str | None, machine: Machine) -> Version:
    installed = machine.installed
    wanted = name or installed.slurm
    if not wanted:
        raise Problem(
            "Which Slurm is installed here is unknown: no slurmctld, slurmdbd or scontrol answers -V.",
            "Name it: --release 24.11, or --release 24.11/libjwt1.17.2",
        )
    try:
        release = releases.parse(wanted)
    except ValueError as error:
        raise Problem(plain(str(error)), "Name the nearest one with --release.") from None
    own = installed.slurm.startswith(f"{release.series}.")
    libjwt = release.libjwt.version if "/" in wanted else installed.libjwt if own else ""
    source = "--release" if name else installed.slurm_from
    return Version(release.series, release.slurm, source, libjwt, own)


def _find_conf(host: Host, machine: Machine, wish: Wish) -> str | None:
    if wish.conf is not None:
        return _absolute(wish.conf)
    named = host.environment.get("SLURM_CONF")
    if named:
        return _absolute(named)
    running = [each.conf for each in machine.running if each.conf and _believed(host, each)]
    places = [*running, *(f"{folder}/slurm.conf" for folder in FOLDERS)]
    return next((path for path in places if host.look(path).state == "there"), None)


def _believed(host: Host, daemon: Running) -> bool:
    """Tell whether a process may say where slurm.conf is: anybody can start one and call it slurmctld."""
    if daemon.name != "slurmctld" or not daemon.conf:
        return False
    look = host.look(daemon.conf)
    owned = look.uid == 0 and not may_change(look, None) and open_folder(look, None) is None
    return daemon.uid == 0 or owned


def _find_dbd_conf(host: Host, wish: Wish, conf: str | None) -> str | None:
    """Slurm looks for slurmdbd.conf beside slurm.conf."""
    if wish.dbd_conf is not None:
        return _absolute(wish.dbd_conf)
    folders = [posixpath.dirname(conf)] if conf else FOLDERS
    places = [f"{folder}/slurmdbd.conf" for folder in folders]
    return next((path for path in places if host.look(path).state == "there"), None)


def _absolute(path: str) -> str:
    import os

    return os.path.abspath(path)  # noqa: PTH100 - pathlib keeps ".."


def _searched() -> str:
    return f"Name it with --conf, or in SLURM_CONF. Looked in: {', '.join(FOLDERS)}."


def _conf(host: Host, daemon: Daemon, path: str, series: str) -> Conf:
    try:
        parsed = parse(path, host.read, daemon, series)
    except Unreadable as error:
        raise Problem(
            f"{plain(path)} cannot be read: {error}.",
            "Run as root or as SlurmUser." if error.why == "denied" else _searched(),
        ) from None
    return Conf(daemon, path, parsed, {name: host.look(name) for name in parsed.files})


def _key(host: Host, conf: Conf, series: str) -> Key:
    choice = key_choice(conf.parsed, conf.daemon, series)
    if choice.path is None or not choice.path.startswith("/"):
        return Key(conf.daemon, choice, None, None, "")
    look = host.look(choice.path)
    try:
        return Key(conf.daemon, choice, look, host.key(choice.path), "")
    except KeyFileError as error:
        # The path may be a key that somebody wrote there: whether to show it is for others to decide.
        return Key(conf.daemon, choice, look, None, str(error).removeprefix(f"key file {choice.path!a} "))


def _jwks(host: Host, conf: Conf, series: str) -> Iterator[Jwks]:
    setting = conf.parsed.last("AuthAltParameters")
    found = find(setting.value, "jwks", series) if setting else None
    if setting and found:
        path = found.value
        # A name without "/" in front counts from wherever the daemon runs, not from here.
        look = host.look(path) if path.startswith("/") else Look(path, "failed")
        yield Jwks(conf.daemon, path, setting, found.value_at, look)


def _paths(using: list[Conf], keys: tuple[Key, ...]) -> Iterator[str]:
    """Give what stands where paths belong: the keys that are taken, and all values with "/" in front."""
    yield from (key.choice.path for key in keys if key.choice.path)
    for conf in using:
        setting = conf.parsed.last("AuthAltParameters")
        for part in parts(setting.value) if setting else ():
            yield part.text.partition("=")[2].strip()


def _plugins(host: Host, machine: Machine, conf: Conf | None, version: Version) -> frozenset[str] | None:
    """List the plugins, if they are those of the Slurm that is judged."""
    if not version.installed:
        return None
    folders = plugin_dirs(conf) or (machine.installed.plugin_dir,)
    listings = [host.names(folder) for folder in folders if folder]
    if not listings or any(names is None for names in listings):
        return None
    return frozenset(name for names in listings for name in names or () if name.endswith(".so"))


def _stray(host: Host) -> Iterator[Place]:
    """Find the system's files that set SLURM_JWT for everybody, or for the daemons."""
    paths = list(_ENVIRONMENTS)
    for folder, start in _ENVIRONMENT_FOLDERS:
        paths += [f"{folder}/{name}" for name in host.names(folder) or () if name.startswith(start)]
    for path in paths:
        try:
            text = host.read(path, 1 << 20)
        except Unreadable:
            continue
        for found in _STRAY.finditer(text):
            yield Place(path, text.count(b"\n", 0, found.start()) + 1, 1)


def daemons_of(survey: Survey, conf: Conf) -> list[Running]:
    """Return the running daemons that read this configuration, as far as can be told."""
    default = f"{FOLDERS[0]}/slurm.conf"
    own = posixpath.dirname(conf.path)
    user = survey.user(conf)
    accounts = {0, user.uid if user else 0}
    return [
        each
        for each in survey.machine.running
        if each.name == conf.daemon
        and each.uid in accounts
        and posixpath.dirname(each.conf or default) == own
    ]
