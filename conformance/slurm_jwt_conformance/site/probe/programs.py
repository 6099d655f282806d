"""Slurm's commands as carriers of one token: clean environment, limits of time and size, no argument."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.lab import program
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.service import client
from slurm_jwt_conformance.site.discovery.programs import trusted
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slurm_jwt_conformance.lab.program import Result

FOLDERS = ("/usr/bin", "/usr/local/bin", "/opt/slurm/bin", "/usr/local/slurm/bin", "/usr/lpp/slurm/bin")
"""Where Slurm's commands are looked for after PATH."""


NOT_FOUND = 127
"""The exit code of a command that a lab does not have."""

SLACK = 20.0
"""Seconds that a lab may take to answer beside the command's own time."""


class Programs:
    """The commands of this host. conf: SLURM_CONF for them, "" for their own default. step: for progress.

    LabPrograms has the same methods run() and why_not() for a lab.
    """

    def __init__(
        self,
        *,
        conf: str = "",
        folder: str | None = None,
        seconds: float = 30.0,
        step: Callable[[], None] = lambda: None,
    ) -> None:
        self._step = step
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

    def run(self, name: str, arguments: Sequence[str], token: bytes | None) -> Result | None:
        """Run a command with the token in SLURM_JWT; None if it cannot be run here."""
        path = self.find(name)
        if path is None:
            return None
        environment: dict[str, str | bytes] = {**program.CLEAN}
        if self._conf:
            environment["SLURM_CONF"] = self._conf
        if token is not None:
            environment["SLURM_JWT"] = token
        result = program.run([path, *arguments], seconds=self._seconds, environment=environment)
        self._step()
        return None if result.missing else result


class LabPrograms(Programs):
    """The commands of a lab that `slurm-jwt lab up` started, run in it as an account that no token names."""

    def __init__(self, lab: str, *, seconds: float = 30.0, step: Callable[[], None] = lambda: None) -> None:
        super().__init__(seconds=seconds, step=step)
        self._place = client.choose(lab)

    def run(self, name: str, arguments: Sequence[str], token: bytes | None) -> program.Result | None:
        """Run a command with the token in SLURM_JWT; None if the lab does not have it."""
        end = self._run([name, *arguments], accounts.COURIER, token)
        self._step()
        return None if end.exit == NOT_FOUND else end

    def why_not(self, name: str) -> str:
        """Say why a command is not run."""
        return f"the lab {self._place.name} has no {name}"

    def passwd(self) -> str:
        """Return the users of the lab as `getent passwd` prints them."""
        return self._run(["getent", "passwd"], "root", None).out

    def _run(self, argv: list[str], user: str, token: bytes | None) -> program.Result:
        packed = None if token is None else base64.b64encode(token).decode()
        fields = {"argv": argv, "user": user, "seconds": self._seconds, "token_base64": packed}
        end = client.ask(self._place, "run", limit=self._seconds + SLACK, **fields)
        return program.Result(end["exit"], end["out"], end["err"], late=end["late"])


def _path() -> tuple[str, ...]:
    """Return PATH's folders; a relative one is left out: a token is not handed to what lies there."""
    return tuple(each for each in os.environ.get("PATH", "").split(os.pathsep) if each.startswith("/"))
