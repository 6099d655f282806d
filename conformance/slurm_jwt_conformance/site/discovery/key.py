"""The HS256 key and the JWKS of a daemon: which file they are in, how that file was found, and the key."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.strict.keys import KeyFileError, describe, load_key
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from slurm_jwt.config.auth import KeyChoice
    from slurm_jwt.config.grammar import Setting
    from slurm_jwt.config.keys import Daemon
    from slurm_jwt.strict.keys import KeyFacts
    from slurm_jwt_conformance.site.discovery.conf import Conf
    from slurm_jwt_conformance.site.discovery.host import Host, Look


class Key(NamedTuple):
    """An HS256 key; its repr shows no byte of it.

    choice: the setting that names the file. path: the path as it may be shown, "" where no file is named.
    file: the path as the system takes it. source: how the file was found, as in
    "StateSaveLocation, /etc/slurm/slurm.conf:12". content: None where the key was not read. reason: why it
    was not read, without the name of the file.
    """

    daemon: Daemon
    choice: KeyChoice
    path: str
    file: str
    source: str
    look: Look | None
    content: bytes | None
    reason: str = ""

    def __repr__(self) -> str:
        return f"Key({self.path}, {'unread' if self.content is None else 'read'}, from {self.source})"

    @property
    def facts(self) -> KeyFacts | None:
        """Length, shape and fingerprint of the key; None where it was not read."""
        return None if self.content is None else describe(self.content)

    @property
    def problem(self) -> str:
        """Why the key was not read, safe to print; "" where it was read."""
        return f"key file {self.path} {self.reason}" if self.path and self.reason else self.reason

    def sentence(self) -> str:
        """Describe the key without showing it."""
        facts = self.facts
        if facts is None:
            return f"not read: {self.problem} (from {self.source})"
        shape = "" if facts.shape == "bytes" else f" of {facts.shape}"
        what = f"{facts.length:,} bytes{shape}, fingerprint {facts.fingerprint}"
        return f"{self.path}, {what}, from {self.source}"


class Jwks(NamedTuple):
    """The file that a daemon takes public keys from.

    setting: AuthAltParameters, None if it has no jwks=. named: the file is that of --jwks.
    """

    daemon: Daemon
    path: str
    setting: Setting | None
    at: int
    look: Look
    named: bool = False


def named(path: str) -> Key:
    """Return the key of --key-file; Problem says why the file cannot be used."""
    from slurm_jwt.config.auth import KeyChoice

    choice = KeyChoice(path, "given", None, 0)
    try:
        return Key("slurmctld", choice, one_line(path), path, "--key-file", None, load_key(path))
    except KeyFileError as error:
        raise Problem(str(error)) from error


def demand_jwks(host: Host, path: str) -> None:
    """Raise Problem if the file of --jwks cannot be read."""
    from slurm_jwt.config.grammar import Unreadable

    try:
        host.read(path, 4 << 20)
    except Unreadable as error:
        raise Problem(f"The JWKS {one_line(path)} cannot be read: {error}.") from None


def public(host: Host, path: str) -> bytes | None:
    """Return the content of a JWKS; None if it cannot be read here."""
    from slurm_jwt.config.grammar import Unreadable

    try:
        return host.read(path, 4 << 20)
    except Unreadable:
        return None


def configured(host: Host, conf: Conf, series: str) -> Key:
    """Return the key that the daemon of this configuration loads."""
    from slurm_jwt.config.auth import key_choice

    choice = key_choice(conf.parsed, conf.daemon, series)
    origin = source(choice, conf)
    if choice.path is None:
        reason = f"{conf.daemon} loads no HS256 key, so that it refuses every such token"
        return Key(conf.daemon, choice, "", "", origin, None, None, reason)
    if not choice.path.startswith("/"):
        reason = (
            f"its path does not start with /, so that it depends on the folder that {conf.daemon} runs in"
        )
        return Key(conf.daemon, choice, "", "", origin, None, None, reason)
    return _read(host, conf.daemon, choice, choice.path, origin)


def _read(host: Host, daemon: Daemon, choice: KeyChoice, path: str, origin: str) -> Key:
    look = host.look(path)
    try:
        return Key(daemon, choice, one_line(path), path, origin, look, host.key(path))
    except KeyFileError as error:
        reason = str(error).removeprefix(f"key file {path!a} ")
        return Key(daemon, choice, _shown(host, path), "", origin, look, None, reason)


def _shown(host: Host, path: str) -> str:
    """Return a path as it may be shown: a path that leads nowhere may be a key by mistake."""
    from slurm_jwt_conformance.site.discovery.showing import leads_somewhere

    if leads_somewhere(path, host):
        return one_line(path)
    return f"(a path of {len(path)} characters, not shown)"


def jwks(host: Host, conf: Conf, series: str, path: str | None = None) -> Jwks | None:
    """Return the JWKS that the daemon of this configuration loads; None if there is none.

    path: the file of --jwks, which takes the place of the one that jwks= names.
    """
    from slurm_jwt.config.auth import find, way
    from slurm_jwt_conformance.site.discovery.host import Look

    setting = conf.parsed.last("AuthAltParameters")
    parameter = find(setting.value, "jwks", series) if setting else None
    if path is not None and way("jwks", series) != "never":
        at = parameter.value_at if parameter else 0
        return Jwks(conf.daemon, path, setting if parameter else None, at, host.look(path), named=True)
    if setting is None or parameter is None:
        return None
    path = parameter.value
    # A path without "/" at its start is relative to the folder of the daemon, not to ours.
    look = host.look(path) if path.startswith("/") else Look(path, "failed")
    return Jwks(conf.daemon, path, setting, parameter.value_at, look)


def source(choice: KeyChoice, conf: Conf) -> str:
    """Return how the configuration leads to this key file, safe to print."""
    if choice.reason == "given":
        return f"jwt_key= in AuthAltParameters, {_place(choice.setting, choice.at)}"
    if choice.reason == "jwks":
        return f"jwks= without jwt_key= in AuthAltParameters, {_place(choice.setting, choice.at)}"
    if choice.setting is not None:
        return f"StateSaveLocation, {_place(choice.setting, 0)}"
    if choice.reason == "unset":
        return f"{one_line(conf.path)}, which sets no jwt_key="
    return f"the default StateSaveLocation: {one_line(conf.path)} sets none"


def _place(setting: Setting | None, at: int) -> str:
    if setting is None:
        return "the default"
    place = setting.at(at)
    return f"{one_line(place.file)}:{place.line}"
