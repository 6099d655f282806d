"""Runs `plugin_oracle`: Slurm's own plugin in a child process, so that a crash is a finding.

The child runs in the release's root, in mount and network namespaces of its own, with the lab's user
database, and if `now` is given with a clock that stands still. It judges several thousand tokens a second.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import struct
import subprocess
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.lab import processes
from slurm_jwt_conformance.lab.daemons import clocks, conf
from slurm_jwt_conformance.lab.daemons.observation import read_refused
from slurm_jwt_conformance.lab.errors import PluginEnded, SlurmError, printable
from slurm_jwt_conformance.lab.plugin.plugin_oracle import ABSENT
from slurm_jwt_conformance.lab.sandbox import accounts, places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slurm_jwt_conformance.lab.install.release import Installation

BATCH = 256
SECONDS = 60.0
"""The limit of one batch, after which the child is ended."""

_LIBJWT_NAMES = ("libjwt.so.0", "libjwt.so.2")
"""The names by which the plugins of Debian's packages load libjwt."""

_ENTER = """
set -e
work=$1 root=$2
shift 2
for name in passwd nsswitch.conf; do mount --bind "$work/$name" "$root/etc/$name"; done
if [ -d "$root/run/nscd" ]; then mount -t tmpfs none "$root/run/nscd"; fi
if [ -z "$root" ]; then exec "$@"; fi
mount --bind "$work" "$root/mnt"
for name in proc dev; do mount --rbind "/$name" "$root/$name"; done
exec chroot "$root" "$@"
"""


class Judgement(NamedTuple):
    """The answer of the plugin, or of the model, to one token.

    accepted: None if the plugin crashed or hung. log: the cause of that, or the error lines of a refusal in
    the normal form of the records.
    """

    accepted: bool | None
    uid: int | None = None
    log: str | None = None

    def __str__(self) -> str:
        if self.accepted is None:
            return f"no verdict ({self.log})"
        return f"accepted as uid {self.uid}" if self.accepted else f"refused: {self.log}"


Question = tuple[bytes, bytes | None]
"""A token and the user name that is sent with it (X-SLURM-USER-NAME), None without one."""


class _Died(Exception):
    """The child ended, or was ended because it hung."""


