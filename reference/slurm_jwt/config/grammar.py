"""slurm.conf and slurmdbd.conf by their real grammar: text in, settings and faults out; reads no file.

After src/common/parse_config.c from 20.02 to 26.05, and compared with real daemons. A line is `Key=value`
and no more, except where the rest of the line belongs to the key (NodeName and its like). Blanks may stand
round `=`; a value with blanks takes double quotes; an operator before `=` is read and does nothing. Keys
are the same in any case; of a repeated one the last counts. `Include FILE` starts in the first column.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from slurm_jwt.config.keys import known
from slurm_jwt.config.lines import BLANKS, Line, Place, Source, behind, lines, source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slurm_jwt.config.keys import Daemon, Key, Kind

    Reader = Callable[[str], bytes]
    """Takes a path and returns the file's bytes, or raises Unreadable."""

MOST_DEPTH, MOST_FILES, MOST_BYTES = 32, 512, 64 << 20
"""Bounds of one reading: files within files, files, bytes in all. Slurm knows none."""

Why = Literal["missing", "denied", "directory", "special", "too large", "changing", "failed"]
FaultKind = Literal[
    "syntax",
    "empty value",
    "second key",
    "unknown key",
    "bad number",
    "bad yes/no",
    "repeated",
    "defunct",
    "nul",
    "include unreadable",
    "include loop",
    "include directory",
    "include special",
    "include glob",
    "include cluster",
    "include indented",
    "include open end",
    "include too much",
]

_PAIR = re.compile(rb'\s*([A-Za-z0-9_.]+)\s*([-*+/]?)=\s*(?:"([^"]*)"(?=\s|\Z)|(\S+))')
_NO_VALUE = re.compile(rb"\s*([A-Za-z0-9_.]+)\s*[-*+/]?=\s*\Z")
_NUMBER = re.compile(r"\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*|)([kK]?)\Z")
_BITS: dict[Kind, int] = {"u16": 16, "u32": 32, "u64": 64}
_YES_NO = frozenset({"yes", "up", "true", "1", "no", "down", "false", "0"})
_ENDLESS = frozenset({"unlimited", "infinite"})


class Unreadable(Exception):
    """A file cannot be read; `why` is the kind of trouble, the message says it in words."""

    def __init__(self, why: Why, reason: str) -> None:
        super().__init__(reason)
        self.why = why


class Setting(NamedTuple):
    """A key with its value; key is spelled as Slurm spells it. start: of the value in the line's text."""

    key: str
    value: str
    operator: str
    source: Source
    line: Line
    key_start: int
    start: int

    @property
    def place(self) -> Place:
        """Where the key stands."""
        return self.source.place(self.line.offsets[self.key_start])

    def at(self, index: int = 0) -> Place:
        """Where a character of the value stands."""
        if not self.value.isascii():
            index = len(self.value[:index].encode("utf-8", "surrogateescape"))
        return self.source.place(self.line.offsets[self.start + index])


class Fault(NamedTuple):
    """Something that Slurm's reader stumbles over.

    stops: reading fails, so that the daemon does not start; None if that hangs on what cannot be seen.
    key: the key it is about, as Slurm spells it, or as written if Slurm knows no such key. path, why: of a
    file to include. other: where the key was set before. Text of the file may be a secret, so that none is
    kept here beyond key and path.
    """

    kind: FaultKind
    place: Place
    stops: bool | None
    key: str = ""
    path: str = ""
    why: Why | None = None
    other: Place | None = None


class Parsed(NamedTuple):
    """What a reading found: settings and faults in the order of reading, files in the order of opening.

    latest: the setting that counts for each key.
    """

    settings: tuple[Setting, ...]
    faults: tuple[Fault, ...]
    files: tuple[str, ...]
    latest: Mapping[str, Setting]

    def last(self, key: str) -> Setting | None:
        """Return the setting that counts for a key, spelled as Slurm spells it; None if it is unset."""
        return self.latest.get(key)


