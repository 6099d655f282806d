"""Ask a site's slurmrestd over the network: which address, which certificate, and what an error means.

No proxy of the environment is used: the token goes to the address of --url only.
"""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab import http
from slurm_jwt_conformance.site.probe import address as addresses
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt_conformance.lab.http import Headers, Response
    from slurm_jwt_conformance.site.probe.address import Address

_OWN = (("Accept", "application/json"), ("User-Agent", "slurm-jwt-probe"))
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


class Came(NamedTuple):
    """An answer. status: None if there is no HTTP answer. why: then one sentence, safe to print."""

    status: int | None
    body: bytes = b""
    why: str = ""


class Web:
    """One slurmrestd. Problem if the token would go to a place that it must not reach. step: for progress."""

    def __init__(
        self,
        address: Address,
        *,
        allow_plain: bool = False,
        ca_file: str | None = None,
        seconds: float = 30.0,
        step: Callable[[], None] = lambda: None,
    ) -> None:
        self._step = step
        self._address = address
        self._seconds = seconds
        self._context = _context(ca_file) if address.tls else None
        self._places: list[http.Place] = [(socket.AF_UNIX, address.socket)]
        if not address.socket:
            self._places = [*addresses.resolve(address, allow_plain=allow_plain)]

    def get(self, path: str, headers: Headers) -> Came:
        """Return the answer to GET path. `why` holds every error of network, TLS and HTTP."""
        data = request(self._address, path, headers)
        tls, host, seconds = self._context, self._address.host, self._seconds
        self._step()
        return answer(lambda: http.fetch(self._places, data, seconds=seconds, tls=tls, host=host), seconds)


def answer(fetch: Callable[[], Response], seconds: float) -> Came:
    """Return what `fetch` returns, or the sentence that says why there is no answer."""
    try:
        response = fetch()
    except ssl.SSLCertVerificationError as error:
        reason = one_line(error.verify_message or "it cannot be verified")
        return Came(None, why=f"its certificate is not trusted: {reason} (--ca-file names the CA)")
    except TimeoutError:
        return Came(None, why=f"it did not answer within {seconds:g} seconds")
    except http.TooLong:
        return Came(None, why=f"its answer has over {http.MOST_BYTES:,} bytes")
    except http.NotHttp as error:
        return Came(None, why=str(error))
    except (OSError, ValueError) as error:
        return Came(None, why=f"no connection: {one_line(getattr(error, 'strerror', '') or str(error))}")
    return Came(response.status, response.body)


def _context(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:
        name = one_line(ca_file or "the system's certificates")
        raise Problem(f"{name} cannot be used as a CA file: {one_line(str(error))}.") from None


def request(address: Address, path: str, headers: Headers) -> bytes:
    """Return the bytes of a GET request. Problem for a value that a header cannot hold."""
    for name, value in headers:
        if not _VALUE.fullmatch(value):
            raise Problem(f"{name} cannot hold this value.", "Only printable ASCII goes into a header.")
    host = "localhost" if address.socket else str(address).split("/")[2]
    return http.request(f"{address.prefix}{path}", (*_OWN, *headers), host=host)
