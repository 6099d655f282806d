"""A sandbox for daemons: network, process, mount and name spaces of their own, with loopback only.

The test keys are public, so no other host may reach a daemon that accepts them. The modes:
- root: plain namespaces.
- user: a user namespace, in which every process has the uid of SlurmUser. (Not of root: slurmctld ends if it
  is root and cannot drop groups, which a user namespace forbids.)
Where neither is allowed, no daemon starts.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

from slurm_jwt_conformance.lab import processes, program
from slurm_jwt_conformance.lab.errors import SandboxBroken
from slurm_jwt_conformance.lab.sandbox import accounts, places

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Mode = Literal["root", "user"]

_SPACES = ("--net", "--pid", "--mount", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc")
_SLURM = accounts.ACCOUNTS[accounts.SLURM_USER]
_UNSHARE: dict[Mode, tuple[str, ...]] = {
    "root": ("unshare", *_SPACES),
    "user": ("unshare", "--user", f"--map-user={_SLURM}", f"--map-group={_SLURM}", "--keep-caps", *_SPACES),
}
_AGENT = str(Path(__file__).with_name("agent.py"))
HOW_TO_HAVE_NAMESPACES = (
    "Run as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, on Ubuntu"
    " kernel.apparmor_restrict_unprivileged_userns=0); a container may need them allowed from outside."
)
SLACK = 15.0
"""Seconds that the agent may take beyond a request's own time limit."""


class CommandResult(NamedTuple):
    """A command that ran inside: exit is None if it was ended for lateness or a dead daemon.

    log: what the watched log said meanwhile; complete: the awaited line is in it. dead: names of
    daemons that have ended.
    """

    exit: int | None
    out: str
    err: str
    late: bool
    dead: tuple[str, ...]
    log: str = ""
    complete: bool = False


class Watch(NamedTuple):
    """Which log to read during a command, and the lines that end its part of it (regular expressions)."""

    path: str
    accepted: str
    refused: str
    seconds: float


class Entry(NamedTuple):
    """A file (or, without content, a folder) to write below the work folder."""

    path: str
    content: bytes | None
    mode: int
    uid: int = 0


@functools.cache
def possible_mode() -> Mode | None:
    """Return the mode that this machine allows, None for none. It is tried once."""
    modes: tuple[Mode, ...] = ("user",) if os.geteuid() else ("root", "user")
    for mode in modes:
        if program.run([*_UNSHARE[mode], "true"], seconds=20).exit == 0:
            return mode
    return None


