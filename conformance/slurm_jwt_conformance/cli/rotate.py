"""`slurm-jwt rotate`: plan the steps of a key rotation for this configuration. It changes nothing."""

from __future__ import annotations

import argparse

from slurm_jwt_conformance.cli.options import add_output_options

EPILOG = """\
The command reads slurm.conf and slurmdbd.conf by the rules of Slurm, and lists every host of slurmctld and
slurmdbd with the key file that its daemon loads. It prints the steps with their commands, what each daemon
accepts after each step, what stops working, how to check the result, and the way back. "observed": recorded
from real daemons of this release. "modelled": read from Slurm's sources.

The command only plans: it opens no file for writing except the output, and does not contact or restart a
daemon.

examples:
  slurm-jwt rotate
  slurm-jwt rotate --conf /etc/slurm/slurm.conf --release 24.11
  slurm-jwt rotate --markdown rotation.md

exit codes: 0 the plan is ready, 1 something must be fixed first, 2 usage, or a configuration that cannot be
read
"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt rotate`."""
    command = argparse.ArgumentParser(
        prog="slurm-jwt rotate",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--conf", metavar="FILE", help="slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"
    )
    command.add_argument("--dbd-conf", metavar="FILE", help="slurmdbd.conf (default: next to slurm.conf)")
    command.add_argument(
        "--release", metavar="R", help="plan for this release, such as 24.11 (default: the installed one)"
    )
    add_output_options(command)
    return command


def run(args: argparse.Namespace) -> int:
    """Print the plan; return 1 if something must be fixed first."""
    from slurm_jwt_conformance.cli.emit import check_places, emit
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.survey import survey
    from slurm_jwt_conformance.site.doctor.diagnose import diagnose
    from slurm_jwt_conformance.site.rotate.document import document
    from slurm_jwt_conformance.site.rotate.plan import plan

    check_places(args)
    cluster = survey(Options(conf=args.conf, dbd_conf=args.dbd_conf, release=args.release))
    return emit(document(plan(cluster, diagnose(cluster))), args, read=cluster.files)
