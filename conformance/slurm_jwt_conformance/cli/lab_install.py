"""`slurm-jwt lab install`: releases of Slurm, on this system or in roots of their own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slurm_jwt_conformance.lab.errors import printable
from slurm_jwt_conformance.lab.install import roots
from slurm_jwt_conformance.lab.install.release import Missing, find_release
from slurm_jwt_reports.problems import HarnessProblem, Problem, nearest

if TYPE_CHECKING:
    import argparse

ALL = "all"


def install(args: argparse.Namespace) -> int:
    """Install what the arguments name, one after another, and tell where it is."""
    rows = [_install(release) for release in _wanted(args.release)]
    if args.json:
        print(json.dumps(rows, indent=2))
    else:
        print("\n".join(_sentence(row) for row in rows))
    return 0


def _wanted(named: list[str]) -> list[str]:
    if ALL in named:
        return list(roots.SUITES)
    for release in named:
        if release not in roots.SUITES:
            raise Problem(
                f"There is no Slurm release {release!r} to install.", nearest(release, [*roots.SUITES, ALL])
            )
    return list(dict.fromkeys(named))


def _install(release: str) -> dict[str, Any]:
    place = roots.install(
        release, lambda text: print(f"{release}: {printable(text)}", file=sys.stderr, flush=True)
    )
    found = find_release(release)
    if isinstance(found, Missing):
        raise HarnessProblem(f"Slurm {release} was installed, but {found.reason}.", found.hint)
    own = place == Path("/")
    return {
        "release": release,
        "slurm": found.version,
        "libjwt": found.libjwt or None,
        "root": str(place),
        "mebibytes": None if own else roots.size(place) >> 20,
    }


def _sentence(row: dict[str, Any]) -> str:
    size = f"{row['mebibytes']} MiB" if row["mebibytes"] is not None else "this system's own"
    libjwt = row["libjwt"] or "unknown"
    return f"{row['release']}: Slurm {row['slurm']} with libjwt {libjwt} in {row['root']}, {size}"
