"""The site that a command runs at: its slurm.conf, key, users' database and release, and how each was found.

What was named wins; the rest is looked for as the doctor looks for it, read by Slurm's own grammar, and never
guessed: what cannot be read has a trouble in its place, and a trouble is not a pass. Kept cheap, since it is
part of every cold `slurm-jwt check`: no program is run on a Debian system, no other process is looked at.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.slurmctld import Settings, releases
from slurm_jwt.slurmctld.settings import KNOWN
from slurm_jwt.strict.keys import KeyFileError, describe, load_key
from slurm_jwt_conformance.site.discovery import installed
from slurm_jwt_conformance.site.discovery.host import FOLDERS, RealHost
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slurm_jwt.config.auth import KeyChoice
    from slurm_jwt.config.grammar import Parsed, Setting
    from slurm_jwt.slurmctld import Release

NEWEST = releases.series()[-1]
SLURM_USER = "slurm"
"""What SlurmUser is taken for where there is no slurm.conf: the name that packages make."""


class Wish(NamedTuple):
    """What the caller named; None where it is to be found. look: False looks for nothing that is not named.

    series: of Slurm, by whose grammar slurm.conf is read; None takes the installed one's, else the newest.
    """

    conf: str | None = None
    key_file: str | None = None
    series: str | None = None
    parameters: str | None = None
    slurm_user: str | None = None
    look: bool = True


class Around(NamedTuple):
    """Where there is something to find; a test hands over a made-up place."""

    folders: tuple[str, ...] = FOLDERS
    environment: Mapping[str, str] = os.environ
    installed: Callable[[], installed.Version | None] = installed.find


class Conf(NamedTuple):
    """A slurm.conf that was read; its repr shows nothing of it.

    sha256: of its bytes and those of the files that it includes, in the order of reading: `cat` them in the
    order of parsed.files to check it.
    """

    path: str
    source: str
    parsed: Parsed
    sha256: str

    def __repr__(self) -> str:
        return f"Conf({self.path}, {self.source})"


class Key(NamedTuple):
    """The HS256 key: content None and a trouble where it cannot be read; its repr shows no byte of it.

    path: as it may be shown. source: how it was found, as in "StateSaveLocation, /etc/slurm/slurm.conf:12".
    file: the path as the system takes it, "" where it is not read.
    """

    path: str
    content: bytes | None
    source: str
    trouble: str = ""
    file: str = ""

    def __repr__(self) -> str:
        return f"Key({self.path}, {'unread' if self.content is None else 'read'}, from {self.source})"

    def sentence(self) -> str:
        """Tell of the key without showing it."""
        if self.content is None:
            return f"not read: {self.trouble} (from {self.source})"
        facts = describe(self.content)
        shape = "" if facts.shape == "bytes" else f" of {facts.shape}"
        what = f"{facts.length:,} bytes{shape}, fingerprint {facts.fingerprint}"
        return f"{self.path}, {what}, from {self.source}"


class Found(NamedTuple):
    """What is known of a site.

    conf: None where no slurm.conf was read. key: the one to use, named or else configured; None where there
    is neither. configured: the one that slurmctld would load. version: the installed Slurm, release: the
    model's word for it; None if there is none, or none that is modelled. series: by whose grammar slurm.conf
    was read. parameters: AuthAltParameters, None if unset. troubles: what is there and cannot be used, in
    sentences, safe to print.
    """

    conf: Conf | None
    key: Key | None
    configured: Key | None
    version: installed.Version | None
    release: Release | None
    series: str
    parameters: str | None
    slurm_user: str
    troubles: tuple[str, ...]

    def settings(self, series: str) -> Settings:
        """Return what slurmctld of a series makes of the parameters, each found by that series' way."""
        return effective(self.parameters or "", self.slurm_user, series)

    def loads_jwt(self, series: str) -> bool | None:
        """Tell whether slurmctld of a series loads auth/jwt; None without a slurm.conf."""
        if self.conf is None:
            return None
        from slurm_jwt.config.auth import auth_types

        return any(each.plugin == "auth/jwt" for each in auth_types(self.conf.parsed, series))

    def other_key(self, series: str) -> str | None:
        """Tell where slurmctld of a series finds another key than the configured one, None if it does not."""
        if self.conf is None or self.key is not self.configured:
            return None
        from slurm_jwt.config.auth import key_choice

        own = key_choice(self.conf.parsed, "slurmctld", self.series)
        theirs = key_choice(self.conf.parsed, "slurmctld", series)
        return None if theirs.path == own.path else _source(theirs, self.conf)

    def value(self, key: str) -> str | None:
        """Return the value that counts for a key of slurm.conf, spelled as Slurm spells it."""
        setting = self.conf.parsed.last(key) if self.conf else None
        return setting.value if setting else None

    def parameter(self, name: str, series: str) -> str | None:
        """Return one of AuthAltParameters, such as "userclaimfield", as slurmctld of a series finds it."""
        from slurm_jwt.config.auth import find

        got = find(self.parameters or "", name, series)
        return got.value if got else None


