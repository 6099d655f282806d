"""The page of a run: index.html, one self-contained file."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from slurm_jwt_reports import template
from slurm_jwt_reports.page import pieces
from slurm_jwt_reports.page.agreement import shape
from slurm_jwt_reports.page.content import build
from slurm_jwt_reports.run import case_words

if TYPE_CHECKING:
    from jinja2 import Environment

    from slurm_jwt_reports.stream.index import Results

TOGETHER = 12
"""Rows of the matrix, and entries of cases, that a browser lays out at once; what is out of sight waits."""


def page(results: Results, baseline: Results | None = None) -> str:
    """Return the whole page of one run; the same results always give the same text.

    baseline: an earlier run; the page then shows what is new since.
    """
    css = f":root {{ --n: {len(results.implementations)}; }}\n" + template.resource("page.css")
    script = template.resource("page.js")
    return template.rendered(templates(), "index.html", css, script, page=build(results, baseline))


@cache
def templates() -> Environment:
    """Return the environment with the markup that pages of runs and sites share."""
    environment = template.environment()
    environment.filters.update(block=pieces.block, cite=pieces.cite, moment=pieces.moment)
    names = ("anchor", "case_link", "cells", "deviation", "rule_item", "rule_link", "said", "tag", "tally")
    environment.globals.update({name: getattr(pieces, name) for name in names})
    words = ("asks_for_token", "outcome_word", "verdict")
    environment.globals.update({name: getattr(case_words, name) for name in words})
    environment.globals.update(shape=shape, together=TOGETHER)
    return environment