def parse(path: str, read: Reader, daemon: Daemon, series: str) -> Parsed:
    """Read a file and what it includes, as this series of a daemon does.

    path: of slurm.conf or slurmdbd.conf, absolute. Raises Unreadable if that file itself cannot be read.
    """
    reading = _Reading(path, read, known(daemon, series), series)
    reading.file(path, read(path))
    latest = {setting.key: setting for setting in reading.settings}
    return Parsed(tuple(reading.settings), tuple(reading.faults), tuple(reading.files), latest)


class _Reading:
    """One reading under way: what was found so far, and the files that are open."""

    def __init__(self, main: str, read: Reader, keys: Mapping[str, Key], series: str) -> None:
        self.main, self.read, self.keys, self.series = main, read, keys, series
        self.settings: list[Setting] = []
        self.faults: list[Fault] = []
        self.files: list[str] = []
        self.open: list[str] = []
        self.seen: dict[str, Setting] = {}
        self.bytes = 0

    def file(self, path: str, data: bytes) -> None:
        self.files.append(path)
        self.bytes += len(data)
        self.open.append(path)
        text = source(path, data)
        for line in lines(data):
            if line.nul is not None:
                self.faults.append(Fault("nul", text.place(line.nul), stops=False))
            if line.text:
                self._line(text, line)
        self.open.pop()

    def _line(self, text: Source, line: Line) -> None:
        if line.text[:7].lower() == b"include" and line.text[7:8].isspace():
            self._include(text, line)
            return
        found = _PAIR.match(line.text)
        if found is None:
            if line.text.strip(BLANKS):
                self.faults.append(_not_a_pair(text, line))
            return
        name = found[1].decode()
        key = self.keys.get(name.lower())
        if key is None:
            kind: FaultKind = "unknown key"
            place = text.place(line.offsets[found.start(1)])
            self.faults.append(Fault(kind, place, stops=True, key=name))
            return
        self._pair(text, line, found, key)

    def _pair(self, text: Source, line: Line, found: re.Match[bytes], key: Key) -> None:
        group = 3 if found[3] is not None else 4
        value = found[group].decode("utf-8", "surrogateescape")
        setting = Setting(key.name, value, found[2].decode(), text, line, found.start(1), found.start(group))
        self._value(setting, key)
        end = found.end()
        while key.kind == "line" and (more := _PAIR.match(line.text, end)):
            end = more.end()
        rest = line.text[end:]
        if rest.strip(BLANKS):
            start = end + len(rest) - len(rest.lstrip(BLANKS))
            kind: FaultKind = "second key" if _PAIR.match(rest) else "syntax"
            self.faults.append(Fault(kind, text.place(line.offsets[start]), stops=True, key=key.name))

    def _value(self, setting: Setting, key: Key) -> None:
        if key.kind == "defunct":
            self.faults.append(Fault("defunct", setting.place, stops=False, key=key.name))
            return
        wrong = _wrong_value(key.kind, setting.value)
        if wrong:
            # 20.11 logs an error and goes on without the value.
            stops = self.series >= "21.08"
            self.faults.append(Fault(wrong, setting.at(), stops=stops, key=key.name))
            return
        before = self.seen.get(key.name)
        if before is not None and key.kind not in {"list", "line"}:
            self.faults.append(
                Fault("repeated", setting.place, stops=False, key=key.name, other=before.place)
            )
        self.seen[key.name] = setting
        self.settings.append(setting)

    def _include(self, text: Source, line: Line) -> None:
        rest = line.text[7:].lstrip(BLANKS)
        start = len(line.text) - len(rest)
        name = re.split(rb"\s", rest, maxsplit=1)[0]
        place = text.place(line.offsets[start])
        if not rest[len(name) :]:
            # Slurm looks for a blank behind the name, and finds it in what its buffer held before.
            self.faults.append(
                Fault("include open end", place, stops=_open_end(text, line), path=_text(name))
            )
        elif rest[len(name) :].strip(BLANKS):
            behind = start + len(name) + len(rest[len(name) :]) - len(rest[len(name) :].lstrip(BLANKS))
            self.faults.append(Fault("syntax", text.place(line.offsets[behind]), stops=True, key="Include"))
        path = self._included_path(_text(name), place, text.name) if name else None
        if path is not None:
            self._open(path, place)

    def _included_path(self, name: str, place: Place, including: str) -> str | None:
        cluster = self.seen.get("ClusterName")
        if "%c" in name:
            if cluster is None:
                self.faults.append(Fault("include cluster", place, stops=True, path=name))
                return None
            name = name.replace("%c", cluster.value.lower())
        # Up to 22.05 a name counts from the folder of the file that includes, later from slurm.conf's.
        folder = posixpath.dirname(self.main if self.series >= "23.02" else including)
        path = name if name.startswith("/") else f"{folder}/{name}"
        if "*" in name and self.series >= "23.11":
            self.faults.append(Fault("include glob", place, stops=True, path=path))
            return None
        return path

    def _open(self, path: str, place: Place) -> None:
        trouble = self._refusal(path, place)
        if trouble is not None:
            self.faults.append(trouble)
            return
        try:
            data = self.read(path)
        except Unreadable as error:
            self.faults.append(_unread(path, place, error.why))
            return
        self.file(path, data)

    def _refusal(self, path: str, place: Place) -> Fault | None:
        """Say why a file is not opened at all: it is open already, or it is more than anybody needs."""
        if posixpath.normpath(path) in map(posixpath.normpath, self.open):
            return Fault("include loop", place, stops=True, path=path)
        if len(self.open) >= MOST_DEPTH or len(self.files) >= MOST_FILES or self.bytes > MOST_BYTES:
            return Fault("include too much", place, stops=None, path=path)
        return None


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _not_a_pair(text: Source, line: Line) -> Fault:
    """Say what is wrong with a line that is no `Key=value`."""
    start = len(line.text) - len(line.text.lstrip(BLANKS))
    place = text.place(line.offsets[start])
    empty = _NO_VALUE.match(line.text)
    if empty:
        return Fault("empty value", place, stops=True, key=empty[1].decode())
    words = line.text.split(maxsplit=1)
    if start and words[0].lower() == b"include":
        return Fault("include indented", place, stops=True)
    return Fault("syntax", place, stops=True)


