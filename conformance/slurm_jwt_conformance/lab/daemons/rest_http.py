"""Just enough HTTP/1.1 to ask slurmrestd one question a connection, and to read all that it answers."""

from __future__ import annotations

import re
from typing import NamedTuple

from slurm_jwt_conformance.lab.errors import SlurmError

Headers = tuple[tuple[str, str], ...]
_START = re.compile(rb"HTTP/1\.[01] (\d{3}) ?([^\r\n]*)\r\n")
_LENGTH = re.compile(r"\d{1,9}")


class Response(NamedTuple):
    """One answer; header names in lower case."""

    status: int
    reason: str
    headers: Headers
    body: bytes


def request(path: str, headers: Headers) -> bytes:
    """Return a GET request that ends its connection; SlurmError for a value that no header can hold."""
    for name, value in headers:
        if re.search(r"[\0\r\n]", value):
            raise SlurmError(f"{name} cannot hold NUL, CR or LF")
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def responses(came: bytes) -> tuple[Response, ...]:
    """Split what came on a connection into answers.

    slurmrestd ends some answers with a stray "Connection: Close" after the body, and 26.05 sends a
    second answer after some errors; what is no answer in between is passed over.
    """
    found: list[Response] = []
    start = _START.search(came)
    while start:
        head, _, rest = came[start.end() :].partition(b"\r\n\r\n")
        headers = _headers(head)
        length = dict(headers).get("content-length", "")
        size = int(length) if _LENGTH.fullmatch(length) else 0
        found.append(Response(int(start.group(1)), _text(start.group(2)), headers, rest[:size]))
        came = rest[size:]
        start = _START.search(came)
    return tuple(found)


def _headers(head: bytes) -> Headers:
    pairs = (line.partition(b":") for line in head.split(b"\r\n") if b":" in line)
    return tuple((_text(name).strip().lower(), _text(value).strip()) for name, _, value in pairs)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
