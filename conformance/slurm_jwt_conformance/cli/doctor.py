"""`slurm-jwt doctor`: look whether this host's Slurm is set up so that tokens work, and cannot be forged."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    from slurm_jwt_conformance.site.doctor.documents import Document

EPILOG = """\
It reads slurm.conf and slurmdbd.conf as Slurm does, with all that they include, looks at the key, the
plugins, libjwt, the daemons that run and the clock, and says what the daemons of this release will do.
It changes nothing and shows no secret. Run it as root or as SlurmUser: others see less.

verdicts:
  sound       nothing was found but notes
  incomplete  nothing was found, but something that decides could not be looked at
  doubtful    warnings
  broken      errors: a daemon does not start, refuses tokens, or lets others forge them

examples:
  slurm-jwt doctor
  slurm-jwt doctor --conf /etc/slurm/slurm.conf --release 24.11      before an upgrade
  slurm-jwt doctor --export ctld.json        here, and with dbd.json on slurmdbd's host; then
  slurm-jwt doctor --compare ctld.json dbd.json

exit codes: 0 sound, 1 anything else, 2 usage or a configuration that cannot be read
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt doctor`."""
    made = argparse.ArgumentParser(
        prog="slurm-jwt doctor",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "--conf", metavar="FILE", help="slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"
    )
    made.add_argument("--dbd-conf", metavar="FILE", help="slurmdbd.conf (default: beside slurm.conf)")
    made.add_argument(
        "--release",
        metavar="R",
        help="judge for this release, as 24.11, or 24.11/libjwt1.17.2 (default: what is installed)",
    )
    shape = made.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="write the report as JSON")
    shape.add_argument("--sarif", action="store_true", help="write the report as SARIF 2.1.0")
    shape.add_argument(
        "--export", metavar="FILE", help="write the report to FILE, for --compare; - for stdout"
    )
    made.add_argument(
        "--compare",
        nargs=2,
        metavar=("A", "B"),
        help="compare two exports, of slurmctld's host and slurmdbd's",
    )
    return made


def run(args: argparse.Namespace) -> int:
    """Look at this host, or compare two exports; return 0 only if all is sound."""
    from slurm_jwt_conformance.site.doctor.compare import report

    if args.compare:
        document = _compare(args)
    elif args.export:
        return _export(args.export, _look(args))
    else:
        document = _look(args)
    sys.stdout.write(_shown(document, args))
    return report(document).exit_code


def _look(args: argparse.Namespace) -> Document:
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.survey import survey
    from slurm_jwt_conformance.site.doctor.diagnose import diagnose
    from slurm_jwt_conformance.site.doctor.documents import document

    cluster = survey(Options(conf=args.conf, dbd_conf=args.dbd_conf, release=args.release))
    return document(cluster, diagnose(cluster))


def _shown(document: Document, args: argparse.Namespace) -> str:
    if args.json:
        from slurm_jwt_conformance.site.doctor.documents import to_json

        return to_json(document) + "\n"
    if args.sarif:
        from slurm_jwt_conformance.site.doctor.sarif import to_sarif

        return to_sarif(document) + "\n"
    from slurm_jwt_conformance.site.doctor.text import render
    from slurm_jwt_reports import terminal

    return render(document, terminal.style(sys.stdout))


def _export(place: str, document: Document) -> int:
    """Write the document and say nothing of the verdict: that is for --compare."""
    from slurm_jwt_conformance.site.doctor.documents import to_json

    text = to_json(document) + "\n"
    if place == "-":
        sys.stdout.write(text)
        return 0
    from slurm_jwt_reports import output as new_file

    new_file.create(new_file.target(place), text.encode(), None)
    from slurm_jwt_conformance.site.discovery.showing import plain

    print(f"written: {plain(place)}", file=sys.stderr)
    return 0


def _compare(args: argparse.Namespace) -> Document:
    from slurm_jwt_conformance.site.doctor.compare import compare

    if args.export or args.conf or args.dbd_conf or args.release:
        raise Problem(
            "--compare reads two exports and nothing else.",
            "Give --conf, --dbd-conf and --release where the exports are made.",
        )
    return compare(_read(args.compare[0]), _read(args.compare[1]))


def _read(path: str) -> Document:
    from slurm_jwt.config.grammar import Unreadable
    from slurm_jwt_conformance.site.discovery.host import RealHost
    from slurm_jwt_conformance.site.discovery.showing import plain
    from slurm_jwt_conformance.site.doctor.documents import MOST_BYTES, from_json

    try:
        text = RealHost().read(path, MOST_BYTES)
    except Unreadable as error:
        raise Problem(f"{plain(path)} cannot be read: {error}.", "Name an export of --export.") from None
    return from_json(text, plain(path))
