"""slurmrestd beside a cluster: the same tokens by way of HTTP.

It listens on a Unix socket in the sandbox alone, takes rest_auth/jwt only and runs as an ordinary
user. slurmrestd verifies no token: it passes the two headers on, and slurmctld decides.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from typing import TYPE_CHECKING, Literal, NamedTuple, NoReturn

from slurm_jwt_conformance.lab import http
from slurm_jwt_conformance.lab.daemons import conf
from slurm_jwt_conformance.lab.errors import DaemonDied, NoAnswer, SandboxBroken, SlurmError
from slurm_jwt_conformance.lab.sandbox import accounts
from slurm_jwt_conformance.lab.sandbox.sandbox import Entry

if TYPE_CHECKING:
    from slurm_jwt_conformance.lab.daemons.cluster import Cluster

Style = Literal["x-slurm", "bearer", "both", "neither"]
"""How a token is sent: X-SLURM-USER-TOKEN, Authorization: Bearer, both at once, not at all."""

NAME = "slurmrestd"
SOCKET = "restd/socket"
START_LIMIT = 20.0
LOG_LIMIT = 5.0
_DECIDED = r"Processing RPC: REQUEST_STATS_INFO from UID=\d+\r?$|Protocol authentication error\r?$"
_UID = re.compile(r"Processing RPC: REQUEST_STATS_INFO from UID=(\d+)\r?$", re.MULTILINE)


class HttpAnswer(NamedTuple):
    """What came back. body: the first answer's. more: answers after the first (26.05 sends a second one).

    uid: whom slurmctld took the sender for, None if it refused or was not asked. log: what slurmctld's
    log said meanwhile.
    """

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    more: tuple[http.Response, ...]
    uid: int | None
    log: str

    @property
    def accepted(self) -> bool:
        """Tell whether slurmctld served the request."""
        return self.uid is not None


class Restd:
    """A running slurmrestd. versions: those of its API for slurmctld, such as "v0.0.38", oldest first."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.versions: tuple[str, ...] = ()

    def discover(self) -> None:
        """Read the versions from the API's own description, which takes headers but no good token."""
        paths = json.loads(self.get("/openapi/v3", headers("x", "x")).body).get("paths", {})
        found = {match.group(1) for match in map(re.compile(r"/slurm/(v[\d.]+)/").match, paths) if match}
        self.versions = tuple(sorted(found))

    def diag(self) -> str:
        """Return the path of the question that is asked: slurmctld's statistics, in the newest version."""
        end = "" if self._cluster.installation.label < "23.02" else "/"
        return f"/slurm/{self.versions[-1]}/diag{end}"

    def ask(self, token: bytes, user_name: str | None = None, style: Style = "x-slurm") -> HttpAnswer:
        """Ask for slurmctld's statistics with a token, and X-SLURM-USER-NAME if `user_name` is given.

        Raises SlurmError for a token that no header can hold (NUL, CR or LF), and if slurmctld's log
        does not tell whom it took the sender for.
        """
        return self.send(headers(token.decode("latin-1"), user_name, style))

    def send(self, headers_sent: http.Headers) -> HttpAnswer:
        """Ask the same with any headers."""
        start = self._cluster.sandbox.log_end(conf.LOG)
        first, *more = self.requests(self.diag(), headers_sent)
        log, uid = "", None
        if dict(first.headers).get("content-type") == "application/json":  # else slurmctld was not asked
            log, complete = self._cluster.sandbox.log_since(conf.LOG, start, _DECIDED, LOG_LIMIT)
            uid = self._uid(log, served=complete and first.status == 200)
        return HttpAnswer(first.status, first.reason, first.headers, first.body, tuple(more), uid, log)

    def _uid(self, log: str, *, served: bool) -> int | None:
        found = set(_UID.findall(log)) if served else set()
        if served and len(found) != 1:
            raise SlurmError("slurmctld's log does not tell clearly whom it took the sender for", log=log)
        return int(found.pop()) if found else None

    def get(self, path: str, headers_sent: http.Headers) -> http.Response:
        """Return the (first) answer to GET `path` with these headers."""
        return self.requests(path, headers_sent)[0]

    def requests(self, path: str, headers_sent: http.Headers) -> tuple[http.Response, ...]:
        """Return every answer that comes to GET `path` on one connection.

        NoAnswer if none does, DaemonDied if slurmrestd ended.
        """
        data = self._cluster.sandbox.exchange(SOCKET, http.request(path, headers_sent))
        answers = http.responses(data)
        if not answers:
            self._complain()
        return answers

    def _complain(self) -> NoReturn:
        dead = self._cluster.sandbox.ask("status")["daemons"].get(NAME) is not None
        log = self._cluster.log_tail(NAME)
        if dead:
            raise DaemonDied("slurmrestd ended while it was asked", "Start it again.", log)
        raise NoAnswer("slurmrestd closed the connection without an answer", "Its log may tell why.", log)


