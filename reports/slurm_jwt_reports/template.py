"""Pages from our templates: each is one file that needs no network and, to be read, no JavaScript.

Everything foreign passes two gates: `finalize` makes it visible text, autoescape makes it no markup. Were
both to fail, the page's own content security policy lets no script, style or address run but its own.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from slurm_jwt_reports import redaction
from slurm_jwt_reports.output import mark
from slurm_jwt_reports.words import plural, upper_first


def environment() -> Environment:
    """Return an environment that loads our templates, with the filters that all of them use."""
    templates = Environment(
        loader=PackageLoader("slurm_jwt_reports.page"),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(line=redaction.one_line, upper_first=upper_first)
    templates.globals.update(plural=plural, mark=mark)
    return templates


def rendered(source: Environment, template: str, css: str, script: str, **values: object) -> str:
    """Return a page from one of our templates; its policy lets nothing run but its own style and script."""
    policy = (
        f"default-src 'none'; style-src '{_digest(css)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    ours = {"css": Markup(css), "script": Markup(script)}  # noqa: S704 - our own files
    return source.get_template(template).render(policy=policy, **ours, **values)


def resource(name: str) -> str:
    """Return the text of a file beside the templates."""
    return files("slurm_jwt_reports.page").joinpath("templates", name).read_text("utf-8")


def _finalize(value: object) -> object:
    """Make every text that a template shows visible; markup of our own has been through it in parts."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return redaction.visible_block(value)
    return value


def _digest(text: str) -> str:
    return "sha256-" + b64encode(hashlib.sha256(text.encode()).digest()).decode()
