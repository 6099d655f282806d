"""slurmrestd in a cluster: the same tokens over HTTP.

It listens on a Unix socket in the sandbox only, uses rest_auth/jwt only, and runs as an ordinary user.
slurmrestd verifies no token: it sends the two headers to slurmctld, which decides.
"""

from __future__ import annotations

import re
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
LOG_LIMIT = 5.0
_DECIDED = r"Processing RPC: REQUEST_STATS_INFO from UID=\d+\r?$|Protocol authentication error\r?$"
_ENVIRONMENT = {"SLURM_JWT": b"daemon"}
"""slurmrestd's environment. SLURM_JWT, with any value, makes it use auth/jwt (notes on 23.02)."""
_UID = re.compile(r"Processing RPC: REQUEST_STATS_INFO from UID=(\d+)\r?$", re.MULTILINE)


class HttpAnswer(NamedTuple):
    """An answer. body: of the first answer. more: answers after the first (26.05 sends a second one).

    uid: the user that slurmctld assigned, None if it refused or got no request. log: slurmctld's log
    of that time.
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
        """Whether slurmctld served the request."""
        return self.uid is not None


class Restd:
    """A running slurmrestd. versions: those of its API for slurmctld, such as "v0.0.38", oldest first."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.versions: tuple[str, ...] = ()

    def discover(self) -> bool:
        """Read the versions from the API's description, for any token. Return whether slurmrestd answers."""
        try:
            answer = self.get("/openapi/v3", headers("x", "x"))
        except (SandboxBroken, DaemonDied, NoAnswer):  # no socket yet, or slurmrestd does not listen yet
            return False
        found = re.findall(rb'"/slurm/(v[\d.]+)/', answer.body.replace(b"\\/", b"/"))
        self.versions = tuple(sorted({version.decode() for version in found}))
        return bool(self.versions)

    def diag(self) -> str:
        """Return the path of the question that is asked: slurmctld's statistics, in the newest version."""
        end = "" if self._cluster.installation.label < "23.02" else "/"
        return f"/slurm/{self.versions[-1]}/diag{end}"

    def ask(self, token: bytes, user_name: str | None = None, style: Style = "x-slurm") -> HttpAnswer:
        """Return the answer to a request for slurmctld's statistics with a token.

        user_name: of X-SLURM-USER-NAME. Raises SlurmError for a token that no header can hold (NUL, CR or
        LF), and if slurmctld's log does not show the user that it assigned.
        """
        return self.send(headers(token.decode("latin-1"), user_name, style))

    def send(self, headers_sent: http.Headers) -> HttpAnswer:
        """Return the answer to the same request with any headers."""
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
            raise SlurmError("slurmctld's log does not show clearly which user it assigned", log=log)
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
    """Start slurmrestd and return it when it answers. SlurmError if it is missing or does not start."""
    courier = accounts.ACCOUNTS[accounts.COURIER]
    cluster.sandbox.write([Entry("restd", None, 0o755, courier)])
    plugins = "openapi/slurmctld" if cluster.installation.label > "23.02" else _openapi(cluster)
    cluster.start_daemon(
        NAME,
        *("-vv", "-t", "4", "-a", "rest_auth/jwt", "-s", plugins),
        f"unix:{cluster.sandbox.work}/{SOCKET}",
        user=accounts.COURIER,
        env=_ENVIRONMENT,
    )
    restd = Restd(cluster)
    cluster.wait_for(NAME, restd.discover)
    return restd


def _openapi(cluster: Cluster) -> str:
    """Return the plugins of releases with one for each version, without those that need slurmdbd."""
    listing = cluster.run(NAME, "-s", "list", user=accounts.COURIER, env=_ENVIRONMENT)
    found = sorted(set(re.findall(r"openapi/v[\d.]+", listing.out + listing.err)))
    if not found:
        raise SlurmError("slurmrestd lists no API for slurmctld", "Install its plugins.", listing.err)
    return ",".join(found)


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