class Sandbox:
    """One running sandbox. `work` is its folder as programs inside see it; `close` ends everything."""

    def __init__(self, root: Path | None = None, mode: Mode | None = None) -> None:
        allowed = mode or possible_mode()
        if allowed is None:
            raise SandboxBroken("this machine allows no namespaces", HOW_TO_HAVE_NAMESPACES)
        self.mode: Mode = allowed
        places.clean_stale()
        self._place = places.new_place(0o700)
        self._lock = threading.Lock()
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the sandbox
        self._waiting = b""
        self.work = "/mnt" if root else str(self._place)
        processes.adopt_orphans()
        self._agent = subprocess.Popen(
            [*_UNSHARE[self.mode], sys.executable, "-I", _AGENT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            start_new_session=True,
            cwd="/",
        )
        try:
            self._enter(root)
        except BaseException:
            self.close()
            raise

    def _enter(self, root: Path | None) -> None:
        files = {
            "/etc/passwd": accounts.passwd(),
            "/etc/group": accounts.group(),
            "/etc/nsswitch.conf": accounts.NSSWITCH,
            "/etc/hosts": accounts.HOSTS,
        }
        inside = str(root) if root else None
        self.ask("enter", work=str(self._place), root=inside, files=files)

    def uid(self, name: str) -> int:
        """Return the uid of a test account in the sandbox. Without root there is only one uid."""
        return self._mapped(accounts.ACCOUNTS[name])

    def _mapped(self, uid: int) -> int:
        return uid if self.mode == "root" else _SLURM

    def ask(self, op: str, *, seconds: float = 10.0, **fields: object) -> dict[str, Any]:
        """Send one request to the agent and return its answer. SandboxBroken if the request failed."""
        with self._lock:
            line = json.dumps({"op": op, "seconds": seconds, **fields}).encode() + b"\n"
            self._send(line)
            answer: dict[str, Any] = json.loads(self._line(time.monotonic() + seconds + SLACK))
        if not answer.pop("ok"):
            raise SandboxBroken(f"a request to the sandbox failed: {answer['error']}")
        return answer

    def _send(self, line: bytes) -> None:
        assert self._agent.stdin is not None
        if self._agent.stdin.closed:
            raise SandboxBroken("the sandbox is closed")
        try:
            self._agent.stdin.write(line)
            self._agent.stdin.flush()
        except (OSError, ValueError) as error:
            raise self._broken("the sandbox has ended") from error

    def _line(self, deadline: float) -> bytes:
        """Return one line of the agent."""
        assert self._agent.stdout is not None
        while b"\n" not in self._waiting:
            try:
                source = self._agent.stdout.fileno()
                ready, _, _ = select.select([source], [], [], max(0.0, deadline - time.monotonic()))
                piece = os.read(source, 1 << 16) if ready else b""
            except (OSError, ValueError) as error:
                raise SandboxBroken("the sandbox was closed meanwhile") from error
            if not piece:
                raise self._broken("the sandbox does not answer" if not ready else "the sandbox has ended")
            self._waiting += piece
        line, _, self._waiting = self._waiting.partition(b"\n")
        return line

    def _broken(self, what: str) -> SandboxBroken:
        if self._complaints.closed:
            return SandboxBroken(what)
        self._complaints.seek(0)
        text = self._complaints.read(1 << 16).decode("utf-8", "backslashreplace")
        return SandboxBroken(what, "Start it again." if not text else "", text)

    def write(self, entries: Sequence[Entry]) -> None:
        """Write files below the work folder."""
        packed = [
            {
                "path": entry.path,
                "content": None if entry.content is None else base64.b64encode(entry.content).decode(),
                "mode": entry.mode,
                "uid": self._mapped(entry.uid),
            }
            for entry in entries
        ]
        self.ask("write", entries=packed)

    def spawn(
        self, name: str, argv: Sequence[str], env: Mapping[str, bytes], *, user: str, output: str
    ) -> None:
        """Start a daemon, which must stay in the foreground, so that its end is noticed.

        Without root, the only account is SlurmUser. slurmrestd refuses to run as SlurmUser, so an ordinary
        account's daemon gets a user namespace of its own, in which it has that account's uid.
        """
        nested = self.mode == "user" and user not in {"root", accounts.SLURM_USER}
        more = {"seen_as": accounts.ACCOUNTS[user]} if nested else {}
        uid = self.uid(user)
        self.ask("spawn", name=name, argv=list(argv), env=_packed(env), uid=uid, output=output, **more)

    def run(
        self,
        argv: Sequence[str],
        env: Mapping[str, bytes],
        *,
        user: str,
        seconds: float = 10.0,
        watch: Watch | None = None,
    ) -> CommandResult:
        """Run a command to its end as `user`."""
        more = {"watch": watch._asdict()} if watch else {}
        answer = self.ask(
            "run", argv=list(argv), env=_packed(env), uid=self.uid(user), seconds=seconds, **more
        )
        return CommandResult(**{**answer, "dead": tuple(answer["dead"])})

    def tail(self, path: str, size: int = 4000) -> str:
        """Return the end of a file below the work folder; "" if it is not there."""
        return str(self.ask("tail", path=path, bytes=size)["text"])

    def log_end(self, path: str) -> int:
        """Return where a log below the work folder ends now; an over-long one starts anew."""
        return int(self.ask("log", path=path)["end"])

    def log_since(self, path: str, start: int, until: str, seconds: float) -> tuple[str, bool]:
        """Return what a log says from `start` on, and whether a line matched `until` in time."""
        answer = self.ask("log", path=path, start=start, until=until, seconds=seconds)
        return str(answer["text"]), bool(answer["complete"])

    def exchange(self, to: int | str, data: bytes, *, seconds: float = 10.0) -> bytes:
        """Send bytes to a port on loopback or a Unix socket below the work folder; return the answer.

        The answer ends where the other side closes, or with the time limit.
        """
        packed = base64.b64encode(data).decode()
        return base64.b64decode(self.ask("exchange", to=to, data=packed, seconds=seconds)["data"])

    def end(self, name: str, signal: int = 9, *, seconds: float = 10.0) -> int | None:
        """Send a signal to a daemon, forget it, and return its exit code, None if it still runs."""
        code: int | None = self.ask("end", name=name, signal=int(signal), seconds=seconds)["exit"]
        return code

    def listening(self) -> list[tuple[str, int]]:
        """Return (address, port) of every listening TCP socket in here."""
        return [(address, port) for address, port in self.ask("sockets")["listening"]]

    def close(self) -> None:
        """End every process in the sandbox and remove the folder. A second call does nothing.

        It does not wait for a running request, whose caller gets SandboxBroken.
        """
        if self._agent.stdin is not None:
            with contextlib.suppress(OSError):
                self._agent.stdin.close()
        try:
            self._agent.wait(5)
        except subprocess.TimeoutExpired:
            self._agent.kill()
            self._agent.wait()
        if self._agent.stdout is not None:
            self._agent.stdout.close()
        self._complaints.close()
        places.remove(self._place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _packed(env: Mapping[str, bytes]) -> dict[str, str]:
    """Values of an environment may be any bytes: they travel as base64."""
    return {name: base64.b64encode(value).decode() for name, value in env.items()}
