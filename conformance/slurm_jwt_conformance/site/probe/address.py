"""Where slurmrestd listens, and whether a token may travel there."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

Place = tuple[socket.AddressFamily, tuple[str, int]]
"""A family of addresses, and host and port."""

PORT = 6820
"""slurmrestd's port in Slurm's examples; it has no default of its own."""

_HOST = re.compile(r"[A-Za-z0-9._:%-]{1,255}")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]{1,200}){0,20}")


class Address(NamedTuple):
    """A server. socket: the path of its Unix socket, "" for TCP. prefix: of all paths, as a proxy has it."""

    tls: bool
    host: str
    port: int
    socket: str = ""
    prefix: str = ""

    def __str__(self) -> str:
        if self.socket:
            return f"unix:{one_line(self.socket)}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{self.prefix}"


def parse(url: str) -> Address:
    """Read http://HOST:PORT, https://HOST[:PORT] or unix:/PATH; Problem says what is wrong with it."""
    hint = "Write http://HOST:6820, https://HOST or unix:/path/to/slurmrestd.socket."
    if url.startswith("unix:"):
        path = url.removeprefix("unix:")
        path = "/" + path.lstrip("/") if path.startswith("//") else path
        if not path.startswith("/") or "\0" in path or len(path.encode("utf-8", "surrogateescape")) > 107:
            raise Problem("--url names no Unix socket that can be reached.", hint)
        return Address(False, "localhost", 0, path)
    if not (url.isascii() and url.isprintable()) or " " in url:  # urlsplit() drops line ends silently
        raise Problem("--url is no address of slurmrestd.", hint)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Problem("--url is no address.", hint) from None
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        raise Problem("--url is no address of slurmrestd.", hint)
    if parts.username is not None or parts.password is not None:
        raise Problem("--url holds a user or a password; the token is all that is sent.", hint)
    prefix = parts.path.rstrip("/")
    if parts.query or parts.fragment or not _PATH.fullmatch(prefix):
        raise Problem("--url is more than an address: no query, and only plain letters in its path.", hint)
    tls = parts.scheme == "https"
    return Address(tls, host, port or (443 if tls else PORT), "", prefix)


def resolve(address: Address, *, allow_plain: bool) -> list[Place]:
    """Look up where to connect; Problem for a name that nobody knows, and for plain HTTP over a network.

    The very addresses that were looked at are returned, so that a name cannot change meanwhile.
    """
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Problem(f"The host of {address} has no address.", "Check --url.") from None
    places: list[Place] = [(family, (str(where[0]), int(where[1]))) for family, _, _, _, where in found]
    if not address.tls and not allow_plain and not all(_is_loopback(where[0]) for _, where in places):
        raise Problem(
            f"{address} is plain HTTP to another host: everybody on the way could read the token and use it.",
            "Use https, or a tunnel to loopback; or say --allow-plain if the network is yours alone.",
        )
    return places


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
