"""The lines of the adapter protocol: write requests, read answers (schema/adapter-protocol.schema.json).

Answers come from programs that are not ours: every line is decoded into a closed type, and whatever
does not fit raises Garbage with a reason that holds nothing of the line's secrets.
"""

from __future__ import annotations

import base64
from typing import Any, Literal

import msgspec

from slurm_jwt_conformance.adapters import Clock, Description, IssueRequest, Outcome, Role, VerifyRequest
from slurm_jwt_conformance.adapters.python.serve import describe, printable, secrets

VERSION = 1
MAX_LINE = 1 << 20
"""Longest answer in bytes; an issued token of ordinary claims has some hundred."""

START = b'{"op":"start","protocol":1}\n'
STOP = b'{"op":"stop"}\n'


class Garbage(Exception):
    """A line that is not an answer of the adapter protocol."""


class _Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A message with no members but its own."""


class _Started(_Closed, frozen=True):
    protocol: Literal[1]
    library: str
    version: str
    language: str
    roles: tuple[Role, ...]
    clock: Clock
    not_checked: tuple[str, ...]


class _Unavailable(_Closed, frozen=True):
    protocol: Literal[1]
    unavailable: str


class _Accept(_Closed, frozen=True, tag_field="outcome", tag="accept"):
    id: str
    claims: dict[str, Any] | None = None


class _Reject(_Closed, frozen=True, tag_field="outcome", tag="reject"):
    id: str
    error: str


class _Token(_Closed, frozen=True, tag_field="outcome", tag="token"):
    id: str
    token: str


class _Refuse(_Closed, frozen=True, tag_field="outcome", tag="refuse"):
    id: str
    error: str


class _Crash(_Closed, frozen=True, tag_field="outcome", tag="crash"):
    id: str
    error: str


class _Unsupported(_Closed, frozen=True, tag_field="outcome", tag="unsupported"):
    id: str
    reason: str


_Verified = _Accept | _Reject | _Crash | _Unsupported
_Issued = _Token | _Refuse | _Crash | _Unsupported
_read_started = msgspec.json.Decoder(_Started).decode
_read_unavailable = msgspec.json.Decoder(_Unavailable).decode
_read_verified: msgspec.json.Decoder[_Verified] = msgspec.json.Decoder(_Verified)
_read_issued: msgspec.json.Decoder[_Issued] = msgspec.json.Decoder(_Issued)
_encode = msgspec.json.Encoder().encode


def write(request: VerifyRequest | IssueRequest) -> bytes:
    """Return the line of a request; a token goes as text if it is UTF-8, otherwise as base64."""
    key = base64.b64encode(request.key).decode()
    if isinstance(request, IssueRequest):
        question = {"op": "issue", "id": request.id, "claims": request.claims}
    else:
        question = {"op": "verify", "id": request.id, **_carried(request.token)}
    return _encode({**question, "key_base64": key, "now": request.now}) + b"\n"


def _carried(token: bytes) -> dict[str, str]:
    try:
        return {"token": token.decode()}
    except UnicodeDecodeError:
        return {"token_base64": base64.b64encode(token).decode()}


def read_start(line: bytes) -> Description | str:
    """Return the introduction, or the reason why the implementation cannot take part."""
    if b'"unavailable"' in line:
        return printable(_decoded(_read_unavailable, line).unavailable, "")
    started = _decoded(_read_started, line)
    texts = (started.library, started.version, started.language)
    library, version, language = (printable(text, "") for text in texts)
    return Description(library, version, language, started.roles, started.clock, started.not_checked)


def read_answer(line: bytes, request: VerifyRequest | IssueRequest, milliseconds: float) -> Outcome:
    """Return the answer to this question; texts come out printable and without key or token."""
    reader: Any = _read_verified if isinstance(request, VerifyRequest) else _read_issued
    answer = _decoded(reader.decode, line)
    if answer.id != request.id:
        raise Garbage("an answer with another id than the question's (answers come in order)")
    if isinstance(answer, _Accept):
        return Outcome(answer.id, "accept", user=_user(answer.claims), milliseconds=milliseconds)
    if isinstance(answer, _Token):
        return Outcome(answer.id, "token", token=answer.token, milliseconds=milliseconds)
    text = answer.reason if isinstance(answer, _Unsupported) else answer.error
    hidden = secrets(request.key, getattr(request, "token", b""))
    outcome = answer.__struct_config__.tag
    return Outcome(answer.id, outcome, printable(text, hidden), milliseconds=milliseconds)


def _user(claims: dict[str, Any] | None) -> str | None:
    user = (claims or {}).get("sun")
    return printable(user, "") if isinstance(user, str) else None


def _decoded(decode: Any, line: bytes) -> Any:  # noqa: ANN401 - one of the closed types above
    try:
        return decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Garbage(
            f"a line that is not an answer of the adapter protocol ({describe(error, '')})"
        ) from None