def found(wish: Wish = Wish(), around: Around | None = None) -> Found:  # noqa: B008 - a constant tuple
    """Look for what was not named; Problem says what of the named cannot be used."""
    around = around or Around()
    troubles: list[str] = []
    version = around.installed() if wish.look else None
    release = _release(version, troubles)
    series = wish.series or (release.series if release else NEWEST)
    conf = _conf(wish, around, series, troubles)
    setting = conf.parsed.last("AuthAltParameters") if conf else None
    configured = _configured(conf, series) if conf else None
    if conf and (wish.series or release):
        troubles += _stops(conf.parsed, series)
    parameters = wish.parameters if wish.parameters is not None else setting.value if setting else None
    return Found(
        conf=conf,
        key=_named(wish.key_file) if wish.key_file is not None else configured,
        configured=configured,
        version=version,
        release=release,
        series=series,
        parameters=parameters,
        slurm_user=_slurm_user(wish, conf),
        troubles=tuple(troubles),
    )


def effective(text: str, slurm_user: str, series: str) -> Settings:
    """Return AuthAltParameters as a series finds them: names that it does not find where they stand are out.

    A name that no release reads stays, so that the model says that it does not know; one that is no plain
    word is told by its length alone, since people write keys and paths in wrong places.
    """
    if not text:
        return Settings({}, slurm_user)
    from slurm_jwt.config.auth import find, parts  # slow to load where there is no slurm.conf

    seen = {name: got.value for name in sorted(KNOWN) if (got := find(text, name, series))}
    names = (part.name for part in parts(text))
    strange = {_word(name): "" for name in names if name and name.lower() not in KNOWN}
    return Settings(seen | strange, slurm_user)


def _word(name: str) -> str:
    return name if re.fullmatch("[a-z_]{1,30}", name) else f"a parameter of {len(name)} characters"


def _release(version: installed.Version | None, troubles: list[str]) -> Release | None:
    if version is None:
        return None
    try:
        return releases.parse(version.slurm + (f"/libjwt{version.libjwt}" if version.libjwt else ""))
    except ValueError as error:
        troubles.append(f"The installed Slurm {one_line(version.slurm, 40)} is not modelled: {error}.")
        return None


def _conf(wish: Wish, around: Around, series: str, troubles: list[str]) -> Conf | None:
    """Read the slurm.conf that is named, or the first that is where it is looked for."""
    if wish.conf is not None:
        return _demanded(wish.conf, series)
    if not wish.look:
        return None
    named = around.environment.get("SLURM_CONF")
    usual = (f"{folder}/slurm.conf" for folder in around.folders)
    place = named or next((path for path in usual if not _missing(path)), None)
    if place is None:
        return None
    from slurm_jwt.config.grammar import Unreadable  # slow to load where there is no slurm.conf

    try:
        return _read(place, "SLURM_CONF" if named else "the usual place", series)
    except Unreadable as error:
        source = ", which SLURM_CONF names," if named else ""
        troubles.append(f"{one_line(place)}{source} cannot be read: {error}.")
        return None


