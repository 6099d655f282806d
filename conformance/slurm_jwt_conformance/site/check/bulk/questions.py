"""Take the lines of `check` for many tokens apart: id, token and moment, or what is wrong with the line.

What most lines look like is read by msgspec; every other line is read again by Python's own parser, which
decides what is JSON. An id comes back as it was spelled, in ASCII. A token in a JSON object and a bare
line are what Slurm gets: a prefix stays there. From a file of one token a known prefix is removed.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from typing import Any, NoReturn

import msgspec

from slurm_jwt_conformance.site.check.bulk.lines import MOST_BYTES, OVERLONG
from slurm_jwt_conformance.site.token_text import stripped

Question = tuple[bytes, bytes, int | None]
"""The text of the id, the token, and the moment that the line asks for."""

_UNSAFE = re.compile(r"[^\x20-\x7e]")
_FURTHEST = 2**63
_NO_JSON = "not a JSON object on one line of at most 16 MiB"
_OVERLONG = "not a token on one line of at most 16 MiB"


class _Line(msgspec.Struct, gc=False):
    """A line as most are; token_base64 is there so that its presence is seen."""

    id: int | str
    token: str
    now: int | None = None
    token_base64: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Id(msgspec.Struct):
    id: msgspec.Raw


_read_line = msgspec.json.Decoder(_Line).decode
_read_id = msgspec.json.Decoder(_Id).decode


class Unusable(Exception):
    """A line holds no question: what is wrong, and the text of its id, if it has one."""

    def __init__(self, what: str, name: bytes = b"null") -> None:
        super().__init__(what)
        self.what, self.name = what, name

    def answer(self, number: int) -> bytes:
        """Give the members of the answer, and the end of its line."""
        return b'"id":%b,"line":%d,"error":%b}\n' % (self.name, number, json.dumps(self.what).encode())


def of_bare_line(line: bytes, number: int) -> Question:
    """Take a line for a token; its number is its id."""
    if len(line) > MOST_BYTES or line == OVERLONG:
        raise Unusable(_OVERLONG, b"%d" % number)
    return b"%d" % number, line.rstrip(b"\r"), None


def of_token_file(line: bytes, number: int) -> Question:
    """Take a line of a file for its token, as --token-file does; a prefix that was removed is named."""
    name, token, now = of_bare_line(line, number)
    text = stripped(token)
    removed = b',"removed":%b' % json.dumps(text.prefix.decode()).encode() if text.prefix else b""
    return name + removed, text.token, now


def of_json_line(line: bytes, _number: int) -> Question:
    """Take a line for {"id", "token" or "token_base64", "now"?}; Unusable says why it is none."""
    try:
        asked = _read_line(line)
        token = asked.token.encode()
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return _of_unusual_line(line)
    usual = (
        line.isascii()
        and len(line) <= MOST_BYTES
        and asked.id != 0  # it may be spelled -0
        and asked.token_base64 is msgspec.UNSET
        and (asked.now is None or -_FURTHEST <= asked.now <= _FURTHEST)
    )
    if not usual:
        return _of_unusual_line(line)
    name = b"%d" % asked.id if isinstance(asked.id, int) else text(json.dumps(asked.id))
    return name, token, asked.now


def _of_unusual_line(line: bytes) -> Question:
    if len(line) > MOST_BYTES:
        raise Unusable(_NO_JSON)
    try:
        asked = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Unusable(_NO_JSON) from None
    if not isinstance(asked, dict):
        raise Unusable("not a JSON object")
    name = _id_text(asked, line)
    problem = _complaint(asked)
    if problem:
        raise Unusable(problem, name)
    return name, _token(asked), asked.get("now")


def _token(asked: dict[str, Any]) -> bytes:
    if "token" in asked:
        text: str = asked["token"]
        return text.encode("utf-8", "surrogatepass")
    return b64decode(asked["token_base64"], validate=True)


def _complaint(asked: dict[str, Any]) -> str | None:
    at = asked.get("now")
    tokens = [asked[name] for name in ("token", "token_base64") if name in asked]
    if len(tokens) != 1 or not isinstance(tokens[0], str):
        return "token (or token_base64, one of them) is missing or no string"
    if "token" not in asked and not _is_base64(tokens[0]):
        return "token_base64 is no base64 (RFC 4648 4)"
    if "id" not in asked:
        return "id is missing"
    if at is not None and (isinstance(at, bool) or not isinstance(at, int)):
        return "now is no integer (seconds since 1970)"
    if at is not None and not -_FURTHEST <= at <= _FURTHEST:
        return "now is no moment: it is a number of seconds within 2^63 of 1970"
    return None


def _is_base64(spelled: str) -> bool:
    try:
        return bool(b64decode(spelled, validate=True)) or not spelled
    except ValueError:
        return False


def _id_text(asked: dict[str, Any], line: bytes) -> bytes:
    """Give the id as the line spells it: no number is rounded. Python's spelling where msgspec reads none."""
    if "id" not in asked:
        return b"null"
    try:
        return text(bytes(_read_id(line).id).decode())
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return text(json.dumps(asked["id"]))


def text(spelled: str) -> bytes:
    """Give a JSON text in printable ASCII: beyond it, white space aside, are only characters of strings."""
    if spelled.isascii() and spelled.isprintable():
        return spelled.encode()
    return _UNSAFE.sub(_escaped, spelled).encode()


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    return " " if character in "\t\n\r" else json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
