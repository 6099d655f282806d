"""`python -m tools.record`: record the verdict of each release on every test vector, or compare.

Examples:
  python -m tools.record                        all installed releases, into the package
  python -m tools.record --release 22.05 --out mine
  python -m tools.record --check                write nothing

A different package version is reported, but is not a difference. A release takes about 15 seconds.

exit codes: 0 recorded, or as recorded, 1 a verdict differs (--check), 2 usage, 3 a release did not answer

"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import slurm_jwt_vectors
from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.install.release import Missing, find_release, installed
from slurm_jwt_conformance.lab.service.plan import known_release
from slurm_jwt_reports.problems import Problem
from slurm_jwt_reports.progress import Progress
from tools.record import recorder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slurm_jwt_conformance.lab.install.release import Installation
    from slurm_jwt_vectors import Observed


class Result(recorder.Comparison, frozen=True, kw_only=True):
    """The comparison for one release, as --json prints it.

    differs: whether a verdict, or the list of cases, is not as recorded. new: whether there was no record.
    written: the record's path, None with --check.
    """

    release: str
    slurm: str
    libjwt: str
    cases: int
    differs: bool
    new: bool
    written: str | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Record or compare; return the exit code."""
    try:
        return _act(_parser().parse_args(arguments))
    except Problem as problem:
        print(f"slurm-jwt: {problem.what} {problem.hint}", file=sys.stderr)
        return problem.exit_code
    except SlurmError as error:
        print(f"slurm-jwt: {error}", file=sys.stderr)
        return 3


def _parser() -> argparse.ArgumentParser:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m tools.record", description=__doc__, formatter_class=formatter)
    releases = "these releases (default: all installed)"
    parser.add_argument("--release", nargs="+", action="extend", default=[], metavar="R", help=releases)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare with the records")
    folder = "the folder of the records (default: the folder in the package)"
    parser.add_argument("--out", metavar="DIR", help=folder)
    parser.add_argument("--json", action="store_true", help="write the result as JSON to stdout")
    return parser


def _act(args: argparse.Namespace) -> int:
    """Record the releases, or with --check compare them. Return 1 if a check found a difference."""
    folder = Path(args.out) if args.out else Path(slurm_jwt_vectors.__file__).parent / "observed"
    known = _known(folder)
    results = []
    for found in _installations(args.release):
        results.append(_record(found, known.get(found.label), None if args.check else folder))
        if not args.json:
            print("\n".join(_lines(results[-1])), flush=True)
    if args.json:
        print(msgspec.json.format(msgspec.json.encode(results), indent=2).decode())
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

    fresh = recorder.record(installation, suite, today=dt.datetime.now(dt.UTC).date(), progress=progress)
    comparison = recorder.compare(known or msgspec.structs.replace(fresh, cases={}), fresh)
    return Result(
        *msgspec.structs.astuple(comparison),
        release=fresh.release,
        slurm=fresh.slurm,
        libjwt=fresh.libjwt,
        cases=len(fresh.cases),
        differs=bool(comparison.changed),
        new=known is None,
        written=None if folder is None else str(recorder.write(folder, fresh)),
    )


def _lines(result: Result) -> list[str]:
    lines = [*map(str, (*result.versions, *result.differences))]
    state = f"{len(result.changed)} not as recorded" if result.differs else "as recorded"
    if result.new:
        state = "there was no record of this release"
    else:
        lines += [f"{case}: new" for case in result.added]
        lines += [f"{case}: removed" for case in result.removed]
    where = f"; written to {result.written}" if result.written else ""
    lines.append(f"Slurm {result.slurm} with libjwt {result.libjwt}, {result.cases:,} cases, {state}{where}")
    return [f"{result.release}: {line}" for line in lines]


if __name__ == "__main__":
    sys.exit(main())
