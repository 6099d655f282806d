"""For tests: the same made-up site for a doctor and for a real daemon, so that their answers can be compared.

A site is a set of files with owners and modes. `MadeUpHost` shows it to a doctor, `Bench` to real daemons
in a sandbox: they are started with one site after another, until each says that it is up, or ends.
"""

from __future__ import annotations

import posixpath
import re
import secrets
import shlex
import time
from typing import TYPE_CHECKING, NamedTuple, Self

from slurm_jwt.config.grammar import Unreadable
from slurm_jwt.strict.keys import KeyFileError
from slurm_jwt_conformance.lab.daemons import dbd
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.sandbox.sandbox import CommandResult, Entry, Mode, Sandbox
from slurm_jwt_conformance.site.discovery.host import FOLDERS, Account, Folder, Host, Look
from slurm_jwt_conformance.site.discovery.machine import Software

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slurm_jwt.config.keys import Daemon
    from slurm_jwt_conformance.lab.install.release import Installation
    from slurm_jwt_conformance.site.discovery.processes import Running

START_LIMIT = 20.0
_UP = {"slurmctld": "Running as primary controller", "slurmdbd": r"slurmdbd version \S+ started"}
_OPTIONS = {"slurmctld": ("-D", "-i"), "slurmdbd": ("-D",)}
NO_DATABASE = "cannot create accounting_storage context"
"""What slurmdbd says once configuration and authentication are behind it, where it has no database."""

WAITS = "retrying in 1sec"


class File(NamedTuple):
    """A file of a site; content None is a folder, kind another than "file" is made with mkfifo or ln."""

    path: str
    content: bytes | None
    mode: int = 0o644
    owner: str = "root"
    kind: str = "file"


class Said(NamedTuple):
    """What a daemon did with a site.

    up: it started; False if it ended, None if it did neither in time. waits: it waits for a file. log: all
    that it said. accepted: whether it took a token, None if it was not or could not be asked (from 23.11
    on a slurmdbd without a database says no more than that it has come so far). config: its own reading.
    """

    up: bool | None
    waits: bool
    log: str
    accepted: bool | None
    config: Mapping[str, str]


