"""The survey of a site: what one command knows of the cluster, found in one way for every command.

What the caller names wins. Everything else is looked for, read by Slurm's own grammar, and never guessed.
A part is looked for when it is first read, because a cold `slurm-jwt check` must stay fast: on a Debian
system it runs no program.
"""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.site.discovery import conf as confs
from slurm_jwt_conformance.site.discovery import key as keys
from slurm_jwt_conformance.site.discovery.host import Host
from slurm_jwt_conformance.site.discovery.machine import Machine
from slurm_jwt_conformance.site.discovery.parameters import effective
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from slurm_jwt.config.keys import Daemon
    from slurm_jwt.config.lines import Place
    from slurm_jwt.slurmctld import Release, Settings
    from slurm_jwt_conformance.site.discovery.conf import Conf, Location
    from slurm_jwt_conformance.site.discovery.host import Account
    from slurm_jwt_conformance.site.discovery.key import Jwks, Key
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.processes import Running
    from slurm_jwt_conformance.site.discovery.users import UserDatabase

NEWEST = releases.series()[-1]
PACKAGED_USER = "slurm"
"""The SlurmUser that packages create; assumed where there is no slurm.conf."""

_RELEASE_HINT = "Name it as 24.11, 24.11.5 or 24.11/libjwt1.17.2."
_BOTH_BUILDS = frozenset({"1.10.2", "1.17.2"})
"""Versions of libjwt of which Debian's build differs from the upstream one."""


class Installed(NamedTuple):
    """The Slurm and the libjwt on this host ("" for an unknown libjwt), and how their versions were found."""

    slurm: str
    libjwt: str
    source: str


class Version(NamedTuple):
    """The Slurm that the checks are about. source: how it is known. libjwt: "" if it is not known."""

    series: str
    slurm: str
    source: str
    libjwt: str
    installed: bool


def survey(options: Options, host: Host | None = None, machine: Machine | None = None) -> Cluster:
    """Return the site; Problem says which of the named parts cannot be used."""
    cluster = Cluster(options, host or Host(), machine or Machine())
    if options.conf is not None:
        cluster.require_conf()
    if options.key_file is not None:
        _ = cluster.key
    if options.jwks is not None:
        keys.demand_jwks(cluster.host, options.jwks)
    return cluster