class PluginOracle:
    """auth_jwt.so of one installed release, with one key and one clock; a context manager."""

    def __init__(  # noqa: PLR0913 - what a test may vary, each by name
        self,
        installation: Installation,
        key: bytes | None,
        *,
        now: int | None = None,
        parameters: Sequence[str] = (),
        slurm_user: str = accounts.SLURM_USER,
        jwks: bytes | None = None,
        libjwt: Path | None = None,
    ) -> None:
        """Start the child. now: Unix time at which its clock stands still, None for the machine's clock.

        key, jwks: the files of jwt_key= and jwks=; None leaves the parameter out. parameters: more of
        AuthAltParameters. libjwt: a library in the place of the release's own. PluginEnded if the plugin
        ends the process, SlurmError if it cannot be loaded.
        """
        self.installation = installation
        self._now = now
        places.clean_stale()
        self._place = places.new_place(0o700)
        self._seen_as = "/mnt" if installation.root else str(self._place)
        named = (f"jwks={self._seen_as}/{conf.JWKS_FILE}",) if jwks is not None else ()
        self._libjwt = libjwt
        self._fill(key, (*named, *parameters), slurm_user)
        if jwks is not None:
            self._write(conf.JWKS_FILE, jwks)
        self._child: subprocess.Popen[bytes] | None = None
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _fill(self, key: bytes | None, parameters: Sequence[str], slurm_user: str) -> None:
        settings = conf.Settings(
            slurm_user=slurm_user, alt_parameters=tuple(parameters), has_key=key is not None
        )
        (self._place / conf.CONF).write_text(conf.slurm_conf(self._seen_as, settings))
        (self._place / "passwd").write_text(accounts.passwd())
        (self._place / "nsswitch.conf").write_text(accounts.NSSWITCH)
        if key is not None:
            self._write(conf.KEY_FILE, key)
        for name in _LIBJWT_NAMES if self._libjwt else ():
            shutil.copyfile(self._libjwt or "", self._place / name)
        shutil.copyfile(Path(__file__).with_name("plugin_oracle.py"), self._place / "plugin_oracle.py")

    def _write(self, name: str, data: bytes) -> None:
        file = self._place / name
        file.touch(mode=0o600)
        file.write_bytes(data)

    def _start(self) -> None:
        """Start the child, wait until the plugin is loaded, and check its clock."""
        root = str(self.installation.root or "")
        spaces = ("--mount", "--net", "--propagation", "private")
        user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
        script = f"{self._seen_as}/plugin_oracle.py"
        clock = clocks.frozen(self.installation, self._now)
        preload = f"{clock.get('LD_PRELOAD', '')} {self.installation.plugin_dir}/libslurmfull.so"
        folder = {"LD_LIBRARY_PATH": self._seen_as} if self._libjwt else {}
        settings = clock | folder | {"LD_PRELOAD": preload.strip()}
        variables = [f"{name}={value}" for name, value in settings.items()]
        processes.adopt_orphans()
        self._child = subprocess.Popen(
            [
                *("unshare", *user, *spaces, "sh", "-c", _ENTER, "sh", str(self._place), root),
                *("env", *variables, "/usr/bin/python3", "-I", "-B", script),
                *(str(releases.SERIES[self.installation.label].protocol), f"{self._seen_as}/slurm.conf"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin", "LC_ALL": "C", "TZ": "UTC"},
            cwd="/",
            process_group=0,
        )
        assert self._child.stdout is not None
        hello = self._child.stdout.readline()
        if not hello:
            raise self._unstartable()
        seen = json.loads(hello)["clock"]
        if self._now is not None and seen != self._now:
            raise SlurmError(f"the plugin's clock shows {seen}, not {self._now}", "Is faketime installed?")

    def _unstartable(self) -> SlurmError:
        assert self._child is not None
        _, complaints = self._child.communicate(timeout=SECONDS)
        text = complaints.decode("utf-8", "backslashreplace")
        fatal = [_STAMP.sub("", line) for line in text.splitlines() if _FATAL.search(line)]
        if fatal or self._child.returncode == -signal.SIGSEGV or "symbol lookup error" in text:
            line = printable(fatal[-1]).replace(f"{self._seen_as}/", "") if fatal else None
            return PluginEnded(line, text)
        return SlurmError(
            f"auth_jwt.so of Slurm {self.installation.label} cannot be loaded in a process of its own",
            "Namespaces, the plugin's packages and the key are needed.",
            text,
        )

    def judge(self, questions: Sequence[Question]) -> list[Judgement]:
        """Return the verdicts on tokens, in batches; a token at which the plugin dies has no verdict."""
        answers: list[Judgement] = []
        for start in range(0, len(questions), BATCH):
            answers += self._judge(questions[start : start + BATCH])
        return answers

    def _judge(self, batch: Sequence[Question]) -> list[Judgement]:
        try:
            return self._ask(batch)
        except _Died as died:
            self._stop()
            self._start()
            if len(batch) == 1:
                return [Judgement(None, log=str(died))]
        half = len(batch) // 2
        return [*self._judge(batch[:half]), *self._judge(batch[half:])]

    def _ask(self, batch: Sequence[Question]) -> list[Judgement]:
        """Send one batch and return its answers. _Died if the child ends before."""
        child = self._child
        assert child is not None
        assert child.stdin is not None
        watch = threading.Timer(SECONDS, child.kill)
        watch.start()
        try:
            child.stdin.write(_packed(batch))
            child.stdin.flush()
            return [self._read() for _ in batch]
        except (OSError, EOFError):
            hung = not watch.is_alive()
            code = child.wait()
            raise _Died("the plugin hung" if hung else f"the plugin's process ended with {code}") from None
        finally:
            watch.cancel()

    def _read(self) -> Judgement:
        code, uid, length = struct.unpack(">iII", self._take(12))
        log = self._take(length) if length else b""
        if code == 0:
            return Judgement(True, uid=uid)
        return Judgement(False, log=_reason(log))

    def _take(self, length: int) -> bytes:
        assert self._child is not None
        assert self._child.stdout is not None
        data = self._child.stdout.read(length)
        if len(data) != length:
            raise EOFError
        return data

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()

    def close(self) -> None:
        """End the child and remove its folder. A second call does nothing."""
        self._stop()
        places.remove(self._place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _packed(batch: Sequence[Question]) -> bytes:
    parts = [struct.pack(">I", len(batch))]
    for token, user_name in batch:
        parts += (struct.pack(">I", len(token)), token)
        parts += (
            (struct.pack(">I", ABSENT),)
            if user_name is None
            else (struct.pack(">I", len(user_name)), user_name)
        )
    return b"".join(parts)


_STAMP = re.compile(r"^(?:\[[0-9T:.-]+\]|python[0-9.]*:) (?=error: |fatal: )", re.MULTILINE)
"""The text before a message on standard error: a time since 26.05, otherwise the program's name."""
_FATAL = re.compile(_STAMP.pattern.replace("error: |", ""))


@lru_cache(maxsize=4096)
def _reason(log: bytes) -> str | None:
    """Return a refusal's reason as the recorder reads it from a daemon's log."""
    return read_refused(_STAMP.sub("", log.decode("utf-8", "backslashreplace")), "", 1).log