class MadeUpHost(Host):
    """A machine that holds nothing but a site below one folder, and plugins."""

    folders: tuple[str, ...] = FOLDERS

    def __init__(
        self,
        base: str,
        files: Sequence[File],
        plugins: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.files = {posixpath.join(base, each.path): each for each in files}
        self.plugins = plugins
        self.environment: Mapping[str, str] = environment or {}
        for path in list(self.files):
            for folder in self._above(path, base):
                self.files.setdefault(folder, File(folder, None, 0o755))

    @staticmethod
    def _above(path: str, base: str) -> list[str]:
        steps = path.removeprefix(base).split("/")[1:-1]
        return [base, *(f"{base}/{'/'.join(steps[: depth + 1])}" for depth in range(len(steps)))]

    def look(self, path: str) -> Look:
        """Tell of a path."""
        found = self.files.get(posixpath.normpath(path))
        if found is None:
            return Look(path, "missing")
        kind = "directory" if found.content is None and found.kind == "file" else found.kind
        uid = accounts.ACCOUNTS[found.owner]
        size = len(found.content or b"")
        return Look(
            path, "there", kind, found.mode, uid, uid, size, inode=1 + hash(path) % 9999,
            folders=self._folders(path),
        )  # fmt: skip

    def _folders(self, path: str) -> tuple[Folder, ...]:
        above = [each for each in self.files if path.startswith(f"{each}/")]
        return tuple(
            Folder(each, self.files[each].mode, uid := accounts.ACCOUNTS[self.files[each].owner], uid)
            for each in sorted(above)
        )

    def read(self, path: str, limit: int = 1 << 24) -> bytes:
        """Return a file's bytes."""
        found = self.files.get(posixpath.normpath(path))
        if found is None:
            raise Unreadable("missing", "it does not exist")
        if found.kind != "file":
            raise Unreadable("special", f"it is a {found.kind}")
        if found.content is None:
            raise Unreadable("directory", "it is a directory")
        return found.content[:limit]

    def key(self, path: str) -> bytes:
        """Return a key."""
        try:
            content = self.read(path)
        except Unreadable as error:
            raise KeyFileError(str(error)) from None
        if not content:
            raise KeyFileError("is empty")
        return content

    def names(self, folder: str) -> tuple[str, ...] | None:
        """List a folder, or the plugins."""
        if folder == "/plugins":
            return self.plugins
        below = [path for path in self.files if posixpath.dirname(path) == folder]
        return tuple(posixpath.basename(path) for path in below) if folder in self.files else None

    def account(self, name: str) -> Account | None:
        """Look up an account of the sandbox."""
        uid = accounts.ACCOUNTS.get(name)
        return None if uid is None else Account(name, uid, frozenset({uid}))

    def user_name(self, uid: int) -> str:
        """Name an account."""
        return next((name for name, number in accounts.ACCOUNTS.items() if number == uid), str(uid))

    def group_name(self, gid: int) -> str:
        """Name a group."""
        return self.user_name(gid)


class MadeUpMachine(NamedTuple):
    """A machine with one Slurm."""

    slurm: Software
    library: Software
    synchronised: bool | None
    now: float
    name: str = "made-up"
    running: tuple[Running, ...] = ()
    processes_seen: bool = True
    fips: bool = False
    debian: bool = True

    def libjwt(self, _: tuple[str, ...]) -> Software:
        """Return the libjwt of this machine."""
        return self.library

    def plugin_dir(self, plugin_dirs: tuple[str, ...]) -> str:
        """Return the folder that MadeUpHost lists as that of the plugins."""
        return plugin_dirs[0] if plugin_dirs else "/plugins"


def made_up_machine(slurm: str, libjwt: str, synchronised: bool | None = True) -> MadeUpMachine:
    """Return a machine with this Slurm, on which nothing runs."""
    return MadeUpMachine(Software(slurm, "made up"), Software(libjwt, "made up"), synchronised, time.time())


class Bench:
    """A sandbox of one release, in which slurmctld is started with one site after another."""

    def __init__(self, installation: Installation, mode: Mode | None = None) -> None:
        self.installation = installation
        self.sandbox = Sandbox(installation.root, mode)
        self._count = 0
        self._munged()

    def base(self) -> str:
        """Return the folder that the next site will have."""
        return f"{self.sandbox.work}/site{self._count}"

    @property
    def munge(self) -> str:
        """The socket of munged."""
        return f"{self.sandbox.work}/munge/socket"

    def _munged(self) -> None:
        place = f"{self.sandbox.work}/munge"
        key = secrets.token_bytes(1024)
        self.sandbox.write([Entry("munge", None, 0o755), Entry("munge/key", key, 0o600)])
        options = ("key", "socket", "pid", "log", "seed")
        names = {"key": "key-file", "pid": "pid-file", "log": "log-file", "seed": "seed-file"}
        self._spawn(
            "munged",
            *(f"--{names.get(each, each)}={place}/{each}" for each in options),
            "--num-threads=2",
            "--foreground",
            *(["--force"] if self.sandbox.mode == "user" else []),
            output="munged.out",
        )

    def _spawn(
        self, name: str, *arguments: str, output: str, more: Mapping[str, bytes] | None = None
    ) -> None:
        argv = [self.installation.program(name), *arguments]
        environment = self._environment() | dict(more or {})
        self.sandbox.spawn(name, argv, environment, user="root", output=output)

    def _environment(self) -> dict[str, bytes]:
        conf = f"{self.base()}/slurm.conf"
        return {
            "PATH": b"/usr/sbin:/usr/bin:/sbin:/bin",
            "TZ": b"UTC",
            "LC_ALL": b"C",
            "SLURM_CONF": conf.encode(),
        }

    def start(
        self,
        files: Sequence[File],
        token: bytes | None = None,
        limit: float = START_LIMIT,
        daemon: Daemon = "slurmctld",
        *,
        prepare: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> Said:
        """Start a daemon with a site, wait for its word, ask it about a token, and end it.

        prepare: a shell's lines that root runs before; {base} and {plugins} stand for the site's folder and
        that of Slurm's plugins. environment: more of the daemon's.
        """
        lay_out(self.sandbox, self.base(), files)
        if prepare:
            as_root(self.sandbox, prepare, {"base": self.base(), "plugins": self.installation.plugin_dir})
        more = {name: value.encode() for name, value in (environment or {}).items()}
        self._spawn(daemon, *_OPTIONS[daemon], output=f"site{self._count}.out", more=more)
        try:
            up, waits = self._word(daemon, limit)
            accepted = self._ask(daemon, token) if up and token is not None else None
            if up is False and daemon == "slurmdbd":
                up = NO_DATABASE in self.sandbox.tail(f"site{self._count}.out", 1 << 16)
            config = self._config() if up and daemon == "slurmctld" else {}
            log = self.sandbox.tail(f"site{self._count}.out", 1 << 16)
        finally:
            self.sandbox.end(daemon)
            self._count += 1
        return Said(up, waits, log, accepted, config)

    def _word(self, daemon: Daemon, limit: float) -> tuple[bool | None, bool]:
        """Wait until a daemon is up, has ended, or waits for a file."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            ended = self.sandbox.ask("status")["daemons"][daemon] is not None
            said = self.sandbox.tail(f"site{self._count}.out", 1 << 16)
            if ended:
                return False, False
            if re.search(_UP[daemon], said) and (daemon != "slurmdbd" or self._listens()):
                return True, False
            if WAITS in said:
                return None, True
            time.sleep(0.01)
        return None, False

    def _listens(self) -> bool:
        """Tell whether slurmdbd can be asked: it says that it has started before it listens."""
        return any(port == dbd.PORT for _, port in self.sandbox.listening())

    def _client(self, name: str, *arguments: str, user: str, token: bytes | None = None) -> CommandResult:
        more = {} if token is None else {"SLURM_JWT": token}
        argv = [self.installation.program(name), *arguments]
        return self.sandbox.run(argv, self._environment() | more, user=user)

    def _ask(self, daemon: Daemon, token: bytes) -> bool:
        question = ("show", "config") if daemon == "slurmctld" else ("show", "cluster")
        asker = "scontrol" if daemon == "slurmctld" else "sacctmgr"
        return self._client(asker, *question, user=accounts.COURIER, token=token).exit == 0

    def _config(self) -> dict[str, str]:
        """Return what slurmctld says of its own configuration."""
        told = self._client("scontrol", "show", "config", user="root").out
        return dict(re.findall(r"^(\w+)\s*= (.*)$", told, re.MULTILINE))

    def close(self) -> None:
        """End everything."""
        self.sandbox.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def lay_out(sandbox: Sandbox, base: str, files: Sequence[File]) -> None:
    """Write a site's files below a folder of a sandbox, with their owners and modes."""
    name = posixpath.basename(base)
    entries = [
        Entry(f"{name}/{each.path}", each.content, each.mode, accounts.ACCOUNTS[each.owner])
        for each in files
        if each.kind == "file"
    ]
    sandbox.write([Entry(name, None, 0o755), *entries])
    for each in files:
        if each.kind == "FIFO":
            owner = accounts.ACCOUNTS[each.owner]
            place = {"path": shlex.quote(f"{base}/{each.path}")}
            as_root(sandbox, f"mkfifo -m {each.mode:o} {{path}}; chown {owner} {{path}}", place)


def as_root(sandbox: Sandbox, script: str, places: Mapping[str, str]) -> None:
    """Run a shell's lines in a sandbox, with the names of places filled in; every one must succeed."""
    for name, place in places.items():
        script = script.replace(f"{{{name}}}", place)
    path = {"PATH": b"/usr/sbin:/usr/bin:/sbin:/bin"}
    done = sandbox.run(["/bin/sh", "-e", "-c", script], path, user="root")
    assert done.exit == 0, done.err
