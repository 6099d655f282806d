"""What a study is, and how its rows are made: the same text whenever the same thing happens."""

from __future__ import annotations

import base64
import hmac
import json
import re
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.lab.daemons.observation import normalised
from slurm_jwt_conformance.lab.errors import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slurm_jwt_conformance.lab.install.release import Installation
    from slurm_jwt_vectors.studies import StudyRow

ISSUED, NEVER = 1577836800, 4102444800
"""When the studies' tokens were issued (2020) and when they expire (2100)."""

LONGEST_TEXT = 300


class Study(NamedTuple):
    """A study: `run` asks a release its questions, with daemons that it starts and ends itself."""

    id: str
    title: str
    about: str
    run: Callable[[Installation], tuple[StudyRow, ...]]


def token(
    key: bytes, user: str | None = "alice", *, header: Mapping[str, object] | None = None, **claims: object
) -> bytes:
    """Return a token signed with `key`; claims that are None are left out."""
    head = {"alg": "HS256", "typ": "JWT"} | dict(header or {})
    body = {"exp": NEVER, "iat": ISSUED, "sun": user} | claims
    kept = {name: value for name, value in body.items() if value is not None}
    text = _part(head) + b"." + _part(kept)
    digest = {"HS384": "sha384", "HS512": "sha512"}.get(str(head["alg"]), "sha256")
    return text + b"." + _base64url(hmac.digest(key, text, digest))


def claims_of(made: bytes) -> dict[str, object]:
    """Return the claims of a token that a daemon made."""
    part = made.split(b".")[1]
    claims: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    return claims


def _part(value: Mapping[str, object]) -> bytes:
    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def first_line(*texts: str) -> str | None:
    """Return the first line of the first text that has one, as `steady` writes it."""
    for text in texts:
        for line in text.splitlines():
            if line.strip():
                return steady(line)
    return None


_CHANGING = (
    (re.compile(r"eyJ[\w-]*\.[\w-]*\.[\w-]*"), "(token)"),
    (re.compile(r"(?:/[\w.-]+)*/slurm-jwt\.\w+|(?<![\w/])/mnt(?=/)"), ""),
    (re.compile(r"\[?\[?(?:localhost|127\.0\.0\.1)\]?:\d+\]?"), "[peer]"),
    (
        re.compile(r"\b(StepId=|JobId=|job(?: allocation)? |CONN:|fd:|pid[ =]|up to )\d+", re.IGNORECASE),
        r"\1N",
    ),
    (re.compile(r"retry in \d+s"), "retry in Ns"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?"), "(time)"),
)


_IDENTITY = re.compile("verify|auth|user|jwt", re.IGNORECASE)


def steady(text: str) -> str:
    """Return a line of a daemon or client without what changes from run to run, safe to print.

    Tokens, folders, peers, numbers of jobs, connections and processes, times.
    """
    for changing, instead in _CHANGING:
        text = changing.sub(instead, text)
    shown = printable(normalised(text.strip()))
    return shown if len(shown) <= LONGEST_TEXT else shown[:LONGEST_TEXT] + "…"


def reason(log: str | None) -> str | None:
    """Return the part of a daemon's log that is about who somebody is, as `steady` writes it.

    A daemon may complain of other things at the same moment, such as a node that does not respond.
    """
    about = [part for part in (log or "").split(" | ") if _IDENTITY.search(part)]
    return steady(" | ".join(about)) or None
