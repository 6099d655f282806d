"""The page: index.html, one self-contained file that needs no network and, to be read, no JavaScript.

Everything foreign passes two gates: `finalize` makes it visible text, autoescape makes it no markup. Were
both to fail, the page's own content security policy lets no script, style or address run but those below.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from slurm_jwt_reports import safe
from slurm_jwt_reports.page import build
from slurm_jwt_reports.sentences import plural, upper_first

if TYPE_CHECKING:
    from slurm_jwt_reports.index import Results
    from slurm_jwt_reports.marks import Mark

_PLAIN_ID = re.compile(r"[A-Za-z0-9_.:/+-]{1,100}")
_RFC = re.compile(r"\bRFC (\d{3,5})(?: (\d{1,3}(?:\.\d{1,3}){0,4}))?")
_WEB = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:[/?#][A-Za-z0-9._~:/?#@!$&()*+,;=%-]*)?")


def page(results: Results, baseline: Results | None = None) -> str:
    """Give the whole page of one run; the same results always give the same text.

    baseline: an earlier run; the page then shows what is new since.
    """
    template = _environment().get_template("index.html")
    columns = f":root {{ --n: {len(results.implementations)}; }}\n"
    css, script = columns + _resource("page.css"), _resource("page.js")
    policy = (
        f"default-src 'none'; style-src '{_source(css)}'; script-src '{_source(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return template.render(page=build(results), css=Markup(css), script=Markup(script), policy=policy)  # noqa: S704 - our own files


def anchor(kind: str, name: str) -> str:
    """Give the id of an element: readable where the name allows it, else by a hash of the name."""
    if _PLAIN_ID.fullmatch(name):
        return f"{kind}-{name}"
    return f"{kind}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def cite(text: str) -> Markup:
    """Show a source; the sections of RFCs in it become links."""
    text = safe.one_line(text)
    parts: list[Markup] = []
    end = 0
    for match in _RFC.finditer(text):
        number, section = match.groups()
        place = f"https://www.rfc-editor.org/rfc/rfc{number}" + (f"#section-{section}" if section else "")
        parts += [
            escape(text[end : match.start()]),
            Markup('<a href="{}">{}</a>').format(place, match.group()),
        ]
        end = match.end()
    return Markup().join([*parts, escape(text[end:])])


def link(address: str) -> Markup:
    """Show an address: as a link if it is a plain one of the web, as mere text otherwise."""
    shown = safe.one_line(address)
    if _WEB.fullmatch(address) and len(address) <= 300:
        return Markup('<a href="{}" rel="noreferrer">{}</a>').format(address, shown)
    return escape(shown)


def moment(seconds: int) -> str:
    """Show seconds since 1970 as a time in UTC, beside the number itself."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ} ({seconds})"
    except (OverflowError, ValueError, OSError):
        return str(seconds)


def block(text: str, limit: int) -> Markup:
    """Show text of several lines inside an element, where the many quotes of JSON need no escaping."""
    shown = safe.block(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Markup(shown)  # noqa: S704 - escaped above


@cache
def cell(mark: Mark, word: str) -> Markup:
    """Give one cell of a matrix: a few kinds of them, many thousand times."""
    return Markup('<td class="{}">{} {}').format(mark.code, mark.symbol, word)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("slurm_jwt_reports"),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        line=safe.one_line, block=block, cite=cite, link=link, moment=moment, upper_first=upper_first
    )
    environment.globals.update(anchor=anchor, plural=plural, cell=cell)
    return environment


def _finalize(value: object) -> object:
    """Make every text that a template shows visible; markup of our own has been through it in parts."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return safe.visible_block(value)
    return value


def _resource(name: str) -> str:
    return files("slurm_jwt_reports").joinpath("templates", name).read_text("utf-8")


def _source(text: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(text.encode()).digest()).decode()
