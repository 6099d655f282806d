"""Where the pages of `run --site` go: beside index.html, or each into a folder of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from slurm_jwt_conformance.harness import choice
from slurm_jwt_conformance.site.fitness import library_report
from slurm_jwt_reports.output import is_ours
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.redaction import one_line
from slurm_jwt_reports.site.fitness import conclude
from slurm_jwt_reports.site.page import FILES, KINDS, write_site
from slurm_jwt_reports.site.report import SiteDocument, checked
from slurm_jwt_reports.stream.reader import read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from slurm_jwt_conformance.site.fitness.library_report import Wish
    from slurm_jwt_reports.site.report import SiteReport


class Page(NamedTuple):
    """One report that was written. page: its path."""

    implementation: str
    verdict: str
    sentence: str
    page: str


def of_run(
    folder: Path, names: Sequence[str], wish: Wish, say: Callable[[str], None], *, overwrite: bool
) -> list[Page]:
    """Judge the implementations of the run in this folder; write a page for each."""
    results = read(folder / "results.jsonl")
    reports = dict(library_report.reports(results, names, wish, choice.suite(), say))
    return write(reports, folder, overwrite=overwrite)


def demand_no_fewer_waivers(folder: Path, wish: Wish) -> None:
    """Raise a Problem if a page in this folder would be replaced by one that waives more rules."""
    waived = {one.rule for one in wish.policy.waivers} if wish.policy else set()
    for path in [folder / FILES[1], *folder.glob(f"site/*/{FILES[1]}")]:
        more = waived - _waived(path)
        if more and is_ours(str(path), KINDS[1]):
            raise Problem(
                f"{one_line(str(path))} is the report of a run that did not waive {', '.join(sorted(more))}.",
                "Name another folder with --out, or add --overwrite to replace that report.",
            )


def _waived(path: Path) -> set[str]:
    try:
        return {one.rule for one in msgspec.json.decode(path.read_bytes(), type=SiteDocument).report.waivers}
    except (OSError, msgspec.DecodeError):
        return set()


def write(reports: Mapping[str, SiteReport], folder: Path, *, overwrite: bool = False) -> list[Page]:
    """Write a page, its JSON and its schema for each implementation."""
    pages = []
    for name, place in folders(reports, folder).items():
        found = conclude(checked(reports[name]))
        try:
            place.mkdir(parents=True, exist_ok=True)
            page, *_ = write_site(reports[name], place, overwrite=overwrite)
        except OSError as error:
            raise Problem(f"The site's report cannot go to {place}: {error.strerror}.") from error
        pages.append(Page(name, found.verdict, found.sentence, str(page)))
    return pages


def folders(names: Mapping[str, object], folder: Path) -> dict[str, Path]:
    """Return each implementation's folder: the report's own for one alone, else site/ID in plain letters."""
    if len(names) == 1:
        return dict.fromkeys(names, folder)
    taken: dict[str, Path] = {}
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:60] or "unnamed"
        place, number = folder / "site" / plain, 2
        while place in taken.values():
            place, number = folder / "site" / f"{plain}-{number}", number + 1
        taken[name] = place
    return taken
