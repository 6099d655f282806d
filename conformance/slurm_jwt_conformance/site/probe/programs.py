"""Slurm's commands as carriers of one token: clean environment, limits of time and size, no argument."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from slurm_jwt_conformance.site.discovery.programs import trusted
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

FOLDERS = ("/usr/bin", "/usr/local/bin", "/opt/slurm/bin", "/usr/local/slurm/bin", "/usr/lpp/slurm/bin")
"""Where Slurm's commands are looked for after PATH."""

MOST_OUTPUT = 8 << 20
"""Bytes of output that are read; `scontrol show config` has under 10 KiB, sdiag of a large site 100 KiB."""


class Ran(NamedTuple):
    """A command's end. exit: None if it was ended. late: by the time limit. flooded: by the size limit."""

    exit: int | None
    out: str
    err: str
    late: bool = False
    flooded: bool = False


class Programs(Protocol):
    """Runs Slurm's commands on a host of the cluster; tests run them in a lab's namespaces."""

    def run(self, name: str, arguments: Sequence[str], token: bytes | None) -> Ran | None:
        """Run a command with the token in SLURM_JWT; None if it cannot be run here."""

    def why_not(self, name: str) -> str:
        """Say why a command cannot be run here."""


class LocalPrograms:
    """The commands of this host. conf: SLURM_CONF for them, "" for their own default."""

    def __init__(self, *, conf: str = "", folder: str | None = None, seconds: float = 30.0) -> None:
        self._conf = conf
        self._named = folder
        self._folders = (folder,) if folder else (*_path(), *FOLDERS)
        self._seconds = seconds

    def find(self, name: str) -> str | None:
        """Return the command's path: the first that this user may run and that nobody else can replace.

        In a folder that the caller named, it may belong to anybody.
        """
        for path in self._there(name):
            if self._named or trusted(path):
                return path
        return None

    def why_not(self, name: str) -> str:
        """Say why a command is not run."""
        there = next(iter(self._there(name)), None)
        if there is None:
            return f"no {name} in {one_line(self._named) if self._named else 'PATH or the usual folders'}"
        return f"{one_line(there)} could be replaced by others than root; name its folder with --bin-dir"

    def _there(self, name: str) -> list[str]:
        paths = (str(Path(folder, name)) for folder in self._folders)
        return [path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)]  # noqa: PTH113

    def run(self, name: str, arguments: Sequence[str], token: bytes | None) -> Ran | None:
        """Run a command with the token in SLURM_JWT; None if it cannot be run here."""
        path = self.find(name)
        if path is None:
            return None
        environment = {b"PATH": b"/usr/bin:/bin", b"LC_ALL": b"C", b"TZ": b"UTC"}
        if self._conf:
            environment[b"SLURM_CONF"] = os.fsencode(self._conf)
        if token is not None:
            environment[b"SLURM_JWT"] = token
        return run([path, *arguments], environment, self._seconds)


def _path() -> tuple[str, ...]:
    """Return PATH's folders; a relative one is left out: a token is not handed to what lies there."""
    return tuple(each for each in os.environ.get("PATH", "").split(os.pathsep) if each.startswith("/"))


def run(argv: Sequence[str], environment: dict[bytes, bytes], seconds: float) -> Ran | None:
    """Run a program with no standard input, in a session of its own; end all of it at a limit."""
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            cwd="/",
        )
    except OSError:
        return None
    assert child.stdout is not None
    assert child.stderr is not None
    deadline = time.monotonic() + seconds
    with child, child.stdout as out, child.stderr as err:
        try:
            told, late, flooded = _read(out, err, deadline)
        except BaseException:
            _end(child)
            raise
        if late or flooded:
            _end(child)
        else:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                late = True
                _end(child)
    texts = [each.decode("utf-8", "backslashreplace") for each in told]
    return Ran(None if late or flooded else child.returncode, texts[0], texts[1], late, flooded)


def _read(out: IO[bytes], err: IO[bytes], deadline: float) -> tuple[list[bytes], bool, bool]:
    """Read both outputs to their ends, or to a limit: what came, whether it was late, or too much."""
    told = [bytearray(), bytearray()]
    with selectors.DefaultSelector() as selector:
        selector.register(out, selectors.EVENT_READ, told[0])
        selector.register(err, selectors.EVENT_READ, told[1])
        while selector.get_map():
            left = deadline - time.monotonic()
            ready = selector.select(left) if left > 0 else []
            if not ready:
                return [bytes(each) for each in told], True, False
            for key, _ in ready:
                piece = os.read(key.fd, 1 << 16)
                if not piece:
                    selector.unregister(key.fileobj)
                key.data.extend(piece)
                if len(key.data) > MOST_OUTPUT:
                    return [bytes(each) for each in told], False, True
    return [bytes(each) for each in told], False, False


def _end(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
