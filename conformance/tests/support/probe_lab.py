"""For tests: a lab's commands and its slurmrestd, asked from inside the lab's namespaces."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

from slurm_jwt.slurmctld import parse_passwd
from slurm_jwt_conformance.lab import http
from slurm_jwt_conformance.lab.daemons import dbd, restd
from slurm_jwt_conformance.lab.daemons.cluster import START_LIMIT
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.program import Result
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.sandbox.sandbox import Entry
from slurm_jwt_conformance.site.discovery import users
from slurm_jwt_conformance.site.discovery.options import Options
from slurm_jwt_conformance.site.discovery.survey import survey
from slurm_jwt_conformance.site.probe import web
from slurm_jwt_conformance.site.probe.probe import Wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slurm_jwt_conformance.lab.daemons.cluster import Cluster
    from slurm_jwt_conformance.lab.http import Headers
    from slurm_jwt_conformance.site.probe.web import Came

NOWHERE = survey(Options(search=False))
"""What is known of a site where nobody looks."""


class LabPrograms:
    """The commands of a lab's release, run inside as an account that no token names."""

    def __init__(self, cluster: Cluster, user: str = accounts.COURIER) -> None:
        self._cluster = cluster
        self._user = user

    def run(self, name: str, arguments: Sequence[str], token: bytes | None) -> Result | None:
        """Run a command with the token in SLURM_JWT."""
        env = {} if token is None else {"SLURM_JWT": token}
        done = self._cluster.run(name, *arguments, user=self._user, env=env)
        return Result(done.exit, done.out, done.err, done.late)

    def why_not(self, name: str) -> str:
        """Say why a command cannot be run here."""
        return f"the lab has no {name}"


class LabWeb:
    """A lab's slurmrestd on its Unix socket."""

    def __init__(self, cluster: Cluster, socket: str = restd.SOCKET) -> None:
        self._cluster = cluster
        self._socket = socket

    def get(self, path: str, headers: Headers) -> Came:
        """Return the answer to GET path."""
        data = self._cluster.sandbox.exchange(self._socket, http.request(path, headers))
        return web.answer(lambda: http.read(io.BufferedReader(io.BytesIO(data))), 0)


def wish(token: bytes, key: bytes | None) -> Wish:
    """Return what is asked of a lab: its users are known, and no configuration of this host counts."""
    known = users.UserDatabase(parse_passwd(accounts.passwd()), "the lab's users")
    return Wish(token, key, known, NOWHERE)


def make_private(cluster: Cluster, key: bytes) -> None:
    """Restart a lab's slurmdbd with PrivateData=users, and wait until it listens; else SlurmError."""
    text = dbd.slurmdbd_conf(cluster.sandbox.work, dbd.Access(key)) + "PrivateData=users\n"
    cluster.sandbox.end(dbd.NAME)
    slurm = accounts.ACCOUNTS[accounts.SLURM_USER]
    cluster.sandbox.write([Entry("slurmdbd.conf", text.encode(), 0o600, slurm)])
    socket = f"{cluster.sandbox.work}/{dbd.SOCKET}".encode()
    cluster.start_daemon(dbd.NAME, "-D", env={"MYSQL_UNIX_PORT": socket}, log=dbd.LOG)
    deadline = time.monotonic() + START_LIMIT
    while not any(port == dbd.PORT for _, port in cluster.listening()):
        if time.monotonic() > deadline:
            raise SlurmError("slurmdbd was not up in time", log=cluster.log_tail(dbd.NAME))
        time.sleep(0.02)
