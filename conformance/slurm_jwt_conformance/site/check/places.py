"""Where in a token a finding is: the decoded text of its part, and the characters in it that are at fault.

For people: what is shown is header and claims alone, never the signature, and of a token inside a claim no
signature either. Nothing is found in a part that is no base64url, and little in one that is no JSON.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

from slurm_jwt.strict import jws
from slurm_jwt_reports.diagnostic import Excerpt
from slurm_jwt_reports.redaction import visible, without_signatures

if TYPE_CHECKING:
    from slurm_jwt import Finding

_BLANKS = re.compile(r"[ \t\r\n]*")
_AT = re.compile(r"(header|payload): byte 0x[0-9a-f]{2} at (\d+)")
_MOST_NAMES = 1000
_AROUND = 200
"""Characters that an excerpt shows before the fault, of it, and after it."""
_DECODER = json.JSONDecoder()


class Place(NamedTuple):
    """Characters of a part's decoded text, counted from 0; text is the whole of it, and foreign.

    part: "header" or "claims". start, end: 0 and 0 where no characters are at fault, but what is missing or
    the part as a whole.
    """

    part: str
    text: str
    start: int = 0
    end: int = 0


def of(finding: Finding, token: bytes) -> Place | None:
    """Return the place of a finding, None where neither header nor claims can be shown."""
    part = _part(finding)
    if part is None:
        return None
    raw = _decoded(token, part)
    if raw is None:
        return None
    text = without_signatures(raw.decode("utf-8", "replace"), lambda signature: "*" * len(signature))
    name = finding.rule.partition(".")[2]
    if name == "utf8":
        return _byte(part, text, raw)
    if name == "bom":
        return Place(part, text, 0, 1)
    if name == "json":
        return _stumble(part, text) or Place(part, text)
    spans = _members(text)
    if name == "duplicate":
        found = next((span for each, span in spans if [n for n, _ in spans].count(each) > 1), None)
    else:
        found = next((span for each, span in reversed(spans) if each == finding.member), None)
    return Place(part, text, *(found or (0, 0)))


def excerpt(place: Place) -> Excerpt:
    """Return the line that shows a place; what a terminal would act on is shown by its number."""
    before = _visible(place.text[max(0, place.start - _AROUND) : place.start])
    fault = _visible(place.text[place.start : min(place.end, place.start + _AROUND)])
    after = _visible(place.text[place.end : place.end + _AROUND])
    if place.start > _AROUND:
        before = f"...{before}"
    if place.end - place.start > _AROUND:
        fault, after = f"{fault}...", ""
    elif len(place.text) > place.end + _AROUND:
        after = f"{after}..."
    return Excerpt(text=before + fault + after, start=len(before), width=len(fault))


def _visible(text: str) -> str:
    return "".join(char if char.isprintable() else f"⟨U+{ord(char):04X}⟩" for char in visible(text))


def base64url_offset(finding: Finding, token: bytes) -> int | None:
    """Return where in the whole token the first foreign byte of header or payload is, None if none is."""
    found = _AT.search(finding.found) if finding.rule == "form.base64url" else None
    if found is None:
        return None
    start = 0 if found[1] == "header" else token.find(b".") + 1
    return start + int(found[2])


def _part(finding: Finding) -> str | None:
    from slurm_jwt.strict.rules import BY_ID

    layer = BY_ID[finding.rule].layer
    return {"header": "header", "claims": "claims", "time": "claims"}.get(layer)


def _decoded(token: bytes, part: str) -> bytes | None:
    parts = jws.examine_form(token)[1] if len(token) <= jws.MAX_TOKEN_BYTES else None
    if parts is None:
        return None
    return parts.header if part == "header" else parts.payload


def _byte(part: str, text: str, raw: bytes) -> Place | None:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        at = len(raw[: error.start].decode())
        return Place(part, text, at, at + 1)
    return None


def _stumble(part: str, text: str) -> Place | None:
    """Find where a JSON reader stops; what only a strict reader refuses has no place here."""
    body = text.removeprefix("\ufeff")
    try:
        _DECODER.decode(body)
    except json.JSONDecodeError as error:
        at = error.pos + len(text) - len(body)
        return Place(part, text, at, min(at + 1, len(text)))
    except (ValueError, RecursionError):
        pass
    return None


def _members(text: str) -> list[tuple[str, tuple[int, int]]]:
    """Return the outermost members of an object, each with the span from its name to its value's end."""
    at = _skip(text, len(text) - len(text.removeprefix("\ufeff")))
    found: list[tuple[str, tuple[int, int]]] = []
    if text[at : at + 1] != "{":
        return found
    try:
        while len(found) < _MOST_NAMES and text[at] in "{,":
            start = _skip(text, at + 1)
            name, at = _DECODER.raw_decode(text, start)
            _, at = _DECODER.raw_decode(text, _skip(text, _skip(text, at) + 1))
            if isinstance(name, str):
                found.append((name, (start, at)))
            at = _skip(text, at)
    except (ValueError, IndexError, RecursionError):
        pass  # no object, or one that ends early: what was read so far stands
    return found


def _skip(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at
