"""`slurm-jwt rotate`: plan the steps of a key rotation for this configuration. It changes nothing."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.rotate.documents import Document

EPILOG = """\
It reads slurm.conf and slurmdbd.conf as Slurm does, names every host of slurmctld and slurmdbd with the key
file that it loads, and writes the steps with their commands: what each daemon takes after each of them, what
breaks in between, how to see that it is done, and the way back. What it says of a release was seen on real
daemons of that release ("observed"), or is read from Slurm's sources ("modelled").

It plans, and no more: no file is opened for writing, no daemon is asked or restarted.

examples:
  slurm-jwt rotate
  slurm-jwt rotate --conf /etc/slurm/slurm.conf --release 24.11
  slurm-jwt rotate --markdown >rotation.md        to be ticked off

exit codes: 0 the plan is there, 1 it is, but something must be mended first, 2 usage or a configuration
that cannot be read
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt rotate`."""
    made = argparse.ArgumentParser(
        prog="slurm-jwt rotate",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--conf", metavar="FILE", help="slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"
    )
    made.add_argument("--dbd-conf", metavar="FILE", help="slurmdbd.conf (default: beside slurm.conf)")
    made.add_argument(
        "--release", metavar="R", help="plan for this release, as 24.11 (default: what is installed)"
    )
    shape = made.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="write the plan as JSON")
    shape.add_argument("--markdown", action="store_true", help="write the plan as Markdown")
    return made


def run(args: argparse.Namespace) -> int:
    """Write the plan; return 1 if something must be mended first."""
    made = _plan(args)
    sys.stdout.write(_shown(made, args))
    return 0 if made.ready else 1


def _plan(args: argparse.Namespace) -> Document:
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.survey import survey
    from slurm_jwt_conformance.site.doctor.diagnose import diagnose
    from slurm_jwt_conformance.site.rotate.documents import document
    from slurm_jwt_conformance.site.rotate.plan import make

    cluster = survey(Options(conf=args.conf, dbd_conf=args.dbd_conf, release=args.release))
    return document(make(cluster, diagnose(cluster)))


def _shown(made: Document, args: argparse.Namespace) -> str:
    if args.json:
        from slurm_jwt_conformance.site.rotate.documents import to_json

        return to_json(made) + "\n"
    from slurm_jwt_conformance.site.rotate.text import as_markdown, render

    if args.markdown:
        return as_markdown(made)
    from slurm_jwt_reports.terminal import style

    return render(made, style(sys.stdout))
