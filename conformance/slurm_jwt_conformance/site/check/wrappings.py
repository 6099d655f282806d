"""What people paste around a token: the name of the wrapping, and the token inside."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt_conformance.site.token_text import count_tokens, looks_like_a_token, prefix_of
from slurm_jwt_reports.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MOST_BYTES = 1024 * 1024
"""Longer texts are not a wrapped token."""

_MOST_LAYERS = 4

_NOTHING = {b"null", b"None", b"undefined", b"nil", b"NULL"}
_MEMBERS = ("access_token", "id_token", "token", "auth-token", "slurm_jwt", "SLURM_JWT")
_HEADER = re.compile(
    rb"(?mi)^(authorization|x-slurm-user-token)[ \t]*:[ \t]*(?:bearer[ \t]+)?([\w.-]+)[ \t\r]*$"
)
_QUOTED = re.compile(rb"""(b?)(["'])([^"']*)\2""")
_EXPORT = re.compile(rb"(?:export|set)[ \t]+(?:SLURM_JWT=)(.*)", re.DOTALL)


class Wrapping(NamedTuple):
    """What is around a token. fix: how to get the bare token; inside: the token, b"" for none."""

    name: str
    fix: str
    inside: bytes


def find(text: bytes) -> Wrapping | None:
    """Return the wrapping of a token, from the outside to the inside; None for no wrapping that is known."""
    names, fixes, token = [], [], text
    if looks_like_a_token(text) or len(text) > _MOST_BYTES:
        return None
    for _ in range(_MOST_LAYERS):
        layer = next((found for step in _STEPS if (found := step(token)) is not None), None)
        if layer is None:
            return None
        names.append(layer.name)
        fixes.append(layer.fix)
        token = layer.inside
        if looks_like_a_token(token) or not token:
            return Wrapping(", in it ".join(names), fixes[0], token)
    return None


def diagnose(text: bytes, place: str, judge: Callable[[bytes], str]) -> Iterator[Diagnostic]:
    """Yield an error for a wrapped token. judge: gives what a check says of the token inside."""
    wrapping = find(text)
    if wrapping is None:
        return
    inside = judge(wrapping.inside) if wrapping.inside else "no token"
    result = f"; the token inside: {inside.partition(' ')[0]}" if wrapping.inside else ""
    fix = wrapping.fix
    if place == "SLURM_JWT" and prefix_of(text) == b"SLURM_JWT=":
        fix = "scontrol prints the name too: use export $(scontrol token)."
    yield Diagnostic(
        id="token.wrapped",
        level="error",
        message=f"The text is {wrapping.name}, not a bare token{result}.",
        details=(("found", wrapping.name), ("inside", inside), ("expected", "three parts of base64url")),
        cause="Slurm reads the text exactly as it is. Only a bare token works with every release.",
        fix=fix,
        source=("RFC 7515 7.1, compact serialization",),
    )


def _nothing(text: bytes) -> Wrapping | None:
    word = text.strip().strip(b"\"'")
    if word not in _NOTHING:
        return None
    name = f'"{word.decode()}", which programs print for a value that is missing'
    return Wrapping(name, "Look at the answer of the token endpoint: it has no such member.", b"")


def _utf16(text: bytes) -> Wrapping | None:
    marks = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
    code = marks.get(text[:2])
    body = text[2:] if code else text
    if code is None and len(text) > 3 and 0 in text[:2]:
        code = "utf-16-be" if text[0] == 0 else "utf-16-le"
    if code is None:
        return None
    try:
        inside = body[: len(body) & ~1].decode(code).encode("ascii").strip()
    except UnicodeError:
        return None
    if not inside:
        return None
    return Wrapping("text in UTF-16", "Write ASCII: in PowerShell, Set-Content -Encoding ascii.", inside)


def _byte_order_mark(text: bytes) -> Wrapping | None:
    if not text.startswith(b"\xef\xbb\xbf"):
        return None
    fix = "Save the file as UTF-8 without a byte order mark."
    return Wrapping("text with a byte order mark of UTF-8", fix, text[3:].strip())


def _json(text: bytes) -> Wrapping | None:
    if text.lstrip()[:1] not in {b"{", b'"'}:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, str):
        return Wrapping("a JSON string with its quotes", "Use jq -r, which prints no quotes.", _bytes(value))
    for name in (*_MEMBERS, *value):
        inside = _bytes(value.get(name))
        if looks_like_a_token(inside):
            shown = name if name in _MEMBERS else "a member"
            fix = f"Take the member: jq -r .{name}" if shown == name else "Take the member with jq -r."
            return Wrapping(f"the JSON of a token endpoint ({shown})", fix, inside)
    return None


def _bytes(value: object) -> bytes:
    return value.encode("utf-8", "replace").strip() if isinstance(value, str) else b""


def _quotes(text: bytes) -> Wrapping | None:
    match = _QUOTED.fullmatch(text.strip())
    if match is None:
        return None
    name = "bytes as Python prints them" if match[1] else "a token in quotes"
    return Wrapping(name, "Remove the quotes; in Python, decode() the bytes.", match[3])


def _assignment(text: bytes) -> Wrapping | None:
    match = _EXPORT.fullmatch(text.strip())
    if match is None:
        return None
    return Wrapping("a line of shell, export SLURM_JWT=", "Give what follows the equals sign.", match[1])


def _prefix(text: bytes) -> Wrapping | None:
    prefix = prefix_of(text)
    if not prefix:
        return None
    name = f'a token after the prefix "{prefix.decode()}"'
    return Wrapping(name, "Give what follows the prefix.", text[len(prefix) :])


def _header_line(text: bytes) -> Wrapping | None:
    match = next((each for each in _HEADER.finditer(text) if looks_like_a_token(each[2])), None)
    if match is None:
        return None
    name = {b"authorization": "Authorization"}.get(match[1].lower(), "X-SLURM-USER-TOKEN")
    return Wrapping(f"an HTTP header line ({name})", "Give only what follows the header's name.", match[2])


def _lines(text: bytes) -> Wrapping | None:
    lines = text.split()
    inside = b"".join(lines)
    if len(lines) < 2 or not looks_like_a_token(inside) or count_tokens(text) > 1:
        return _around(text)
    width = len(lines[0])
    wrapped = len({len(line) for line in lines[:-1]}) == 1 and width in {64, 76}
    name = f"a token wrapped in lines of {width} characters" if wrapped else "a token with whitespace in it"
    return Wrapping(name, "Remove the line breaks and spaces: tr -d '\\n\\r '. base64 -w0 adds none.", inside)


def _around(text: bytes) -> Wrapping | None:
    bare = text.strip()
    if bare == text or not looks_like_a_token(bare):
        return None
    return Wrapping("a token with whitespace around it", "Remove the spaces and line ends.", bare)


def _base64(text: bytes) -> Wrapping | None:
    packed = b"".join(text.split()).rstrip(b"=")
    if not packed.startswith((b"ZX", b"U0xVUk1fSldU", b"QmVhcmVy", b"e")) or b"." in packed:
        return None
    try:
        padded = packed.replace(b"-", b"+").replace(b"_", b"/") + b"=" * (-len(packed) % 4)
        inside = base64.b64decode(padded, validate=True).strip()
    except binascii.Error:
        return None
    fix = "Decode it: base64 -d. kubectl prints the data of a Secret as base64."
    what = "a token" if looks_like_a_token(inside) else "a text"
    return Wrapping(f"base64 of {what}", fix, inside) if inside else None


_STEPS = (
    _nothing,
    _utf16,
    _byte_order_mark,
    _json,
    _quotes,
    _assignment,
    _prefix,
    _header_line,
    _lines,
    _base64,
)
