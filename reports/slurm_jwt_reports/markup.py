"""Foreign text in Markdown: it stays on its line and in its cell, and is not markup.

Characters that Markdown reads are written as numeric character references, which no reader takes for a
link, a mention, an image, a formula or HTML.
"""

from __future__ import annotations

import re

from slurm_jwt_reports.redaction import one_line

_SPECIAL = re.compile(
    r"[\\`*_{}\[\]<>#!|~$&@]|:(?=//)|(?<=www)\.|(?<=[Ww][Ww][Ww])\."
    r"|^[-+=](?=[ =-]|$)|(?:(?<=^\d)|(?<=^\d\d)|(?<=^\d{3}))[.)](?= )"
)
_CODE = re.compile(r"[\w.:/ =,+'\"@()\[\];-]+", re.ASCII)


def escape(text: str, limit: int = 300) -> str:
    """Return foreign text as text on one line, whatever Markdown or HTML is in it."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match.group())};", one_line(text, limit))


def code(text: str, limit: int = 100) -> str:
    """Return a name as code where nothing in it could end the code; escaped otherwise."""
    shown = one_line(text, limit)
    return f"`{shown}`" if _CODE.fullmatch(shown) and shown == shown.strip() else escape(text, limit)
