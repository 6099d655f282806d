"""`slurm-jwt lab install`: releases of Slurm, each in a root of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from slurm_jwt_conformance.cli import emit
from slurm_jwt_conformance.lab.errors import printable
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.install.release import Missing, find_installation
from slurm_jwt_reports import trouble
from slurm_jwt_reports.problems import HarnessProblem, Problem, nearest

if TYPE_CHECKING:
    import argparse

ALL = "all"


def install(args: argparse.Namespace) -> int:
    """Install each release that the arguments name, print where it is; return 3 if one failed.

    A release that fails does not stop the next one.
    """
    rows = [_row(release) for release in _releases(args.release)]
    failed = any("error" in row for row in rows)
    if args.json:
        emit.print_json(rows)
    else:
        for row in rows:
            if "error" not in row:
                print(_sentence(row))
    return HarnessProblem.exit_code if failed else 0


def _releases(named: list[str]) -> list[str]:
    if ALL in named:
        return list(roots.SUITES)
    for release in named:
        if release not in roots.SUITES:
            raise Problem(
                f"There is no Slurm release {release!r} to install.", nearest(release, [*roots.SUITES, ALL])
            )
    return list(dict.fromkeys(named))


def _row(release: str) -> dict[str, Any]:
    """Install one release; return its facts, or the error, which is also printed at once."""
    try:
        return _install(release)
    except HarnessProblem as problem:
        what, fix = problem.what, problem.hint
    except OSError as error:
        what, fix = f"{error.filename}: {error.strerror}", ""
    trouble.show_problem(HarnessProblem(f"Slurm {release}: {what}", fix))
    return {"release": release, "error": what, "fix": fix}


def _install(release: str) -> dict[str, Any]:
    place = roots.install(
        release, lambda text: print(f"{release}: {printable(text)}", file=sys.stderr, flush=True)
    )
    installation = find_installation(place)
    if isinstance(installation, Missing):
        raise HarnessProblem(f"Slurm {release} was installed, but {installation.reason}.", installation.hint)
    return {
        "release": release,
        "slurm": installation.version,
        "libjwt": installation.libjwt or None,
        "root": str(place),
        "mebibytes": roots.size(place) >> 20,
    }


def _sentence(row: dict[str, Any]) -> str:
    versions = f"Slurm {row['slurm']} with libjwt {row['libjwt'] or 'unknown'}"
    return f"{row['release']}: {versions} in {row['root']}, {row['mebibytes']} MiB"
