"""One GET request a connection, with limits of time and size; TLS is verified, no redirect is followed.

No proxy of the environment is used: the token goes where --url says and nowhere else.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from slurm_jwt_conformance.site.probe import address as addresses
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slurm_jwt_conformance.site.probe.address import Address

MOST_BODY = 32 << 20
"""Bytes of an answer; the API's description has 0.9 MB on 26.05."""

MOST_HEAD = 1 << 16

Headers = tuple[tuple[str, str], ...]


class Came(NamedTuple):
    """An answer. status: None if there was none that is HTTP. why: then, one sentence, safe to print."""

    status: int | None
    body: bytes = b""
    why: str = ""


class Web(Protocol):
    """Sends requests to one slurmrestd; tests send them into a lab's namespaces."""

    def get(self, path: str, headers: Headers) -> Came:
        """Return the answer to GET path."""


class RealWeb:
    """The network. Raises Problem for what would send the token where it must not go."""

    def __init__(
        self,
        address: Address,
        *,
        allow_plain: bool = False,
        ca_file: str | None = None,
        seconds: float = 30.0,
    ) -> None:
        self._address = address
        self._seconds = seconds
        self._context = _context(ca_file) if address.tls else None
        self._places = [] if address.socket else addresses.resolve(address, allow_plain=allow_plain)

    def get(self, path: str, headers: Headers) -> Came:
        """Return the answer to GET path; every trouble of network, TLS and HTTP is in `why`."""
        deadline = time.monotonic() + self._seconds
        data = request(self._address, path, headers)
        try:
            with self._connect(deadline) as connection:
                connection.settimeout(_left(deadline))
                connection.sendall(data)
                raw = _receive(connection, deadline)
        except ssl.SSLCertVerificationError as error:
            said = one_line(error.verify_message or "it cannot be verified")
            return Came(None, why=f"its certificate is not trusted: {said} (--ca-file names the CA)")
        except TimeoutError:
            return Came(None, why=f"it did not answer within {self._seconds:g} seconds")
        except TooMuch as error:
            return Came(None, why=str(error))
        except (OSError, ValueError) as error:
            return Came(None, why=f"no connection: {one_line(getattr(error, 'strerror', '') or str(error))}")
        return read(raw)

    def _connect(self, deadline: float) -> socket.socket:
        if self._address.socket:
            plain = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            return _joined(plain, self._address.socket, deadline)
        trouble: OSError | None = None
        for family, where in self._places:
            try:
                plain = _joined(socket.socket(family, socket.SOCK_STREAM), where, deadline)
            except TimeoutError:
                raise
            except OSError as error:
                trouble = error
                continue
            return self._secured(plain, deadline)
        raise trouble or OSError("no address")

    def _secured(self, plain: socket.socket, deadline: float) -> socket.socket:
        if self._context is None:
            return plain
        plain.settimeout(_left(deadline))
        try:
            return self._context.wrap_socket(plain, server_hostname=self._address.host)
        except BaseException:
            plain.close()
            raise


class TooMuch(Exception):
    """An answer over the limit."""


def _context(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:
        named = one_line(ca_file or "the system's certificates")
        raise Problem(f"{named} cannot be used as a CA file: {one_line(str(error))}.") from None


def _joined(plain: socket.socket, where: str | tuple[str, int], deadline: float) -> socket.socket:
    try:
        plain.settimeout(_left(deadline))
        plain.connect(where)
    except BaseException:
        plain.close()
        raise
    return plain


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def request(address: Address, path: str, headers: Headers) -> bytes:
    """Return a GET request that ends its connection; Problem for a value that no header can hold."""
    for name, value in headers:
        if not re.fullmatch(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?", value):
            raise Problem(f"{name} cannot hold this value.", "Only printable ASCII goes into a header.")
    host = "localhost" if address.socket else str(address).split("/")[2]
    lines = [f"GET {address.prefix}{path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += ["Accept: application/json", "User-Agent: slurm-jwt-probe"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _receive(connection: socket.socket, deadline: float) -> bytes:
    """Read one answer, to its end or the connection's; slurmrestd 26.05 sends a second after an error."""
    came = bytearray()
    while True:
        connection.settimeout(_left(deadline))
        piece = connection.recv(1 << 16)
        came += piece
        if not piece or _is_whole(came):
            return bytes(came)
        if len(came) > MOST_BODY:
            raise TooMuch(f"its answer has over {MOST_BODY:,} bytes")


def _is_whole(came: bytearray) -> bool:
    end = came.find(b"\r\n\r\n", 0, MOST_HEAD)
    if end < 0:
        if len(came) > MOST_HEAD:
            raise TooMuch("what it answers is no HTTP, or has headers without end")
        return False
    head = bytes(came[:end]).lower()
    if b"\r\ntransfer-encoding:" in head:
        return came.endswith(b"\r\n0\r\n\r\n")
    length = re.search(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*(?:\r\n|$)", head)
    return length is not None and len(came) >= end + 4 + int(length[1])


class _Taken:
    """Bytes that came, in the shape in which http.client takes a socket."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, *_: Sequence[object]) -> io.BytesIO:
        return io.BytesIO(self._raw)


def read(raw: bytes) -> Came:
    """Read the first answer in what came on a connection."""
    if not raw:
        return Came(None, why="it closed the connection without an answer")
    answer = http.client.HTTPResponse(_Taken(raw), method="GET")  # type: ignore[arg-type]  # makefile is all it uses
    try:
        answer.begin()
        body = answer.read(MOST_BODY)
    except (http.client.HTTPException, ValueError, OSError):
        return Came(None, why="what it answers is no HTTP that can be read")
    return Came(answer.status, body)