def add(cluster: Cluster) -> Restd:
    """Start slurmrestd beside a cluster and wait until it answers.

    Raises SlurmError if the release is here without it, or if it does not come up.
    """
    courier = accounts.ACCOUNTS[accounts.COURIER]
    cluster.sandbox.write([Entry("restd", None, 0o755, courier)])
    plugins = "openapi/slurmctld" if cluster.installation.label > "23.02" else _openapi(cluster)
    cluster.start_daemon(
        NAME,
        *("-vv", "-t", "4", "-a", "rest_auth/jwt", "-s", plugins),
        f"unix:{cluster.sandbox.work}/{SOCKET}",
        user=accounts.COURIER,
        env=_environment(cluster),
    )
    restd = Restd(cluster)
    _wait(cluster, restd)
    return restd


def _environment(cluster: Cluster) -> dict[str, bytes]:
    """SLURM_JWT makes auth/jwt the plugin it speaks with; its value does not matter (release notes 23.02).

    In a user namespace there is no account but SlurmUser's, as which it will not run unless told to.
    """
    alone = {"SLURMRESTD_SECURITY": b"disable_user_check"} if cluster.mode != "root" else {}
    return {"SLURM_JWT": b"daemon"} | alone


def _openapi(cluster: Cluster) -> str:
    """Name the plugins of releases that had one for each version; those for slurmdbd would want slurmdbd."""
    listing = cluster.run(NAME, "-s", "list", user=accounts.COURIER, env=_environment(cluster))
    found = sorted(set(re.findall(r"openapi/v[\d.]+", listing.out + listing.err)))
    if not found:
        raise SlurmError("slurmrestd lists no API for slurmctld", "Install its plugins.", listing.err)
    return ",".join(found)


def _wait(cluster: Cluster, restd: Restd) -> None:
    deadline = time.monotonic() + START_LIMIT
    while True:
        with contextlib.suppress(SandboxBroken, DaemonDied, NoAnswer):  # no socket yet, or none who listens
            restd.discover()
        if restd.versions:
            return
        dead = cluster.sandbox.ask("status")["daemons"].get(NAME) is not None
        if dead or time.monotonic() > deadline:
            raise SlurmError("slurmrestd did not come up", "Its log tells why.", cluster.log_tail(NAME))
        time.sleep(0.02)


def headers(token: str, user_name: str | None, style: Style = "x-slurm") -> http.Headers:
    """Return the headers that carry a token and, if there is one, a user name."""
    headers_sent = []
    if user_name is not None:
        headers_sent.append(("X-SLURM-USER-NAME", user_name.encode().decode("latin-1")))
    if style in {"x-slurm", "both"}:
        headers_sent.append(("X-SLURM-USER-TOKEN", token))
    if style in {"bearer", "both"}:
        headers_sent.append(("Authorization", f"Bearer {token}"))
    return tuple(headers_sent)
