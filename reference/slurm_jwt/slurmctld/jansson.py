r"""JSON as jansson's json_loads(text, 0) reads it: libjwt's parser for header and payload.

Beyond RFC 8259: the text ends at the first NUL, must be an object or an array, and must be UTF-8;
\u0000, lone surrogates, integers outside 64 bits, numbers too big for a double and more than 2048
levels are errors; of duplicate members the last one counts. (jansson 2.13 to 2.15, src/load.c.)

Plain texts go through the standard library's scanner, which agrees with jansson on all that it is
given here; texts with escapes that may differ, or deeply nested ones, through `jansson_exact`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from slurm_jwt.slurmctld.jansson_numbers import integer, real

if TYPE_CHECKING:
    from collections.abc import Callable

    from slurm_jwt.slurmctld.jansson_exact import Json

INVALID = None
"""What a text that jansson refuses is read as; no text that it takes is read as this."""

_SURE_DEPTH = 200
_DOUBTFUL_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_BLANKS = " \t\n\r"


def loads(raw: bytes) -> Json | None:
    """Return what jansson makes of these bytes, INVALID if it refuses them."""
    end = raw.find(b"\0")
    if end >= 0:
        raw = raw[:end]
    if raw.count(b"[") + raw.count(b"{") > _SURE_DEPTH or (b"\\u" in raw and _DOUBTFUL_ESCAPE.search(raw)):
        return _exactly(raw)
    try:
        text = raw.decode().strip(_BLANKS)
        value, length = _scan(text, 0)
    except (ValueError, StopIteration):
        return INVALID
    except RecursionError:
        return _exactly(raw)
    return value if length == len(text) and isinstance(value, (dict, list)) else INVALID


def _exactly(raw: bytes) -> Json | None:
    from slurm_jwt.slurmctld import jansson_exact  # its patterns are slow to compile, and few texts need them

    try:
        return jansson_exact.parse(raw.decode())
    except ValueError:
        return INVALID


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


_decoder: Any = json.JSONDecoder(parse_int=integer, parse_float=real, parse_constant=_refuse)
_scan: Callable[[str, int], tuple[object, int]] = _decoder.scan_once