def _stops(parsed: Parsed, series: str) -> list[str]:
    """Say where slurmctld of this series stops reading, or may; what follows is then in doubt."""
    found = [fault for fault in parsed.faults if fault.stops is not False]
    if not found:
        return []
    place, more = found[0].place, f" and {len(found) - 1} more" if found[1:] else ""
    where = f"{one_line(place.file)}:{place.line} ({found[0].kind}){more}"
    return [f"slurmctld {series} does not start, or may not, with {where}: `slurm-jwt doctor` tells more."]


def _missing(path: str) -> bool:
    try:
        os.stat(path)  # noqa: PTH116 - cheaper than a Path
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def _demanded(path: str, series: str) -> Conf:
    from slurm_jwt.config.grammar import Unreadable

    try:
        return _read(path, "--conf", series)
    except Unreadable as error:
        hint = "Run as root or as SlurmUser." if error.why == "denied" else "Check the path."
        raise Problem(f"{one_line(path)} cannot be read: {error}.", hint) from None


def _read(path: str, source: str, series: str) -> Conf:
    from hashlib import sha256

    from slurm_jwt.config.grammar import parse

    host, digest = RealHost(), sha256()

    def reader(name: str) -> bytes:
        data = host.read(name)
        digest.update(data)
        return data

    whole = os.path.abspath(path)  # noqa: PTH100 - pathlib keeps ".."
    return Conf(whole, source, parse(whole, reader, "slurmctld", series), digest.hexdigest())


def _slurm_user(wish: Wish, conf: Conf | None) -> str:
    if wish.slurm_user is not None:
        return wish.slurm_user
    setting = conf.parsed.last("SlurmUser") if conf else None
    return setting.value if setting else "root" if conf else SLURM_USER


def _named(path: str) -> Key:
    try:
        return Key(one_line(path), load_key(path), "--key-file", file=path)
    except KeyFileError as error:
        raise Problem(str(error)) from error


def _configured(conf: Conf, series: str) -> Key:
    """Load the key that slurmctld of this series would load."""
    from slurm_jwt.config.auth import key_choice

    choice = key_choice(conf.parsed, "slurmctld", series)
    source = _source(choice, conf)
    if choice.path is None:
        return Key("", None, source, "slurmctld loads no HS256 key, so that it refuses every such token")
    if not choice.path.startswith("/"):
        return Key("", None, source, "its path does not start with /, so that only slurmctld can tell it")
    return _loaded(choice.path, source)


def _loaded(path: str, source: str) -> Key:
    """Load a key that slurm.conf names; a path may be a key by mistake: it is shown if it leads somewhere."""
    try:
        return Key(one_line(path), load_key(path), source, file=path)
    except KeyFileError as error:
        from slurm_jwt_conformance.site.discovery.showing import leads_somewhere

        told = str(error)
        if leads_somewhere(path, RealHost()):
            return Key(one_line(path), None, source, told)
        hidden = f"(a path of {len(path)} characters, not shown)"
        return Key(hidden, None, source, told.replace(ascii(path), hidden))


def _source(choice: KeyChoice, conf: Conf) -> str:
    if choice.reason == "given":
        return f"jwt_key= in AuthAltParameters, {_place(choice.setting, choice.at)}"
    if choice.reason == "jwks":
        return f"jwks= without jwt_key= in AuthAltParameters, {_place(choice.setting, choice.at)}"
    if choice.setting is not None:
        return f"StateSaveLocation, {_place(choice.setting, 0)}"
    return f"the default StateSaveLocation: {one_line(conf.path)} sets none"


def _place(setting: Setting | None, at: int) -> str:
    if setting is None:
        return "the default"
    place = setting.at(at)
    return f"{one_line(place.file)}:{place.line}"
