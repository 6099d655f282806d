"""`python -m tools.studies --release R` records all studies of a release.

`--check` only compares with the record and exits with 1 if a row differs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from slurm_jwt_conformance.lab.errors import SlurmError
from slurm_jwt_conformance.lab.install.release import Missing, find_release
from slurm_jwt_vectors.studies import FOLDER, load_studies
from tools.studies import recorder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slurm_jwt_vectors.studies import StudiedRelease


def main(arguments: Sequence[str] | None = None) -> int:
    """Record or compare; return the exit code."""
    options = _options(arguments)
    found = find_release(options.release)
    if isinstance(found, Missing):
        print(f"slurm-jwt: {found}", file=sys.stderr)
        return 2
    chosen = [study for study in recorder.STUDIES if options.study in {None, study.id}]
    try:
        fresh = recorder.record(found, today=dt.datetime.now(dt.UTC).date(), studies=chosen, progress=_say)
    except SlurmError as error:
        print(f"slurm-jwt: {error}", file=sys.stderr)
        return 3
    known = load_studies(options.out).get(options.release)
    if options.study:
        return _show(fresh)
    differs = _compare(known, fresh)
    if options.check:
        return int(differs)
    _say(str(recorder.write(options.out, fresh)))
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _show(fresh: StudiedRelease) -> int:
    """Print the rows of one study; nothing is written."""
    for study in fresh.studies.values():
        for row in study.rows:
            told = "; ".join(str(each) for each in (row.message, row.log) if each)
            _say(f"{row.id}: {row.result}{f' ({told})' if told else ''}")
    return 0


def _compare(known: StudiedRelease | None, fresh: StudiedRelease) -> bool:
    """Print in what a record differs; True if a row does, or if there is none."""
    if known is None:
        _say(f"{fresh.release}: not recorded yet")
        return True
    for line in recorder.version_changes(known, fresh):
        _say(line)
    found = recorder.differences(known, fresh)
    for difference in found:
        _say(str(difference))
    return bool(found)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.studies", description=__doc__)
    parser.add_argument("--release", required=True, help="the release to ask, such as 22.05")
    parser.add_argument(
        "--study", choices=[each.id for each in recorder.STUDIES], help="ask one, and print it"
    )
    parser.add_argument(
        "--out", type=Path, default=FOLDER, help="folder of the records (default: the package's)"
    )
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
