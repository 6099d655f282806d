"""`slurm-jwt lab record`: remake the record of what each release says to every vector, or hold it to it."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

import slurm_jwt_vectors
from slurm_jwt_conformance.adapters.slurm import recorder as observe
from slurm_jwt_conformance.cli import emit
from slurm_jwt_conformance.lab.install.release import Missing, find_release, installed
from slurm_jwt_conformance.lab.service.plan import known_release
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.progress import Progress

if TYPE_CHECKING:
    import argparse

    from slurm_jwt_conformance.lab.install.release import Installation
    from slurm_jwt_vectors import Observed


class Result(NamedTuple):
    """What came of one release. written: the record's path, None for a check."""

    fresh: Observed
    found: observe.Comparison
    was_recorded: bool
    written: Path | None

    @property
    def differs(self) -> bool:
        """Tell whether a verdict, or the list of cases, is not as recorded."""
        return bool(self.found.differences or self.found.added or self.found.removed)


def record(args: argparse.Namespace) -> int:
    """Record the releases, or with --check compare them; return 1 if a check found a difference."""
    folder = Path(args.out) if args.out else Path(slurm_jwt_vectors.__file__).parent / "observed"
    known = _known(folder)
    installations = _installations(args.release)
    results = []
    for found in installations:
        result = _record(found, known.get(found.label), None if args.check else folder)
        results.append(result)
        if not args.json:
            print("\n".join(_lines(result)), flush=True)
    if args.json:
        emit.print_json([_facts(result) for result in results])
    return 1 if args.check and any(result.differs for result in results) else 0


def _known(folder: Path) -> dict[str, Observed]:
    try:
        return slurm_jwt_vectors.load_observed(folder)
    except msgspec.MsgspecError as error:
        raise Problem(
            f"A record in {folder} is damaged: {error}.", "Restore or remove it, then try again."
        ) from None


def _installations(releases: list[str]) -> list[Installation]:
    if not releases:
        here = list(installed().values())
        if not here:
            raise Problem("No Slurm release is installed here.", "Install them: slurm-jwt lab install all")
        return here
    found = [find_release(known_release(release)) for release in dict.fromkeys(releases)]
    for each in found:
        if isinstance(each, Missing):
            raise Problem(f"{each.reason}.", each.hint)
    return [each for each in found if not isinstance(each, Missing)]


def _record(installation: Installation, known: Observed | None, folder: Path | None) -> Result:
    suite = slurm_jwt_vectors.load()
    label = installation.label
    ticker = Progress(lambda text: print(f"{label}: {text}", file=sys.stderr, flush=True))
    answered: list[int] = []  # several threads report: appending is safe, adding up a number is not

    def progress(more: int) -> None:
        answered.append(more)
        ticker.reached(sum(answered), f"of {len(suite.cases):,} cases")

    fresh = observe.record(installation, suite, today=dt.datetime.now(dt.UTC).date(), progress=progress)
    before = known or msgspec.structs.replace(fresh, cases={})
    written = None if folder is None else observe.write(folder, fresh)
    return Result(fresh, observe.compare(before, fresh), known is not None, written)


def _lines(result: Result) -> list[str]:
    fresh, found = result.fresh, result.found
    lines = [f"{fresh.release}: {each}" for each in (*found.versions, *found.differences)]
    if result.was_recorded:
        lines += [f"{fresh.release}: {case}: new" for case in found.added]
        lines += [f"{fresh.release}: {case}: gone" for case in found.removed]
    told = "as recorded" if not result.differs else f"{_count(result)} not as recorded"
    if not result.was_recorded:
        told = "nothing was recorded of it before"
    where = f"; written to {result.written}" if result.written else ""
    summary = f"Slurm {fresh.slurm} with libjwt {fresh.libjwt}, {len(fresh.cases):,} cases, {told}{where}"
    return [*lines, f"{fresh.release}: {summary}"]


def _count(result: Result) -> int:
    cases = {each.case for each in result.found.differences}
    return len(cases | set(result.found.added) | set(result.found.removed))


def _facts(result: Result) -> dict[str, object]:
    found = result.found
    return {
        "release": result.fresh.release,
        "slurm": result.fresh.slurm,
        "libjwt": result.fresh.libjwt,
        "cases": len(result.fresh.cases),
        "differs": result.differs,
        "differences": [each._asdict() for each in found.differences],
        "versions": [each._asdict() for each in found.versions],
        "added": list(found.added),
        "removed": list(found.removed),
        "written": None if result.written is None else str(result.written),
    }
