"""A document whose texts are safe to show: one line each, without a character that a terminal acts upon.

Tools redact foreign text before they fill a document. This module is the last gate before each format.
"""

from __future__ import annotations

import re

from slurm_jwt.vocabulary import Outcome
from slurm_jwt_reports.diagnostic import Code, Document, Excerpt
from slurm_jwt_reports.record import Record
from slurm_jwt_reports.redaction import clip, visible, visible_block

LONGEST = 8000
"""Characters of one text that are shown; code is shown whole."""

_BREAKS = re.compile(r"[ \t]*[\t\r\n]+[ \t]*")


def shown(document: Document) -> Document:
    """Return the document with every text made visible; `data` is left out."""
    safe = _safe(document.replaced(data=None))
    assert isinstance(safe, Document)
    return safe


def line(text: str) -> str:
    """Return the text on one line, with every unsafe character as its number."""
    return visible(clip(_BREAKS.sub(" ", text), LONGEST))


def _safe(value: object) -> object:
    match value:
        case str():
            return line(value)
        case Outcome(verdict, reasons):
            return Outcome(verdict, tuple(line(each) for each in reasons))
        case tuple():
            return tuple(_safe(each) for each in value)
        case Code(text, language):
            return Code(text=visible_block(text), language=line(language))
        case Excerpt():
            return _excerpt(value)
    return _part(value) if isinstance(value, Record) else value


def _part(part: Record) -> Record:
    return type(part)(**{name: _safe(getattr(part, name)) for name in part.__match_args__})


def _excerpt(excerpt: Excerpt) -> Excerpt:
    """Move the mark where characters before it, or in it, become longer."""
    end = excerpt.start + excerpt.width
    before, marked = excerpt.text[: excerpt.start], excerpt.text[excerpt.start : end]
    pieces = [visible(before), visible(marked), visible(excerpt.text[end:])]
    return Excerpt(text="".join(pieces), start=len(pieces[0]), width=len(pieces[1]))
