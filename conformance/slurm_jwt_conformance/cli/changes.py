"""`slurm-jwt changes`: show which tokens and settings an upgrade or downgrade of Slurm affects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slurm_jwt_conformance.cli import subcommands
from slurm_jwt_conformance.cli.options import add_output_options, output
from slurm_jwt_reports.problems import Problem

if TYPE_CHECKING:
    import argparse

    from slurm_jwt.slurmctld import Release


def parser() -> argparse.ArgumentParser:
    """Return the parser of `slurm-jwt changes`."""
    command = subcommands.command("changes", __doc__)
    command.add_argument("old", metavar="OLD", help="the release that you run now")
    command.add_argument("new", metavar="NEW", help="the release that you want to run")
    command.add_argument(
        "--conf", metavar="FILE", help="slurm.conf (default: SLURM_CONF, slurmctld's own, the usual places)"
    )
    command.add_argument("--dbd-conf", metavar="FILE", help="slurmdbd.conf (default: next to slurm.conf)")
    command.add_argument(
        "--jwks", metavar="FILE", help="the JWKS of the site (default: the file that jwks= names)"
    )
    command.add_argument(
        "--no-discovery", action="store_true", help="only compare the releases: do not look for a slurm.conf"
    )
    add_output_options(command)
    return command


def run(args: argparse.Namespace) -> int:
    """Show what changes; return 1 if something that works today breaks."""
    from slurm_jwt_conformance.cli.emit import check_places, emit
    from slurm_jwt_conformance.site.changes import jwks
    from slurm_jwt_conformance.site.changes.comparison import compare
    from slurm_jwt_conformance.site.changes.document import document
    from slurm_jwt_conformance.site.changes.site import compare as site_change
    from slurm_jwt_conformance.site.discovery.options import Options
    from slurm_jwt_conformance.site.discovery.survey import survey

    check_places(output(args))
    old, new = _release(args.old), _release(args.new)
    search = not args.no_discovery
    cluster = survey(Options(conf=args.conf, dbd_conf=args.dbd_conf, jwks=args.jwks, search=search))
    site = site_change(cluster.options, (old, new)) if cluster.exists else None
    change = compare(old, new, site, jwks.compare(cluster, old, new))
    return emit(document(change), output(args), read=cluster.files)


def _release(name: str) -> Release:
    from slurm_jwt.slurmctld import releases
    from slurm_jwt_conformance.site.discovery.showing import plain

    try:
        return releases.parse(name)
    except ValueError as error:
        raise Problem(plain(str(error)), "Name it as 24.11, 24.11.5 or 24.11/libjwt1.17.2.") from None
