"""`slurm-jwt doctor`: check that tokens work with this host's Slurm, and that they cannot be forged."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import emit, options, subcommands
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    import argparse

    from slurm_jwt_conformance.site.doctor.documents import Examination


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt doctor`."""
    made = subcommands.command("doctor", __doc__)
    made.add_argument(
        "--conf", metavar="FILE", help="slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"
    )
    made.add_argument("--dbd-conf", metavar="FILE", help="slurmdbd.conf (default: beside slurm.conf)")
    made.add_argument(
        "--release",
        metavar="R",
        help="judge for this release, as 24.11, or 24.11/libjwt1.17.2 (default: what is installed)",
    )
    made.add_argument("--jwks", metavar="FILE", help="judge FILE in place of the JWKS that jwks= names")
    made.add_argument(
        "--export", metavar="FILE", help="write the report as JSON to FILE, for --compare; - is stdout"
    )
    made.add_argument(
        "--compare",
        nargs=2,
        metavar=("A", "B"),
        help="compare two exports, of slurmctld's host and slurmdbd's",
    )
    options.add_output_options(made)
    return made


def run(args: argparse.Namespace) -> int:
    """Examine this host, or compare two exports; return 0 only if the verdict is sound."""
    from slurm_jwt_conformance.site.doctor.describe import describe

    emit.check_places(options.output(args))
    if args.compare:
        return emit.emit(describe(_compare(args)), options.output(args), read=args.compare)
    if args.export:
        return _export(args)
    examination, files = _look(args)
    return emit.emit(describe(examination), options.output(args), read=files)


def _look(args: argparse.Namespace) -> tuple[Examination, list[str]]:
    """Return the examination of this host, and the site's files."""
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.survey import survey
    from slurm_jwt_conformance.site.doctor.diagnose import diagnose
    from slurm_jwt_conformance.site.doctor.documents import document

    cluster = survey(Options(conf=args.conf, dbd_conf=args.dbd_conf, release=args.release, jwks=args.jwks))
    return document(cluster, diagnose(cluster)), cluster.files


def _export(args: argparse.Namespace) -> int:
    """Write the examination and no verdict: the verdict is for --compare."""
    from slurm_jwt_conformance.site.doctor.documents import to_json
    from slurm_jwt_reports import output
    from slurm_jwt_reports.redaction import concealed

    if options.output(args).places:
        raise Problem("--export writes one file.", "Drop --json and the other formats.")
    if args.export == options.STDOUT:
        sys.stdout.write(to_json(_look(args)[0]) + "\n")
        return 0
    options.demand_place("--export", args.export)
    output.replaceable(output.File(args.export, ""), overwrite=args.overwrite)
    examination, files = _look(args)
    file = output.File(args.export, to_json(examination) + "\n", mode=0o600)
    output.write_all([file], overwrite=args.overwrite, read=files)
    print(f"written: {concealed(args.export)}", file=sys.stderr)
    return 0


def _compare(args: argparse.Namespace) -> Examination:
    from slurm_jwt_conformance.site.doctor.compare import compare

    if args.export or args.conf or args.dbd_conf or args.release or args.jwks:
        raise Problem(
            "--compare reads two exports and nothing else.",
            "Give --conf, --dbd-conf, --jwks and --release where the exports are made.",
        )
    return compare(_read(args.compare[0]), _read(args.compare[1]))


def _read(path: str) -> Examination:
    from slurm_jwt.config.grammar import Unreadable
    from slurm_jwt_conformance.site.discovery.host import Host
    from slurm_jwt_conformance.site.discovery.showing import plain
    from slurm_jwt_conformance.site.doctor.documents import MOST_BYTES, from_json

    try:
        text = Host().read(path, MOST_BYTES)
    except Unreadable as error:
        raise Problem(f"{plain(path)} cannot be read: {error}.", "Name an export of --export.") from None
    return from_json(text, plain(path))