class Cluster:
    """A site. Each part is looked for when it is first read, and then kept.

    Not a dataclass: the module of dataclasses takes longer to load than a check.
    """

    def __init__(self, options: Options, host: Host, machine: Machine) -> None:
        self.options = options
        self.host = host
        self.machine = machine

    @cached_property
    def named_release(self) -> Release | None:
        """The release that the caller names; None if the caller names none."""
        name = self.options.release
        return _parsed(name, _RELEASE_HINT) if name else None

    @cached_property
    def installed(self) -> Installed | None:
        """The installed Slurm; None if there is none, or if the caller wants no search."""
        slurm = self.machine.slurm if self.options.search else None
        if not slurm or not slurm.number:
            return None
        libjwt = self.machine.libjwt(())
        source = ", ".join(dict.fromkeys(filter(None, (slurm.source, libjwt.source))))
        return Installed(slurm.number, libjwt.number, source)

    @cached_property
    def _modelled(self) -> tuple[Release | None, str]:
        """The installed release as the model names it, and otherwise why there is none."""
        if self.installed is None:
            return None, ""
        slurm, libjwt, _ = self.installed
        build = "-upstream" if libjwt in _BOTH_BUILDS and not self.machine.debian else ""
        try:
            return releases.parse(slurm + (f"/libjwt{libjwt}{build}" if libjwt else "")), ""
        except ValueError as error:
            return None, f"The installed Slurm {one_line(slurm, 40)} is not modelled: {error}."

    @property
    def release(self) -> Release | None:
        """The installed release; None if there is none, or none that is modelled."""
        return self._modelled[0]

    @cached_property
    def series(self) -> str:
        """The series by whose grammar slurm.conf is read: named, or installed, or the newest."""
        if self.named_release:
            return self.named_release.series
        installed = ".".join(self.installed.slurm.split(".")[:2]) if self.installed else ""
        return installed if installed in releases.series() else NEWEST

    @cached_property
    def version(self) -> Version:
        """The Slurm that the checks are about; Problem if it is neither named nor installed."""
        slurm = self.machine.slurm
        name = self.options.release or slurm.number
        if not name:
            raise Problem(
                "The release of Slurm is unknown: no slurmctld, slurmdbd or scontrol here answers -V.",
                "Name it: --release 24.11, or --release 24.11/libjwt1.17.2",
            )
        release = self.named_release or _parsed(name, "Name the nearest one with --release.")
        own = slurm.number.startswith(f"{release.series}.")
        if self.options.release and "/" in self.options.release:
            libjwt = release.libjwt.version
        else:
            libjwt = self.machine.libjwt(self._plugin_dirs).number if own else ""
        source = "--release" if self.options.release else slurm.source
        return Version(release.series, release.slurm, source, libjwt, own)

    @cached_property
    def _named_location(self) -> Location | None:
        return confs.find(self.options, self.host, self.machine)

    @cached_property
    def slurmrestd_conf(self) -> Conf | None:
        """The file for slurmrestd only that --conf or SLURM_CONF names; None if it names slurm.conf."""
        return confs.behind_slurmrestd(self.host, self._named_location, self.series)

    @property
    def _location(self) -> Location | None:
        """Where slurm.conf is: a file for slurmrestd only leads to the slurm.conf that it includes."""
        restd = self.slurmrestd_conf
        if restd is None:
            return self._named_location
        return confs.Location(restd.parsed.files[1], f"included by {one_line(restd.path)}")

    @cached_property
    def _dbd_location(self) -> Location | None:
        return confs.find_dbd(self.options, self.host, self._location)

    @cached_property
    def _slurm_conf(self) -> tuple[Conf | None, Problem | None]:
        return self._read("slurmctld", self._location)

    @cached_property
    def _slurmdbd_conf(self) -> tuple[Conf | None, Problem | None]:
        return self._read("slurmdbd", self._dbd_location)

    def _read(self, daemon: Daemon, location: Location | None) -> tuple[Conf | None, Problem | None]:
        if location is None:
            return None, None
        from slurm_jwt.config.grammar import Unreadable

        try:
            return confs.read(self.host, daemon, location, self.series), None
        except Unreadable as error:
            return None, confs.unreadable(location, error, self.host)

    @property
    def conf(self) -> Conf | None:
        """slurm.conf; None where there is none that can be read."""
        return self._slurm_conf[0]

    @property
    def dbd_conf(self) -> Conf | None:
        """slurmdbd.conf; None where there is none that can be read."""
        return self._slurmdbd_conf[0]

    @property
    def confs(self) -> tuple[Conf, ...]:
        """The configurations that are on this host."""
        return tuple(conf for conf in (self.conf, self.dbd_conf) if conf)

    @property
    def files(self) -> list[str]:
        """The files that belong to the site: configurations, files that they include, keys, users."""
        named = (
            self.options.conf,
            self.options.dbd_conf,
            self.options.key_file,
            self.options.jwks,
            self.options.passwd,
        )
        keys = [key.file for key in (self.key, *self.keys) if key]
        included = [file for conf in self.confs for file in conf.parsed.files]
        return [file for file in (*named, *keys, *(jwks.path for jwks in self.jwks), *included) if file]

    @property
    def unread(self) -> tuple[tuple[str, str], ...]:
        """The files of daemons that cannot be read, each with the reason, but slurm.conf."""
        problem, location = self._slurmdbd_conf[1], self._dbd_location
        return ((location.path, problem.what),) if problem and location else ()

    @property
    def exists(self) -> bool:
        """Whether a configuration of Slurm is named or is on this host."""
        return (self._location or self._dbd_location) is not None

    @property
    def conf_for_commands(self) -> str:
        """SLURM_CONF for Slurm's own commands; "" where they find this slurm.conf themselves."""
        return self.conf.path if self.conf and self.conf.source != confs.USUAL_PLACE else ""

    def require_conf(self) -> None:
        """Raise Problem where slurm.conf cannot be read."""
        if self._slurm_conf[1]:
            raise self._slurm_conf[1]

    def require(self) -> None:
        """Raise Problem where the release is unknown or no configuration can be read."""
        _ = self.version
        self.require_conf()
        problem = self._slurmdbd_conf[1]
        if problem and self.options.dbd_conf is not None:
            raise problem
        if not self.exists:
            raise Problem("There is no slurm.conf in the usual places.", confs.searched(self.host))

    @cached_property
    def configured(self) -> Key | None:
        """The key that slurmctld loads; None without a slurm.conf."""
        return keys.configured(self.host, self.conf, self.series) if self.conf else None

    @cached_property
    def key(self) -> Key | None:
        """The key to use, named or otherwise configured; None where there is neither."""
        return keys.named(self.options.key_file) if self.options.key_file is not None else self.configured

    @property
    def _using_jwt(self) -> list[Conf]:
        return [conf for conf in self.confs if confs.uses_jwt(conf, self.series)]

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """The key of each daemon that loads auth/jwt."""
        return tuple(keys.configured(self.host, conf, self.series) for conf in self._using_jwt)

    @cached_property
    def jwks(self) -> tuple[Jwks, ...]:
        """The JWKS of each daemon that loads auth/jwt with jwks=, or each with that of --jwks."""
        each = (keys.jwks(self.host, conf, self.series, self.options.jwks) for conf in self._using_jwt)
        return tuple(jwks for jwks in each if jwks)

    def key_of(self, daemon: Daemon) -> Key | None:
        """Return the key of a daemon; None if the daemon does not load auth/jwt."""
        return next((key for key in self.keys if key.daemon == daemon), None)

    def other_key(self, series: str) -> str | None:
        """Return where slurmctld of a series finds another key; None if it finds the configured one."""
        if self.conf is None or self.key is None or self.key is not self.configured:
            return None
        from slurm_jwt.config.auth import key_choice

        choice = key_choice(self.conf.parsed, "slurmctld", series)
        return None if choice.path == self.key.choice.path else keys.source(choice, self.conf)

    @property
    def parameters(self) -> str | None:
        """AuthAltParameters; None if it is not set."""
        return (
            self.options.parameters
            if self.options.parameters is not None
            else self.value("AuthAltParameters")
        )

    @property
    def slurm_user(self) -> str:
        """SlurmUser; Slurm's default is root."""
        if self.options.slurm_user is not None:
            return self.options.slurm_user
        return (self.value("SlurmUser") or "root") if self.conf else PACKAGED_USER

    def value(self, key: str) -> str | None:
        """Return the value of a key of slurm.conf, spelled as Slurm spells it; None if it is not set."""
        return self.conf.value(key) if self.conf else None

    def settings(self, series: str) -> Settings:
        """Return the parameters that slurmctld of a series finds; --jwks and --key-file count as such."""
        found = effective(self.parameters or "", self.slurm_user, series)
        if self.options.jwks is None:
            return found
        key = {} if self.options.key_file is None else {"jwt_key": posixpath.abspath(self.options.key_file)}
        jwks = {"jwks": posixpath.abspath(self.options.jwks)}
        return found._replace(parameters=key | dict(found.parameters) | jwks)

    @cached_property
    def public_keys(self) -> bytes | None:
        """The JWKS of slurmctld, or that of --jwks; None if there is none, or it cannot be read here."""
        path = self.options.jwks or next(
            (each.path for each in self.jwks if each.daemon == "slurmctld" and each.path.startswith("/")),
            None,
        )
        return keys.public(self.host, path) if path else None

    def parameter(self, name: str, series: str) -> str | None:
        """Return one of AuthAltParameters, such as "userclaimfield", as slurmctld of a series finds it."""
        from slurm_jwt.config.auth import find

        parameter = find(self.parameters or "", name, series)
        return parameter.value if parameter else None

    def loads_jwt(self, series: str) -> bool | None:
        """Return whether slurmctld of a series loads auth/jwt; None without a slurm.conf."""
        return None if self.conf is None else confs.uses_jwt(self.conf, series)

    @cached_property
    def users(self) -> UserDatabase:
        """The users of --passwd, otherwise those of this host."""
        from slurm_jwt_conformance.site.discovery import users

        return users.load(self.options.passwd)

    def user(self, conf: Conf) -> Account | None:
        """Return the account that a daemon runs as; None if the host does not know it."""
        from slurm_jwt_conformance.site.discovery.surroundings import account

        return account(self.host, conf.value("SlurmUser") or "root")

    @cached_property
    def problems(self) -> tuple[str, ...]:
        """What is on this host and cannot be used, in sentences, safe to print."""
        unreadable = self._slurm_conf[1]
        known = self.named_release or self.release
        reasons = (self._modelled[1], unreadable.what if unreadable else "")
        return (*filter(None, reasons), *(_stops(self.conf, self.series) if self.conf and known else ()))

    @property
    def _plugin_dirs(self) -> tuple[str, ...]:
        return confs.plugin_dirs(self.conf or self.dbd_conf)

    @property
    def plugin_dir(self) -> str:
        """The folder with Slurm's plugins; "" if it is not in the usual places."""
        return self.machine.plugin_dir(self._plugin_dirs)

    @cached_property
    def plugins(self) -> frozenset[str] | None:
        """The plugin files of the Slurm that the checks are about; None if they cannot be listed."""
        if not self.version.installed:
            return self.options.plugins
        from slurm_jwt_conformance.site.discovery.surroundings import plugin_files

        return plugin_files(self.host, self._plugin_dirs or (self.plugin_dir,))

    @cached_property
    def paths(self) -> frozenset[str]:
        """The paths in the configuration that lead somewhere, and so may be shown."""
        from slurm_jwt_conformance.site.discovery.surroundings import existing_paths

        return existing_paths(self.host, self._using_jwt, self.keys)

    @cached_property
    def token_settings(self) -> tuple[Place, ...]:
        """The lines of the system's files that set SLURM_JWT."""
        from slurm_jwt_conformance.site.discovery.surroundings import token_settings

        return tuple(token_settings(self.host))

    def daemons_of(self, conf: Conf) -> list[Running]:
        """Return the running daemons that read this configuration, as far as this user can see them."""
        own = posixpath.dirname(conf.path)
        user = self.user(conf)
        accounts = {0, user.uid if user else 0}
        return [
            each
            for each in self.machine.running
            if each.name == conf.daemon
            and each.uid in accounts
            and posixpath.dirname(each.conf or f"{self.host.folders[0]}/slurm.conf") == own
        ]


def _parsed(name: str, hint: str) -> Release:
    try:
        return releases.parse(name)
    except ValueError as error:
        raise Problem(one_line(str(error)), hint) from None


def _stops(conf: Conf, series: str) -> list[str]:
    """Return where slurmctld of this series stops reading, or may stop; what follows is then in doubt."""
    faults = [fault for fault in conf.parsed.faults if fault.stops is not False]
    if not faults:
        return []
    place, more = faults[0].place, f" and {len(faults) - 1} more" if faults[1:] else ""
    where = f"{one_line(place.file)}:{place.line} ({faults[0].kind}){more}"
    return [
        f"slurmctld {series} does not start, or may not start, because of {where}: run `slurm-jwt doctor`."
    ]
