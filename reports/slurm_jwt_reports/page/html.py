"""The page: index.html, one self-contained file that needs no network and, to be read, no JavaScript.

Everything foreign passes two gates: `finalize` makes it visible text, autoescape makes it no markup. Were
both to fail, the page's own content security policy lets no script, style or address run but those below.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from slurm_jwt_reports import redaction
from slurm_jwt_reports.output import mark
from slurm_jwt_reports.page import pieces
from slurm_jwt_reports.page.agreement import shape
from slurm_jwt_reports.page.content import build
from slurm_jwt_reports.run import case_words
from slurm_jwt_reports.words import plural, upper_first

if TYPE_CHECKING:
    from slurm_jwt_reports.stream.index import Results

TOGETHER = 12
"""Rows of the matrix, and entries of cases, that a browser lays out at once; what is out of sight waits."""


def page(results: Results, baseline: Results | None = None) -> str:
    """Give the whole page of one run; the same results always give the same text.

    baseline: an earlier run; the page then shows what is new since.
    """
    css = f":root {{ --n: {len(results.implementations)}; }}\n" + resource("page.css")
    return rendered("index.html", css, resource("page.js"), page=build(results, baseline))


def rendered(template: str, css: str, script: str, **values: object) -> str:
    """Give a page from one of our templates; its policy lets nothing run but its own style and script."""
    policy = (
        f"default-src 'none'; style-src '{_source(css)}'; script-src '{_source(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    ours = {"css": Markup(css), "script": Markup(script)}  # noqa: S704 - our own files
    return _environment().get_template(template).render(policy=policy, **ours, **values)


def resource(name: str) -> str:
    """Give the text of a file beside the templates."""
    return files("slurm_jwt_reports.page").joinpath("templates", name).read_text("utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("slurm_jwt_reports.page"),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        line=redaction.one_line,
        block=pieces.block,
        cite=pieces.cite,
        moment=pieces.moment,
        upper_first=upper_first,
    )
    names = ("anchor", "case_link", "cells", "deviation", "rule_item", "rule_link", "said", "tag", "tally")
    environment.globals.update({name: getattr(pieces, name) for name in names})
    words = ("asks_for_token", "outcome_word", "verdict")
    environment.globals.update({name: getattr(case_words, name) for name in words})
    environment.globals.update(plural=plural, shape=shape, together=TOGETHER, mark=mark)
    return environment


def _finalize(value: object) -> object:
    """Make every text that a template shows visible; markup of our own has been through it in parts."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return redaction.visible_block(value)
    return value


def _source(text: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(text.encode()).digest()).decode()
