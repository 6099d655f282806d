"""`slurm-jwt rotate`: plan the steps of a key rotation for this configuration. It changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import subcommands
from slurm_jwt_conformance.cli.options import add_output_options, output

if TYPE_CHECKING:
    import argparse


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt rotate`."""
    command = subcommands.command("rotate", __doc__)
    command.add_argument(
        "--conf", metavar="FILE", help="slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"
    )
    command.add_argument("--dbd-conf", metavar="FILE", help="slurmdbd.conf (default: next to slurm.conf)")
    command.add_argument(
        "--jwks", metavar="FILE", help="the JWKS of the site (default: the file that jwks= names)"
    )
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

    check_places(output(args))
    cluster = survey(Options(args.conf, args.dbd_conf, jwks=args.jwks, release=args.release))
    return emit(document(plan(cluster, diagnose(cluster))), output(args), read=cluster.files)
