"""`slurm-jwt explain -`: lines of logs and errors, each message explained once, with its count."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from slurm_jwt.slurmctld import releases
from slurm_jwt_conformance.cli import emit, options
from slurm_jwt_conformance.site.explain import describe
from slurm_jwt_conformance.site.explain.lines import find
from slurm_jwt_reports.problems import Problem, nearest
from slurm_jwt_reports.redaction import log_line

if TYPE_CHECKING:
    import argparse

MOST_BYTES = 1024 * 1024
"""Of stdin that are read: the rest of a log is left unread, and this is said."""


def run(args: argparse.Namespace, line: str | None) -> int:
    """Explain this line, or those of stdin (None); return 1 if none of them is known."""
    release = _series(args.release)
    text, complete = (line, True) if line is not None else _stdin()
    found = find(text, release, complete=complete)
    if not found.known and not found.unknown:
        raise Problem("There is no line to explain.", "Give the lines of a log on stdin.")
    if not complete:
        print(f"Only the first {MOST_BYTES:,} bytes are read.", file=sys.stderr)
    return emit.emit(describe.lines(found), options.output(args))


def _series(name: str | None) -> str | None:
    if name is None:
        return None
    series = ".".join(name.split("/")[0].split(".")[:2])
    if series not in releases.series():
        known = list(releases.series())
        raise Problem(f"There is no release {log_line(name, 60)!r} here.", nearest(name[:60], known))
    return series


def _stdin() -> tuple[str, bool]:
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    return data[:MOST_BYTES].decode("utf-8", "backslashreplace"), len(data) <= MOST_BYTES
