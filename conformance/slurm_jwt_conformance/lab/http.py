"""One GET request a connection, with limits of time and size. It follows no redirect and uses no proxy.

http.client reads the answers. Only the connection, the limits and second answers are handled here.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import time
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab.errors import SlurmError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from _typeshed import WriteableBuffer

Headers = tuple[tuple[str, str], ...]
Place = tuple[socket.AddressFamily, tuple[str, int] | str]
"""An address family, and host and port or the path of a Unix socket."""

MOST_BYTES = 32 << 20
"""The limit of one answer. The description of slurmrestd's API has 0.9 MB in 26.05."""

_START = re.compile(rb"HTTP/1\.[01] \d{3}[ \r]")


class Response(NamedTuple):
    """One answer. Header names are in lower case."""

    status: int
    reason: str
    headers: Headers
    body: bytes


class NotHttp(Exception):
    """The server's answer is not HTTP, or the server sent no answer. The text says which."""


class TooLong(Exception):
    """The answer is longer than the limit."""


def request(path: str, headers: Headers, *, host: str = "localhost") -> bytes:
    """Return a GET request that ends its connection. SlurmError for a value that a header cannot hold."""
    for name, value in headers:
        if re.search(r"[\0\r\n]", value):
            raise SlurmError(f"{name} cannot hold NUL, CR or LF")
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def fetch(
    places: Sequence[Place],
    data: bytes,
    *,
    seconds: float,
    tls: ssl.SSLContext | None = None,
    host: str | None = None,
) -> Response:
    """Send a request to the first place that accepts a connection and return the first answer.

    seconds: the limit for all of it. tls, host: the context, and the host that the certificate must name.
    Raises TimeoutError, TooLong, NotHttp, and OSError (which includes the errors of TLS).
    """
    deadline = time.monotonic() + seconds
    with _connection(places, deadline) as plain:
        plain.settimeout(_left(deadline))
        with plain if tls is None else tls.wrap_socket(plain, server_hostname=host) as connection:
            connection.settimeout(_left(deadline))
            connection.sendall(data)
            return read(io.BufferedReader(_Limited(connection, deadline)))


def _connection(places: Sequence[Place], deadline: float) -> socket.socket:
    failure = OSError("no address")
    for family, address in places:
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(_left(deadline))
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
            if isinstance(error, TimeoutError):
                break
        else:
            return connection
    raise failure


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Limited(io.RawIOBase):
    """The bytes of a connection, up to a time and a size."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._connection.settimeout(_left(self._deadline))
        size = self._connection.recv_into(buffer)
        self._size += size
        if self._size > MOST_BYTES:
            raise TooLong
        return size


class _Socket:
    """A stream in the shape in which http.client takes a socket."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream

    def makefile(self, *_: object) -> io.BufferedIOBase:
        return self._stream


def read(stream: io.BufferedIOBase) -> Response:
    """Return the answer at the start of a stream. Raises NotHttp."""
    answer = http.client.HTTPResponse(_Socket(stream), method="GET")  # type: ignore[arg-type]  # see _Socket
    try:
        answer.begin()
        body = answer.read(MOST_BYTES)
    except http.client.RemoteDisconnected:
        raise NotHttp("it closed the connection without an answer") from None
    except (http.client.HTTPException, ValueError):
        raise NotHttp("its answer is not HTTP that can be read") from None
    headers = tuple((name.lower(), value) for name, value in answer.getheaders())
    return Response(answer.status, answer.reason, headers, body)


class _Bytes(io.BytesIO):
    """Bytes that stay readable after http.client has closed them."""

    def close(self) -> None:
        """Do nothing."""


def responses(data: bytes) -> tuple[Response, ...]:
    """Return every answer in the bytes that came on one connection.

    slurmrestd 26.05 sends a second answer after some errors. Other bytes between answers are skipped.
    """
    start = _START.search(data)
    if start is None:
        return ()
    following = _START.search(data, start.end())
    stream = _Bytes(data[start.start() :])
    try:
        first = read(stream)
    except NotHttp:
        return responses(data[start.end() :])
    framed = {"content-length", "transfer-encoding"} & dict(first.headers).keys()
    if following and not framed:  # http.client read to the end of the bytes
        cut = _Bytes(data[start.start() : following.start()])
        return (read(cut), *responses(data[following.start() :]))
    return (first, *responses(stream.read()))