def _open_end(text: Source, line: Line) -> bool | None:
    """Return whether an Include with no blank behind its name fails; None if Slurm leaves its buffer."""
    rest = behind(text.data, line)
    blank = re.search(rb"\s", rest)
    return bool(rest[blank.start() :].partition(b"\0")[0].strip(BLANKS)) if blank else None


def _unread(path: str, place: Place, why: Why) -> Fault:
    """Say what becomes of a file that cannot be read; a folder or a FIFO is an empty file to Slurm."""
    if why == "directory":
        return Fault("include directory", place, stops=False, path=path, why=why)
    if why == "special":
        return Fault("include special", place, stops=False, path=path, why=why)
    stops = True if why == "missing" else None
    return Fault("include unreadable", place, stops=stops, path=path, why=why)


def _wrong_value(kind: Kind, value: str) -> FaultKind | None:
    if kind == "yes/no":
        return None if value.lower() in _YES_NO else "bad yes/no"
    if kind not in _BITS or value.lower() in _ENDLESS:
        return None
    found = _NUMBER.match(value)
    if found is None or value.startswith("-") or (found[3] and kind == "u16"):
        return "bad number"
    number = _c_number(found[2]) * (1024 if found[3] else 1)
    return "bad number" if number >= 1 << _BITS[kind] or found[1] == "-" else None


def _c_number(digits: str) -> int:
    """Read a number as strtoul() with base 0 does; no digits are 0, and 40 are over any limit."""
    digits = digits[:40]
    if digits[:2].lower() == "0x":
        return int(digits, 16)
    return int(digits or "0", 8 if digits.startswith("0") else 10)
