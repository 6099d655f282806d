"""A site's report as a page to print, sign and attach, with its JSON and that JSON's schema beside it."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_reports.output import File, make_folder, write_all
from slurm_jwt_reports.page.html import templates
from slurm_jwt_reports.site.fitness import another_user, conclude, expired, site_json
from slurm_jwt_reports.site.report import checked
from slurm_jwt_reports.template import rendered, resource

if TYPE_CHECKING:
    import os

    from slurm_jwt_reports.site.report import RuleEvidence, SiteReport

FILES = ("site.html", "site.json", "site.schema.json")
KINDS = ("site html", "site json", "site schema")


_BASES = {
    "asked": "asked: a real daemon of this release, just now",
    "observed": "observed: a model that agreed with the real daemon of this release",
    "modelled": "modelled: a model read from its sources alone",
}


def site_page(report: SiteReport) -> str:
    """Give the page; the same report always gives the same text. ValueError where it is no report."""
    digest = hashlib.sha256(site_json(report).encode()).hexdigest()
    report = checked(report)
    found = conclude(report)
    shown = {"report": report, "found": found, "groups": _groups(report, found.waived), "digest": digest}
    css = resource("page.css") + resource("site.css")
    return rendered(
        templates(), "site.html", css, "", expired=expired, another_user=another_user, bases=_BASES, **shown
    )


def write_site(
    report: SiteReport, directory: str | os.PathLike[str], *, overwrite: bool = False
) -> list[Path]:
    """Write page, JSON and schema into directory, each whole or not at all, and give their paths."""
    schema = files("slurm_jwt_reports").joinpath("schema", "site.schema.json").read_text("utf-8")
    texts = (site_page(report), site_json(report), schema)
    make_folder(str(directory))
    parts = zip(FILES, texts, KINDS, strict=True)
    written = [File(f"{directory}/{name}", text, kind) for name, text, kind in parts]
    write_all(written, overwrite=overwrite)
    return [Path(file.path) for file in written]


def _groups(report: SiteReport, waived: tuple[str, ...]) -> list[tuple[str, str, list[RuleEvidence]]]:
    """Sort the rules: title, code of the colour, rules; what decides comes first."""
    groups: dict[str, tuple[str, list[RuleEvidence]]] = {
        "broken": ("f", []),
        "waived": ("k", []),
        "broken, left to the verifier": ("e", []),
        "to be known": ("e", []),
        "not checked": ("n", []),
        "kept": ("p", []),
    }
    for rule in report.rules:
        groups[_group(rule, waived)][1].append(rule)
    return [(title, code, rules) for title, (code, rules) in groups.items() if rules]


def _group(rule: RuleEvidence, waived: tuple[str, ...]) -> str:
    if rule.state != "broken":
        return rule.state
    if rule.severity == "choice":
        return "broken, left to the verifier"
    if rule.severity == "warning":
        return "to be known"
    return "waived" if rule.id in waived else "broken"
